package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/adapters/telemetry/logtest"
)

// traces is a collector that keeps what it is sent.
type traces struct {
	base string

	mu     sync.Mutex
	spans  []*tracepb.Span
	bodies bytes.Buffer
	header http.Header
}

func startCollector(t *testing.T) *traces {
	t.Helper()
	c := &traces{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var sent collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &sent)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s %s is no export of traces: %v", r.Method, r.URL.Path, err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.header = r.Header.Clone()
		logtest.Answer(logtest.Traces, []byte(sent.String()))
		c.bodies.Write(body)
		for _, resource := range sent.GetResourceSpans() {
			for _, scope := range resource.GetScopeSpans() {
				c.spans = append(c.spans, scope.GetSpans()...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
	}))
	t.Cleanup(server.Close)
	c.base = server.URL
	return c
}

// env sends traces of a service here, soon.
func (c *traces) env() []string {
	return []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + c.base, "OTEL_BSP_SCHEDULE_DELAY=50",
		"OTEL_EXPORTER_OTLP_HEADERS=x-tenant=grps", "OTEL_SERVICE_NAME=ranks", "OTEL_RESOURCE_ATTRIBUTES=deployment.environment=test",
	}
}

func (c *traces) seen() []*tracepb.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

// sent returns the headers of the latest export, and the text of all.
func (c *traces) sent() (header http.Header, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.header, c.bodies.String()
}

// of returns the spans of the request of that id.
func (c *traces) of(request string) []*tracepb.Span {
	return slices.DeleteFunc(c.seen(), func(s *tracepb.Span) bool { return noted(s, "grps.request_id") != request })
}

func noted(s *tracepb.Span, key string) string {
	for _, attribute := range s.GetAttributes() {
		if attribute.GetKey() == key {
			return attribute.GetValue().GetStringValue()
		}
	}
	return ""
}

func named(spans []*tracepb.Span, name string) []*tracepb.Span {
	return slices.DeleteFunc(slices.Clone(spans), func(s *tracepb.Span) bool { return s.GetName() != name })
}

// wantTrace checks the three levels of a request that moved a player: its route, the unit of work beneath that, and the calls beneath the unit.
func (c *traces) wantTrace(t *testing.T, request, route string, calls ...string) {
	t.Helper()
	within(t, readyTime, func() string {
		if spans := c.of(request); len(named(spans, route)) == 0 || len(named(spans, calls[len(calls)-1])) == 0 {
			return fmt.Sprintf("the trace of %s is not complete: %v", request, spans)
		}
		return ""
	})
	spans := c.of(request)
	roots := named(spans, route)
	if len(roots) != 1 || len(roots[0].GetParentSpanId()) != 0 {
		t.Fatalf("%s: got %v as %s, want one that nothing is above", request, roots, route)
	}
	var unit *tracepb.Span
	for _, s := range named(spans, "unit of work") {
		if bytes.Equal(s.GetParentSpanId(), roots[0].GetSpanId()) {
			unit = s
		}
	}
	if unit == nil {
		t.Fatalf("%s: no unit of work is beneath the route: %v", request, spans)
	}
	for _, call := range calls {
		made := named(spans, call)
		if len(made) == 0 {
			t.Errorf("%s: the call %q is not in the trace", request, call)
		}
		for _, s := range made {
			if !bytes.Equal(s.GetParentSpanId(), unit.GetSpanId()) || s.GetKind() != tracepb.Span_SPAN_KIND_CLIENT {
				t.Errorf("%s: the call %q is not one beneath the unit of work: %v", request, call, s)
			}
		}
	}
	for _, s := range spans {
		if !bytes.Equal(s.GetTraceId(), roots[0].GetTraceId()) {
			t.Errorf("%s: %q is in the trace %s, want that of the route", request, s.GetName(), hex.EncodeToString(s.GetTraceId()))
		}
	}
}

const reportRoute = "POST " + ingestPath

func TestARequestThatMovesAPlayerIsOneTrace(t *testing.T) {
	t.Parallel()
	onEach(t, oneTrace)
}

