package sandbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// inspectPrefix is where people and test scripts look in, without an API key.
const inspectPrefix = "/_sandbox/"

func (s *Server) inspect() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+inspectPrefix+"members", s.showMembers)
	mux.HandleFunc("GET "+inspectPrefix+"members/{id}", s.showMember)
	mux.HandleFunc("POST "+inspectPrefix+"members/{id}", s.moveMember)
	mux.HandleFunc("GET "+inspectPrefix+"calls", s.showCalls)
	mux.HandleFunc("GET "+inspectPrefix+"messages", s.showMessages)
	mux.HandleFunc("POST "+inspectPrefix+"key", s.changeKey)
	mux.HandleFunc("POST "+inspectPrefix+"faults", s.armFault)
	mux.HandleFunc("DELETE "+inspectPrefix+"faults", s.disarmFaults)
	return mux
}

type memberDTO struct {
	UserID       int64         `json:"userId"`
	Member       bool          `json:"member"`
	Roles        []Role        `json:"roles"`
	Restrictions []Restriction `json:"restrictions"`
}

func memberDTOFrom(state MemberState, in bool) memberDTO {
	dto := memberDTO{UserID: state.UserID, Member: in, Roles: state.Roles, Restrictions: state.Restrictions}
	if dto.Roles == nil {
		dto.Roles = []Role{}
	}
	return dto
}

func (s *Server) showMember(w http.ResponseWriter, r *http.Request) {
	user, ok := parseID(r.PathValue("id"))
	if !ok {
		s.refuse(w, errors.New("the id must be a user id"))
		return
	}
	show(w, memberDTOFrom(s.Member(user)))
}

// moveMember takes {"roles":[ids]}, {"leave":true} or {"lift":true} and answers with the member as then held.
func (s *Server) moveMember(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Roles *[]int64 `json:"roles"`
		Leave bool     `json:"leave"`
		Lift  bool     `json:"lift"`
	}
	user, ok := parseID(r.PathValue("id"))
	if !ok {
		s.refuse(w, errors.New("the id must be a user id"))
		return
	}
	if err := decode(w, r, &body); err != nil {
		s.refuse(w, err)
		return
	}
	var err error
	switch {
	case body.Roles != nil && !body.Leave && !body.Lift:
		err = s.setRoles(user, *body.Roles)
	case body.Leave && body.Roles == nil && !body.Lift:
		s.Leave(user)
	case body.Lift && body.Roles == nil && !body.Leave:
		s.Lift(user)
	default:
		err = errors.New(`the body must be {"roles":[ids]}, {"leave":true} or {"lift":true}`)
	}
	if err != nil {
		s.refuse(w, err)
		return
	}
	s.showMember(w, r)
}

func (s *Server) setRoles(user int64, roleIDs []int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	roles, err := s.roster.pick(roleIDs)
	if err != nil {
		return err
	}
	if !s.roster.put(user, roles, s.now()) {
		return errors.New("the sandbox knows as many users as it can")
	}
	return nil
}

func (s *Server) showMessages(w http.ResponseWriter, _ *http.Request) {
	show(w, map[string][]Message{"messages": s.Messages()})
}

type faultDTO struct {
	Kind              FaultKind `json:"kind"`
	Operation         Operation `json:"operation"`
	UserID            int64     `json:"userId"`
	Times             int       `json:"times"`
	RetryAfterSeconds float64   `json:"retryAfterSeconds"`
	Status            int       `json:"status"`
	AfterWrite        bool      `json:"afterWrite"`
	HangSeconds       float64   `json:"hangSeconds"`
	Probability       float64   `json:"probability"`
	Seed              uint64    `json:"seed"`
}

func (s *Server) armFault(w http.ResponseWriter, r *http.Request) {
	var dto faultDTO
	if err := decode(w, r, &dto); err != nil {
		s.refuse(w, err)
		return
	}
	f := Fault{
		Kind: dto.Kind, Operation: dto.Operation.exact(), UserID: dto.UserID, Times: dto.Times,
		RetryAfter: seconds(dto.RetryAfterSeconds), Status: dto.Status, AfterWrite: dto.AfterWrite,
		Hang: seconds(dto.HangSeconds), Probability: dto.Probability, Seed: dto.Seed,
	}
	if err := f.check(); err != nil {
		s.refuse(w, err)
		return
	}
	s.Inject(f)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) disarmFaults(w http.ResponseWriter, _ *http.Request) {
	s.ClearFaults()
	w.WriteHeader(http.StatusNoContent)
}

// seconds turns a JSON number into a duration; what no duration can hold becomes -1, which a fault refuses.
func seconds(n float64) time.Duration {
	const most = float64(1 << 31)
	if !(n >= 0 && n <= most) {
		return -1
	}
	return time.Duration(n * float64(time.Second))
}

// decode is strict about names: a misspelt field would silently be a fault that never fires.
func decode(w http.ResponseWriter, r *http.Request, into any) error {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

func (s *Server) refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}

func show(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
