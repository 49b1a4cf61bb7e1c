package sandbox

import (
	"cmp"
	"slices"
	"time"
)

// Caps of the call log; what is longer is cut, what is older is dropped.
const (
	keptCalls = 10_000
	keptText  = 1_024
)

// Call is one request as the sandbox saw it.
type Call struct {
	Seq       int64     `json:"seq"` // counts from 1, without gaps
	Time      time.Time `json:"time"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Query     string    `json:"query,omitempty"` // as sent
	Operation Operation `json:"operation,omitempty"`
	UserID    int64     `json:"userId,omitempty"` // 0 when the call names no user, or several
	RoleID    int64     `json:"roleId,omitempty"` // the role that was assigned or unassigned
	Status    int       `json:"status"`           // 0 when no answer was sent
	Changed   bool      `json:"changed"`          // the call changed state, whatever was answered
	Fault     FaultKind `json:"fault,omitempty"`
}

// log keeps a call behind those before it.
func (s *Server) log(c Call) {
	s.lastCall++
	c.Seq = s.lastCall
	s.calls.add(c)
}

// callsAfter returns the calls that are kept of those with a higher number, oldest first; never nil.
func (s *Server) callsAfter(seq int64) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.calls.all()
	from, _ := slices.BinarySearchFunc(calls, seq+1, func(c Call, seq int64) int { return cmp.Compare(c.Seq, seq) })
	return calls[from:]
}

func callOf(q *request, status int) Call {
	return Call{
		Time: q.now, Method: cutText(q.method), Path: cutText(q.path), Query: cutText(q.raw),
		Operation: q.op, UserID: q.user(), RoleID: q.role, Status: status, Changed: q.changed, Fault: q.fault,
	}
}

func cutText(s string) string {
	if len(s) > keptText {
		return s[:keptText]
	}
	return s
}
