package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
)

// benchPlan is what the load is to be.
type benchPlan struct {
	servers     int
	players     int // of each server
	batch       int // reports of one request; 0 sends them one by one, to the endpoint for one
	connections int
	rate        float64 // requests a second, whatever is answered; 0 sends the next as soon as the one before is answered
	interval    time.Duration
	duration    time.Duration
	evaluate    float64
	apply       float64
	duplicates  float64
	firstUser   int64
	seed        uint64
}

func newBench() *cobra.Command {
	var f *callFlags
	plan := benchPlan{}
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Find out how many reports a service takes in",
		Long: `Plays game servers that report their players to a running service, and prints how many reports it took in, how
long each request took, and what went wrong. At the end every player is looked up: what was acknowledged must be there.

The players are invented, with ids from --first-user on, and stay in the database: use a service of its own, started with
RATE_LIMIT=0 and RATE_LIMIT_ADDRESS=0, or its limits are what is measured.
With --rate or --interval requests are sent when they are due, whatever was answered, and waiting for a free
connection counts as time taken. Otherwise each connection sends its next request once the last one is answered.`,
		Example: `  grps bench --connections 64                     as many single reports as 64 connections carry
  grps bench --batch 100 --connections 8          batches of 100
  grps bench --servers 500 --players 30 --interval 30s --batch 30    500 servers that flush every 30 seconds`,
		Args: takes(cobra.NoArgs),
	}
	f = addCallFlags(cmd)
	flags := cmd.Flags()
	flags.IntVar(&plan.servers, "servers", 50, "game servers")
	flags.IntVar(&plan.players, "players", 40, "players of each server")
	flags.IntVar(&plan.batch, "batch", 0, "reports of one request, up to 500; 0 sends single reports")
	flags.IntVar(&plan.connections, "connections", 64, "requests under way at once, at most")
	flags.Float64Var(&plan.rate, "rate", 0, "requests a second")
	flags.DurationVar(&plan.interval, "interval", 0, "how often each server reports all its players, instead of --rate")
	flags.DurationVar(&plan.duration, "duration", 10*time.Second, "how long")
	flags.Float64Var(&plan.evaluate, "evaluate", 1, "share of requests that evaluate")
	flags.Float64Var(&plan.apply, "apply", 0, "share of requests that apply, too")
	flags.Float64Var(&plan.duplicates, "duplicates", 0.01, "share of requests that are sent again")
	flags.Int64Var(&plan.firstUser, "first-user", 7_000_000_000, "id of the first player")
	flags.Uint64Var(&plan.seed, "seed", 1, "the dice; the same seed plays the same game")
	cmd.RunE = calling(f, func(ctx context.Context, c *client, _ []string) error {
		if err := plan.check(); err != nil {
			return usageError{err}
		}
		return runBench(ctx, c, plan, cmd.ErrOrStderr())
	})
	return cmd
}

func (p *benchPlan) check() error {
	share := func(f float64) bool { return f >= 0 && f <= 1 }
	switch {
	case p.servers < 1 || p.players < 1 || p.servers*p.players > 10_000_000:
		return errors.New("--servers and --players must be 1 or more, and no more than 10,000,000 players in all")
	case p.batch < 0 || p.batch > 500:
		return errors.New("--batch must be 0 … 500")
	case p.connections < 1 || p.connections > 10_000:
		return errors.New("--connections must be 1 … 10,000")
	case p.rate < 0 || p.rate > 0 && p.interval > 0:
		return errors.New("--rate must not be negative, and goes without --interval")
	case p.interval < 0 || p.duration <= 0:
		return errors.New("--interval must not be negative, and --duration must be above 0")
	case !share(p.evaluate) || !share(p.apply) || !share(p.duplicates) || p.duplicates == 1:
		return errors.New("--evaluate and --apply must be 0 … 1, --duplicates below 1")
	case p.firstUser < 1 || p.firstUser+int64(p.servers*p.players) > 1<<53-1:
		return errors.New("--first-user must leave room for all players below 2^53")
	}
	if p.interval > 0 {
		requests := float64(p.servers) * float64((p.players+max(p.batch, 1)-1)/max(p.batch, 1))
		p.rate = requests / p.interval.Seconds()
	}
	return nil
}

