package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
)

// stand is a `grps sandbox` whose log is read on all the time, so that no call is missed.
type stand struct {
	*process
	client *http.Client

	mu    sync.Mutex
	calls []sandbox.Call
}

// standing is a member as the stand-in shows them.
type standing struct {
	UserID int64          `json:"userId"`
	Member bool           `json:"member"`
	Roles  []sandbox.Role `json:"roles"`

	Restrictions []sandbox.Restriction `json:"restrictions"`
}

// startStand starts the stand-in: there is a VIP role that the policy does not know, nobody is a member, and the rate limits are off, as
// the services keep to them by themselves.
func startStand(t *testing.T, env ...string) *stand {
	t.Helper()
	s := &stand{
		process: startSandbox(t, env, "--role", fmt.Sprintf("VIP=%d", vipRole), "--auto-join=false", "--no-limits"),
		client:  &http.Client{Timeout: 20 * time.Second},
	}
	done := make(chan struct{})
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(200 * time.Millisecond):
			}
			if err := s.readOn(); err != nil {
				t.Errorf("read the stand-in's log: %v", err)
				return
			}
		}
	})
	t.Cleanup(func() {
		close(done)
		reading.Wait()
		s.client.CloseIdleConnections()
	})
	return s
}

// readOn reads what was logged since it was read last.
func (s *stand) readOn() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var page struct{ Calls []sandbox.Call }
	if err := s.ask(http.MethodGet, fmt.Sprintf("calls?since=%d", len(s.calls)), "", &page); err != nil {
		return err
	}
	if len(page.Calls) > 0 && page.Calls[0].Seq != int64(len(s.calls))+1 {
		return fmt.Errorf("call %d comes after call %d: some were dropped", page.Calls[0].Seq, len(s.calls))
	}
	s.calls = append(s.calls, page.Calls...)
	return nil
}

// log returns every call that was made so far.
func (s *stand) log() ([]sandbox.Call, error) {
	if err := s.readOn(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls), nil
}

// roster returns everybody whom the stand-in ever met.
func (s *stand) roster() (map[int64]standing, error) {
	met := make(map[int64]standing)
	for after := int64(0); ; {
		var page struct {
			Members []standing
			Next    *int64
		}
		if err := s.ask(http.MethodGet, fmt.Sprintf("members?limit=500&after=%d", after), "", &page); err != nil {
			return nil, err
		}
		for _, m := range page.Members {
			met[m.UserID] = m
		}
		if page.Next == nil {
			return met, nil
		}
		after = *page.Next
	}
}

// member returns one of them.
func (s *stand) member(user int64) (standing, error) {
	var m standing
	err := s.ask(http.MethodGet, fmt.Sprintf("members/%d", user), "", &m)
	return m, err
}

// join makes a user a member who holds exactly these roles and the base role.
func (s *stand) join(user int64, roles ...int64) error {
	text, err := json.Marshal(map[string][]int64{"roles": append([]int64{}, roles...)})
	if err != nil {
		return err
	}
	return s.ask(http.MethodPost, fmt.Sprintf("members/%d", user), string(text), nil)
}

// disturb arms a fault, given as the stand-in takes it.
func (s *stand) disturb(fault map[string]any) error {
	text, err := json.Marshal(fault)
	if err != nil {
		return err
	}
	return s.ask(http.MethodPost, "faults", string(text), nil)
}

// leaveAlone ends every fault.
func (s *stand) leaveAlone() error { return s.ask(http.MethodDelete, "faults", "", nil) }

// ask makes a request under /_sandbox/ and decodes the answer, unless into is nil.
func (s *stand) ask(method, path, body string, into any) error {
	request, err := http.NewRequest(method, s.base+"/_sandbox/"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}
