package opencloud_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Every way to Roblox is here, so that none can be added that a stop does not reach.
func TestNothingIsSentWithoutAPermit(t *testing.T) {
	refusal := *domain.ErrAutomationStopped
	client, calls := answering(t, says(200, membership), func(o *options) {
		o.Permit = func(context.Context) error { return &refusal }
	})
	ctx := t.Context()
	ways := map[string]func() error{
		"Announce": func() error { return client.Announce(ctx, ports.DecisionRecord{ID: "1", UserID: player}) },
		"AssignRole": func() error {
			_, err := client.AssignRole(ctx, player, mustRole(trooper), ports.LanePromote)
			return err
		},
		"CountMembers": func() error { _, err := client.CountMembers(ctx); return err },
		"Entries":      func() error { _, err := client.Entries(ctx, "", 1); return err },
		"ExamineKey":   func() error { _, err := client.ExamineKey(ctx); return err },
		"Introspect":   func() error { _, err := client.Introspect(ctx); return err },
		"Members":      func() error { _, err := client.Members(ctx, "", 1); return err },
		"Membership":   func() error { _, err := client.Membership(ctx, player, ports.LanePromote); return err },
		"PutStanding": func() error {
			return client.PutStanding(ctx, ports.PlacedStanding{Standing: domain.Standing{UserID: player}})
		},
		"RemoveStanding":    func() error { return client.RemoveStanding(ctx, player) },
		"ReachRestrictions": func() error { return client.ReachRestrictions(ctx, game) },
		"Restrict": func() error {
			return client.Restrict(ctx, ports.Restriction{User: player, Universe: game, Active: true, Key: "k", FirstTried: noon})
		},
		"Restricted": func() error { _, err := client.Restricted(ctx, player, game); return err },
		"Roles":      func() error { _, err := client.Roles(ctx); return err },
		"UnassignRole": func() error {
			_, err := client.UnassignRole(ctx, player, mustRole(trooper), ports.LanePromote)
			return err
		},
	}
	methods := reflect.TypeFor[*opencloud.Client]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		if name == "String" || name == "GoString" || name == "Close" { // which call nobody
			continue
		}
		way, ok := ways[name]
		if !ok {
			t.Errorf("%s is not tried here: show that it sends nothing without a permit", name)
			continue
		}
		if err := way(); !errors.Is(err, domain.ErrAutomationStopped) {
			t.Errorf("%s: got %v, want the refusal of the permit", name, err)
		}
	}
	equal(t, "calls", calls(), 0)
}

// carrier is a network that answers everything with a membership.
type carrier struct{ sent atomic.Int32 }

func (c *carrier) RoundTrip(*http.Request) (*http.Response, error) {
	c.sent.Add(1)
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(membership))}, nil
}

// bubbleClock tells the time of the synctest bubble.
type bubbleClock struct{}

func (bubbleClock) Now() time.Time { return time.Now() }

func TestWhatWaitsForItsTurnIsNotSentOnceThePermitIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stopped atomic.Bool
		network := &carrier{}
		client := dial(t, "http://127.0.0.1:1", func(o *options) {
			o.Transport, o.Clock, o.Limits.GroupPerMinute, o.Patience = network, bubbleClock{}, 1, 2*time.Minute
			o.Permit = func(context.Context) error {
				if stopped.Load() {
					return domain.ErrAutomationStopped
				}
				return nil
			}
		})
		assign := func() error {
			_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
			return err
		}
		wantNoError(t, "the first call", assign())
		waited := make(chan error)
		go func() { waited <- assign() }()
		time.Sleep(30 * time.Second)
		stopped.Store(true)
		if err := <-waited; !errors.Is(err, domain.ErrAutomationStopped) {
			t.Errorf("the call that waited for its turn: got %v, want the refusal", err)
		}
		equal(t, "requests sent", network.sent.Load(), 1)
		stopped.Store(false)
		resumed := time.Now()
		wantNoError(t, "the call after it", assign())
		equal(t, "time that it waited for a turn nobody used", time.Since(resumed), time.Duration(0))
	})
}
