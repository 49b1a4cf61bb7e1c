package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// The pages of the lists that people and test scripts read.
const (
	defaultListPage = 100
	largestListPage = 1_000
)

// showMembers answers a page of everybody who was ever met, by id, those who left included: ?after=ID&limit=N. The next of a page is the
// after of the one behind it; null ends the list.
func (s *Server) showMembers(w http.ResponseWriter, r *http.Request) {
	after, err := countOf(r, "after", 0)
	if err != nil {
		s.refuse(w, err)
		return
	}
	limit, err := countOf(r, "limit", defaultListPage)
	if err != nil || limit < 1 || limit > largestListPage {
		s.refuse(w, fmt.Errorf("limit must be 1 to %d", largestListPage))
		return
	}
	page := struct {
		Members []memberDTO `json:"members"`
		Next    *int64      `json:"next"`
	}{Members: []memberDTO{}}
	ids := s.metAfter(after)
	for i, id := range ids {
		if int64(i) == limit {
			page.Next = &ids[i-1]
			break
		}
		page.Members = append(page.Members, memberDTOFrom(s.Member(id)))
	}
	show(w, page)
}

// metAfter returns the ids above one of everybody who was ever met, ascending.
func (s *Server) metAfter(after int64) []int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []int64
	for id := range s.roster.members {
		if id > after {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// showCalls answers the calls that are kept, oldest first: with ?since=N those after number N only. The next of an answer is the since of
// a later question, so that whoever asks often enough misses none; numbers that are missing at the front have been dropped.
func (s *Server) showCalls(w http.ResponseWriter, r *http.Request) {
	since, err := countOf(r, "since", 0)
	if err != nil {
		s.refuse(w, err)
		return
	}
	calls, next := s.callsAfter(since), since
	if len(calls) > 0 {
		next = calls[len(calls)-1].Seq
	}
	show(w, struct {
		Calls []Call `json:"calls"`
		Next  int64  `json:"next"`
	}{calls, next})
}

// countOf reads a number from the query.
func countOf(r *http.Request, name string, absent int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s must be a whole number, 0 or more", name)
	}
	return n, nil
}
