package opencloud_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				t.Errorf("the other host: got %s with key %q, want no call", r.Method, r.Header.Get("X-Api-Key"))
			}))
			defer elsewhere.Close()
			client, calls := answering(t, says(status, "", "Location: "+elsewhere.URL+"/?"+canary))
			_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
			wantKind(t, err, domain.KindUnavailable, "open_cloud_redirect")
			_, err = client.Membership(t.Context(), player, ports.LanePromote)
			wantKind(t, err, domain.KindUnavailable, "open_cloud_redirect")
			_, err = client.Introspect(t.Context())
			wantKind(t, err, domain.KindUnavailable, "open_cloud_redirect")
			equal(t, "calls", calls(), 3)
		})
	}
}

func TestTheKeyGoesIntoTheHeaderOnly(t *testing.T) {
	client, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		equal(t, "x-api-key", r.Header.Get("X-Api-Key"), canary)
		if strings.Contains(r.RequestURI, canary) {
			t.Errorf("address: got the key in %s", r.RequestURI)
		}
		says(200, membership)(w, r)
	}, func(o *options) { o.APIKey = " " + canary + "\n" })
	_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	wantNoError(t, "AssignRole", err)
}

func TestAnAnswerLongerThanAMegabyteIsRefused(t *testing.T) {
	client, _ := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, membership[:len(membership)-1]+`,"x":"`+strings.Repeat("x", 1<<20)+`"}`)
	})
	_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_answer_too_large")
}

func TestAnAnswerWithoutEndIsNotReadToTheEnd(t *testing.T) {
	written := make(chan int, 1)
	client, _ := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk, total := []byte(strings.Repeat(" ", 1<<20)), 0
		for range 200 {
			n, err := w.Write(chunk)
			if total += n; err != nil {
				break
			}
		}
		written <- total
	})
	_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_answer_too_large")
	if total := <-written; total > 100<<20 {
		t.Fatalf("the server: got rid of %d bytes, want it cut off early", total)
	}
}

func TestASlowServerIsNotWaitedForLong(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"that says nothing": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"that stops within the body": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, membership[:20])
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := answering(t, handle, func(o *options) { o.Timeouts.Total = 30 * time.Millisecond })
			_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
			wantKind(t, err, domain.KindUnavailable, "open_cloud_unreachable")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error: got %v, want one that tells of the time", err)
			}
		})
	}
	client, _ := answering(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		func(o *options) { o.Timeouts.Header = 30 * time.Millisecond })
	_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_unreachable")
}

func TestACallEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client, _ := answering(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	_, err := client.AssignRole(ctx, player, mustRole(trooper), ports.LanePromote)
	wantKind(t, err, domain.KindUnavailable, "open_cloud_unreachable")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error: got %v, want one that is context.Canceled", err)
	}
	_, err = client.AssignRole(ctx, player, mustRole(trooper), ports.LanePromote)
	wantKind(t, err, domain.KindUnavailable, "interrupted")
}

func TestNobodyThereIsUnavailable(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	client := dial(t, server.URL)
	_, err := client.AssignRole(t.Context(), player, mustRole(trooper), ports.LanePromote)
	e := wantKind(t, err, domain.KindUnavailable, "open_cloud_unreachable")
	if text := e.Cause.Error(); !strings.HasPrefix(text, "POST /cloud/v2/groups/7/memberships/156:assignRole: dial tcp") {
		t.Errorf("cause: got %q, want the call and what went wrong", text)
	}
}
