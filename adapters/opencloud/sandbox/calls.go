package sandbox

import "time"

// Caps of the call log; what is longer is cut, what is older is dropped.
const (
	keptCalls = 10_000
	keptText  = 1_024
)

// Call is one request as the sandbox saw it.
type Call struct {
	Time      time.Time `json:"time"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Query     string    `json:"query,omitempty"` // as sent
	Operation Operation `json:"operation,omitempty"`
	UserID    int64     `json:"userId,omitempty"` // 0 when the call names no user, or several
	Status    int       `json:"status"`           // 0 when no answer was sent
	Changed   bool      `json:"changed"`          // the call changed state, whatever was answered
	Fault     FaultKind `json:"fault,omitempty"`
}

func callOf(q *request, status int) Call {
	return Call{
		Time: q.now, Method: cutText(q.method), Path: cutText(q.path), Query: cutText(q.raw),
		Operation: q.op, UserID: q.user(), Status: status, Changed: q.changed, Fault: q.fault,
	}
}

func cutText(s string) string {
	if len(s) > keptText {
		return s[:keptText]
	}
	return s
}