// benchResult is what a run of the bench found.
type benchResult struct {
	Seconds     float64          `json:"seconds"`
	Requests    int64            `json:"requests"`
	Accepted    int64            `json:"accepted"`
	PerSecond   float64          `json:"acceptedPerSecond"`
	Duplicates  int64            `json:"duplicates"`
	Stale       int64            `json:"stale"`
	Late        int64            `json:"late"`
	P50         float64          `json:"p50Ms"`
	P95         float64          `json:"p95Ms"`
	P99         float64          `json:"p99Ms"`
	Max         float64          `json:"maxMs"`
	Errors      map[string]int64 `json:"errors"`
	Verified    int              `json:"verifiedPlayers"`
	Missing     int              `json:"missingPlayers"` // whose acknowledged reports are not there
	Interrupted bool             `json:"interrupted,omitempty"`
}

func resultOf(t *benchTally, took time.Duration) benchResult {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return benchResult{
		Seconds: took.Seconds(), Requests: t.requests, Accepted: t.accepted, PerSecond: float64(t.accepted) / took.Seconds(),
		Duplicates: t.duplicate, Stale: t.stale, Late: t.late, Errors: t.errors, Max: ms(t.latencies.most),
		P50: ms(t.latencies.percentile(50)), P95: ms(t.latencies.percentile(95)), P99: ms(t.latencies.percentile(99)),
	}
}

// errMissing says that the service lost what it acknowledged.
var errMissing = errors.New("reports that were acknowledged are not there")

func runBench(ctx context.Context, c *client, plan benchPlan, stderr io.Writer) error {
	var alive struct {
		Status string `json:"status"`
	}
	if err := c.call(ctx, "GET", "/health/live", nil, &alive); err != nil {
		return err
	}
	b := newBenchRun(c, plan)
	began := time.Now()
	b.fire(ctx, stderr)
	result := resultOf(b.tally, time.Since(began))
	result.Interrupted = ctx.Err() != nil
	if !result.Interrupted {
		var err error
		if result.Verified, result.Missing, err = b.verify(ctx, stderr); err != nil {
			return err
		}
	}
	if err := c.print(result, func(w io.Writer) error { return result.write(w) }); err != nil {
		return err
	}
	switch {
	case result.Missing > 0:
		return errMissing
	case result.Accepted == 0:
		return errors.New("no report was accepted")
	}
	return nil
}

// failureHint says what to do about a failure that is none of the service; "" about others.
func failureHint(kind string) string {
	if kind == "rate_limited" {
		return "; to measure without limits, start the service with RATE_LIMIT=0 and RATE_LIMIT_ADDRESS=0"
	}
	return ""
}

// write prints the result for people.
func (r benchResult) write(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "accepted\t%d reports in %.1f s, %.0f a second\n", r.Accepted, r.Seconds, r.PerSecond)
	fmt.Fprintf(table, "time taken\tp50 %.1f ms, p95 %.1f ms, p99 %.1f ms, at most %.1f ms, of %d requests\n", r.P50, r.P95, r.P99, r.Max, r.Requests)
	fmt.Fprintf(table, "sent again\t%d reports were known already, %d were overtaken by newer ones\n", r.Duplicates, r.Stale)
	if r.Late > 0 {
		fmt.Fprintf(table, "late\t%d requests waited for a connection: the rate is more than they carry\n", r.Late)
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Errors)) {
		fmt.Fprintf(table, "failed\t%d reports: %s%s\n", r.Errors[kind], kind, failureHint(kind))
	}
	switch {
	case r.Interrupted:
		fmt.Fprintln(table, "verified\tnothing, as it was interrupted")
	case r.Missing > 0:
		fmt.Fprintf(table, "verified\t%d players, and of %d what was acknowledged IS MISSING\n", r.Verified, r.Missing)
	default:
		fmt.Fprintf(table, "verified\t%d players: all that was acknowledged is there\n", r.Verified)
	}
	return table.Flush()
}
