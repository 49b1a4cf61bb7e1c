package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// sighting is the n-th report about a player. It tells n as points and kos, and was observed n milliseconds after the soak began, so that of
// any two the one with the greater number is the newer.
type sighting struct{ user, n int64 }

func (s sighting) key() string { return fmt.Sprintf("%d-%d", s.user, s.n) }

// sentReport is a report that was sent, and whether that was acknowledged.
type sentReport struct {
	sighting
	acknowledged bool
}

// throng is many connections that report the same players without a pause, each a report or a batch at a time.
type throng struct {
	t      *testing.T
	dice   *dice
	client *http.Client
	began  time.Time              // when the first report was observed
	base   atomic.Pointer[string] // of the service, which may be gone
	counts []atomic.Int64         // reports about each player so far
	ending chan struct{}

	acknowledged atomic.Int64 // reports
	requests     atomic.Int64 // that were answered
	cut          atomic.Int64 // requests that were not answered to the end
	repeated     atomic.Int64 // reports that were answered as what was taken in before
}

// begin lets so many connections report. The function it returns ends that and returns what was sent.
func (c *throng) begin(connections int) (told func() []sentReport) {
	var all sync.WaitGroup
	sent := make([][]sentReport, connections)
	for i := range connections {
		all.Go(func() { sent[i] = c.tell(i) })
	}
	end := sync.OnceFunc(func() {
		close(c.ending)
		all.Wait()
	})
	c.t.Cleanup(end)
	return func() []sentReport {
		end()
		return slices.Concat(sent...)
	}
}

// tell reports on one connection, and returns what it sent: every other connection sends batches. What is cut off, or
// hung up on, is sent again with the same keys, or given up.
func (c *throng) tell(connection int) []sentReport {
	var sent []sentReport
	for c.goesOn() {
		reports := make([]sighting, 1)
		if connection%2 == 1 {
			reports = make([]sighting, 2+c.dice.below(30))
		}
		for i := range reports {
			player := c.dice.below(len(c.counts))
			reports[i] = sighting{firstOfTold + int64(player), c.counts[player].Add(1)}
		}
		acknowledged := c.persist(reports, connection%2 == 1)
		for i, r := range reports {
			sent = append(sent, sentReport{r, acknowledged[i]})
		}
	}
	return sent
}

func (c *throng) goesOn() bool {
	select {
	case <-c.ending:
		return false
	default:
		return !c.t.Failed()
	}
}

// persist sends reports until each is acknowledged. What nobody heard the answer to is as often given up: it returns which were acknowledged.
func (c *throng) persist(reports []sighting, together bool) []bool {
	for {
		acknowledged, err := c.send(reports, together)
		switch {
		case err == nil && !slices.Contains(acknowledged, false):
			return acknowledged
		case c.t.Failed():
			return acknowledged
		case errors.Is(err, errUnheard) && c.dice.below(2) == 0:
			return acknowledged
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// errUnheard says that a request reached a service, perhaps, which did not answer it to the end.
var errUnheard = errors.New("it was cut off")

// errLater says that a service did not take a request, or that there is none.
var errLater = errors.New("it is not taken")

// send sends reports once and returns which of them were acknowledged.
func (c *throng) send(reports []sighting, together bool) ([]bool, error) {
	acknowledged := make([]bool, len(reports))
	path, body, key := ingestPath+"/batch?compact=true", c.batch(reports), ""
	if !together {
		path, body, key = ingestPath, c.body(reports[0], ""), reports[0].key()
	}
	ctx, impatient := c.t.Context(), c.dice.below(20) == 0
	if impatient { // it hangs up before, in, or after the commit
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.dice.upTo(30*time.Millisecond))
		defer cancel()
	}
	got, err := c.exchange(ctx, path, body, key)
	if errors.Is(err, errUnheard) && !impatient {
		c.cut.Add(1)
	}
	status, text := got.status, got.body
	switch {
	case err != nil:
		return acknowledged, err
	case status == http.StatusServiceUnavailable:
		return acknowledged, errLater
	case status != http.StatusOK:
		c.t.Errorf("%s: %d %s", path, status, text)
		return acknowledged, errLater
	}
	c.requests.Add(1)
	if got.header.Get("Idempotent-Replayed") != "" {
		c.repeated.Add(1)
	}
	var answers struct{ Results []struct{ Status string } }
	if together {
		if err := json.Unmarshal(text, &answers); err != nil || len(answers.Results) != len(reports) {
			c.t.Errorf("%d reports are answered with %s (%v)", len(reports), text, err)
			return acknowledged, errLater
		}
	}
	for i := range reports {
		acknowledged[i] = !together || answers.Results[i].Status != "rejected" // which it is when it would wait too long
		if acknowledged[i] {
			c.acknowledged.Add(1)
		}
		if together && answers.Results[i].Status == "duplicate" {
			c.repeated.Add(1)
		}
	}
	return acknowledged, nil
}

func (c *throng) exchange(ctx context.Context, path, body, key string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, *c.base.Load()+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := c.client.Do(request)
	if dialing, ok := errors.AsType[*net.OpError](err); ok && dialing.Op == "dial" {
		return answer{}, errLater
	}
	if err != nil {
		return answer{}, errUnheard
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, errUnheard
	}
	return answer{status: response.StatusCode, header: response.Header, body: text}, nil
}

// body returns a report as a game sends it; key is told inside it unless it is "".
func (c *throng) body(s sighting, key string) string {
	if key != "" {
		key = fmt.Sprintf(`,"idempotencyKey":%q`, key)
	}
	return fmt.Sprintf(`{"userId":%d,"username":"P%d","rankPoints":%d,"kos":%d,"wos":0,"observedAt":%q%s}`,
		s.user, s.user, s.n, s.n, c.began.Add(time.Duration(s.n)*time.Millisecond).UTC().Format(time.RFC3339Nano), key)
}

func (c *throng) batch(reports []sighting) string {
	bodies := make([]string, len(reports))
	for i, s := range reports {
		bodies[i] = c.body(s, s.key())
	}
	return `{"snapshots":[` + strings.Join(bodies, ",") + `]}`
}

// insist sends what was not acknowledged again, each with its key, until it is. What is kept already must be answered as what it is: a
// repetition; and what is not must not.
func (c *throng) insist(sent []sentReport, kept map[sighting]bool) {
	c.t.Helper()
	for i := range sent {
		if sent[i].acknowledged {
			continue
		}
		s := sent[i].sighting
		got, err := c.exchange(c.t.Context(), ingestPath+"/batch?compact=true", c.batch([]sighting{s}), "")
		var answers struct{ Results []struct{ Status string } }
		if err != nil || got.status != http.StatusOK || json.Unmarshal(got.body, &answers) != nil || len(answers.Results) != 1 {
			c.t.Fatalf("report %s is sent again: %d %s (%v)", s.key(), got.status, got.body, err)
		}
		if repeated := answers.Results[0].Status == "duplicate"; repeated != kept[s] {
			c.t.Errorf("report %s is sent again and answered with %s; it was kept: %t", s.key(), answers.Results[0].Status, kept[s])
		}
		sent[i].acknowledged = true
	}
}
