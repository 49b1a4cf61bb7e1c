package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/grps/grps/domain"
)

// verifyTries is how often a player is looked up whom the service has no time for, a second after the last.
const verifyTries = 10

// benchRun sends a load to a service.
type benchRun struct {
	client *client
	plan   benchPlan
	load   *load
	tally  *benchTally
	shots  atomic.Int64
}

func newBenchRun(c *client, plan benchPlan) *benchRun {
	own := *c
	own.http = &http.Client{
		Timeout:       callTime,
		CheckRedirect: c.http.CheckRedirect,
		Transport:     &http.Transport{MaxIdleConnsPerHost: plan.connections, MaxIdleConns: plan.connections, DisableCompression: true},
	}
	return &benchRun{client: &own, plan: plan, load: newLoad(plan, uuid.NewString()), tally: newBenchTally()}
}

// fire sends until the time is up or ctx ends. What is under way then is waited for.
func (b *benchRun) fire(ctx context.Context, stderr io.Writer) {
	bar := newProgress(stderr, "load", int64(b.plan.duration/time.Second))
	defer bar.end()
	until := time.Now().Add(b.plan.duration)
	seconds := time.NewTicker(time.Second)
	defer seconds.Stop()
	due := b.schedule(ctx, until)
	var working sync.WaitGroup
	for range b.plan.connections {
		working.Go(func() {
			for at := range due {
				b.shoot(ctx, at)
			}
		})
	}
	done := make(chan struct{})
	go func() { working.Wait(); close(done) }()
	for {
		select {
		case <-seconds.C:
			bar.add(1)
		case <-done:
			return
		}
	}
}

// schedule returns when requests are due: at the plan's rate, or whenever a connection is free, then as the zero time.
func (b *benchRun) schedule(ctx context.Context, until time.Time) <-chan time.Time {
	due := make(chan time.Time)
	go func() {
		defer close(due)
		began := time.Now()
		for n := 0; ctx.Err() == nil && time.Now().Before(until); n++ {
			at := time.Time{}
			if b.plan.rate > 0 {
				at = began.Add(time.Duration(float64(n) / b.plan.rate * float64(time.Second)))
				if !at.Before(until) || !waitUntil(ctx, at) {
					return
				}
			}
			select {
			case due <- at:
			case <-ctx.Done():
			}
		}
	}()
	return due
}

// waitUntil returns false when ctx ends first.
func waitUntil(ctx context.Context, at time.Time) bool {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// shoot sends one request and notes what became of it. The time it took begins when it was due.
func (b *benchRun) shoot(ctx context.Context, due time.Time) {
	s, err := b.load.next(b.shots.Add(1) - 1)
	if err != nil {
		b.tally.failed(err.Error(), 1)
		return
	}
	began := time.Now()
	if !due.IsZero() {
		if began.Sub(due) > 10*time.Millisecond {
			b.tally.wasLate()
		}
		began = due
	}
	words, err := b.send(ctx, s)
	if err != nil {
		b.tally.failed(kindOfFailure(err), s.reports)
		return
	}
	b.tally.answered(time.Since(began), words)
	for i, word := range words {
		if word == "accepted" || word == "duplicate" || word == "stale" {
			s.acknowledge(i)
		}
	}
}

// send makes the request and returns what became of each report.
func (b *benchRun) send(ctx context.Context, s *shot) ([]string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.client.base+s.path, bytes.NewReader(s.body))
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if b.client.key.IsSet() {
		request.Header.Set("X-Grps-Api-Key", b.client.key.Reveal())
	}
	for name, value := range s.headers {
		request.Header.Set(name, value)
	}
	response, err := b.client.http.Do(request)
	if err != nil {
		return nil, b.client.unreachable(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, b.client.unreachable(ctx, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, b.client.refusal(response, text)
	}
	return wordsOf(s, response, text)
}

// wordsOf returns what became of each report of an answered request.
func wordsOf(s *shot, response *http.Response, text []byte) ([]string, error) {
	if s.headers["Idempotency-Key"] != "" {
		var answer struct {
			Outcome string `json:"outcome"`
		}
		err := json.Unmarshal(text, &answer)
		switch {
		case err != nil:
			return nil, fmt.Errorf("read the answer: %w", err)
		case response.Header.Get("Idempotent-Replayed") == "true":
			return []string{"duplicate"}, nil
		case answer.Outcome == "stale":
			return []string{"stale"}, nil
		}
		return []string{"accepted"}, nil
	}
	var answer struct {
		Results []struct {
			Status string `json:"status"`
			Error  struct {
				Code string `json:"code"`
			} `json:"error"`
		} `json:"results"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(answer.Results) != s.reports {
		return nil, fmt.Errorf("the service answered for %d of %d reports", len(answer.Results), s.reports)
	}
	words := make([]string, s.reports)
	for i, r := range answer.Results {
		words[i] = r.Status
		if r.Error.Code != "" {
			words[i] = r.Error.Code
		}
	}
	return words, nil
}

// kindOfFailure returns a word for what went wrong.
func kindOfFailure(err error) string {
	if e, ok := errors.AsType[*domain.Error](err); ok {
		return e.Code
	}
	return "no answer"
}

// verify looks every player up of whom something was acknowledged. It returns how many, and of how many that is missing.
func (b *benchRun) verify(ctx context.Context, stderr io.Writer) (checked, missing int, err error) {
	type check struct{ id, points int64 }
	var checks []check
	for _, server := range b.load.servers {
		for _, p := range server.players {
			if p.acknowledged > 0 {
				checks = append(checks, check{p.id, p.acknowledged})
			}
		}
	}
	bar := newProgress(stderr, "verify", int64(len(checks)))
	defer bar.end()
	var mu sync.Mutex
	var working sync.WaitGroup
	next := make(chan check)
	for range min(b.plan.connections, 64) {
		working.Go(func() {
			for c := range next {
				there, fault := b.holds(ctx, c.id, c.points)
				mu.Lock()
				checked++
				if fault != nil {
					err = fault
				} else if !there {
					missing++
				}
				bar.add(1)
				mu.Unlock()
			}
		})
	}
	for _, c := range checks {
		next <- c
	}
	close(next)
	working.Wait()
	return checked, missing, err
}

// holds reports whether the service knows the player with at least those points.
func (b *benchRun) holds(ctx context.Context, id, points int64) (bool, error) {
	var player struct {
		Points int64 `json:"rankPoints"`
	}
	var err error
	for range verifyTries { // the load may have used up what the limits allow, and they allow more in a second
		err = b.client.call(ctx, http.MethodGet, "/players/"+strconv.FormatInt(id, 10), nil, &player)
		if kind := domain.KindOf(err); kind != domain.KindExhausted && kind != domain.KindUnavailable || !waitUntil(ctx, time.Now().Add(time.Second)) {
			break
		}
	}
	if domain.KindOf(err) == domain.KindNotFound {
		return false, nil
	}
	return player.Points >= points, err
}