func oneTrace(t *testing.T, env, args []string) {
	t.Helper()
	c := startCollector(t)
	env = append(append(env, c.env()...), "LOG_LEVEL=debug")
	p := startServe(t, t.TempDir(), env, append(args, "--sandbox")...)
	var all sync.WaitGroup
	for n := range 8 { // at once, so that some share a unit
		all.Go(func() {
			body := strings.ReplaceAll(fmt.Sprintf(example, 750, 1), "12345678", fmt.Sprint(12345678+n))
			response, err := http.DefaultClient.Do(p.request(http.MethodPost, ingestPath, body, "x-grps-apply", "true", "x-request-id", fmt.Sprintf("game-%d", n)))
			if err != nil {
				t.Error(err)
				return
			}
			_ = response.Body.Close()
		})
	}
	all.Wait()
	for n := range 8 {
		c.wantTrace(t, fmt.Sprintf("game-%d", n), reportRoute, "roblox: read memberships", "roblox: assign roles")
	}
	p.call(http.MethodPost, ingestPath, strings.ReplaceAll(fmt.Sprintf(example, 750, 1), "12345678", "12345690"), "x-request-id", "no-move")
	p.call(http.MethodPost, "/automation/decisions", `{"userId":12345690,"apply":true,"reason":"canary-words"}`, "x-request-id", "staff")
	c.wantTrace(t, "staff", "POST /automation/decisions", "roblox: assign roles")
	if strings.Contains(p.stderr.String(), "OTEL") {
		t.Errorf("the variables of OpenTelemetry are complained about:\n%s", p.stderr)
	}
	header, text := c.sent()
	if header.Get("x-tenant") != "grps" || !strings.Contains(text, "deployment.environment") || !strings.Contains(text, "ranks") {
		t.Error("the variables of OpenTelemetry are not heeded")
	}
	for _, secret := range []string{"1234567", "ArcTrooper", "canary-words", "Storm Corporal", "vip-3"} {
		if strings.Contains(text, secret) {
			t.Errorf("a trace shows %q", secret)
		}
	}
}

func TestATraceGoesOnWhereAKilledProcessLeftOff(t *testing.T) {
	t.Parallel()
	onEach(t, traceOutlivesAKill)
}

func traceOutlivesAKill(t *testing.T, env, args []string) {
	t.Helper()
	c, folder, roblox := startCollector(t), t.TempDir(), startRoblox(t)
	roblox.Join(12345678, voltRole)
	roblox.Inject(sandbox.Fault{Operation: sandbox.OpAssignRole, Kind: sandbox.FaultUnavailable, Times: 2})
	env = append(append(env, c.env()...), append(roblox.env(), "APPLY_WAIT=0s")...)
	p := startServe(t, folder, env, args...)
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true", "x-request-id", "game")
	within(t, readyTime, func() string {
		if spans := c.of("game"); len(named(spans, reportRoute)) == 0 || !strings.Contains(p.stderr.String(), `"result":"retry"`) {
			return "nothing was tried"
		}
		return ""
	})
	p.kill()
	before := len(named(c.of("game"), "roblox: read memberships"))
	p = startServe(t, folder, env, args...)
	within(t, readyTime, func() string {
		if len(named(c.of("game"), "roblox: read memberships")) == before {
			return "the other process does not go on with the trace"
		}
		return ""
	})
	c.wantTrace(t, "game", reportRoute, "roblox: read memberships", "roblox: assign roles")
	failed := false
	for _, s := range named(c.of("game"), "roblox: assign roles") {
		failed = failed || s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR && noted(s, "error.type") == "unavailable"
	}
	if !failed {
		t.Error("no call of the trace says that it failed")
	}
}

func TestACollectorThatIsDownDelaysNothing(t *testing.T) {
	t.Parallel()
	p := startServe(t, t.TempDir(), []string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + freeAddress(t), "OTEL_BSP_SCHEDULE_DELAY=50"}, "--sandbox")
	for range 20 {
		began := time.Now()
		if status, _ := p.call(http.MethodGet, "/leaderboard/top", ""); status != http.StatusOK || time.Since(began) > slowness*2*time.Second {
			t.Errorf("got %d after %s, want 200 at once", status, time.Since(began))
		}
	}
	if code := p.stop(); code != 0 {
		t.Errorf("exit code %d, want 0\n%s", code, p.stderr)
	}
}
