package httpapi_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/adapters/telemetry/logtest"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

const (
	pathIngest  = "/roblox/events/player-activity"
	pathDecide  = "/automation/decisions"
	pathSync    = "/sync/roblox"
	pathTop     = "/leaderboard/top"
	pathRecords = "/leaderboard/records"

	goodReport = `{"userId":77,"username":"Vex","rankPoints":520,"kos":3,"wos":2}`
	madeID     = "0190a5d2-0000-7000-8000-000000000001"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 250_000_000, time.UTC)

// clock is a clock that moves by a step each time it is read.
type clock struct {
	at   time.Time
	step time.Duration
}

func (c *clock) Now() time.Time {
	at := c.at
	c.at = at.Add(c.step)
	return at
}

type oneID struct{}

func (oneID) NewID() string { return madeID }

// api is a server over mocks. Its ingester accepts what domain accepts.
type api struct {
	ingester *portsmock.IngesterMock
	decider  *portsmock.DeciderMock
	undoer   *portsmock.UndoerMock
	approver *portsmock.ApproverMock
	players  *portsmock.PlayerFinderMock
	boards   *portsmock.LeaderboardsMock
	syncer   *portsmock.SyncerMock
	ledger   *portsmock.HistorianMock
	explains *portsmock.ExplainerMock
	reviewer *portsmock.ReviewerMock
	walks    *portsmock.ReconcilerMock
	rewinds  *portsmock.RewinderMock
	switches *portsmock.AutomatorMock
	post     *portsmock.PostmasterMock
	prober   *portsmock.ProberMock
	eraser   *portsmock.EraserMock
	options  httpapi.Options
	logs     *observer.ObservedLogs
	folded   int // reports that domain accepted
	tb       testing.TB
	invents  bool // see withInventions
	odd      bool // see withOddRequests
	http.Handler
}

func newAPI(tb testing.TB, changes ...func(*api)) *api {
	tb.Helper()
	logger, logs := logtest.Logger(zapcore.DebugLevel)
	a := &api{
		tb:       tb,
		ingester: &portsmock.IngesterMock{}, decider: &portsmock.DeciderMock{}, undoer: &portsmock.UndoerMock{},
		approver: &portsmock.ApproverMock{}, players: &portsmock.PlayerFinderMock{},
		boards: &portsmock.LeaderboardsMock{}, syncer: &portsmock.SyncerMock{},
		ledger: &portsmock.HistorianMock{}, explains: &portsmock.ExplainerMock{}, reviewer: &portsmock.ReviewerMock{},
		walks: &portsmock.ReconcilerMock{}, rewinds: &portsmock.RewinderMock{},
		switches: &portsmock.AutomatorMock{}, post: &portsmock.PostmasterMock{}, prober: &portsmock.ProberMock{}, logs: logs,
		eraser: &portsmock.EraserMock{},
	}
	a.ingester.IngestFunc = func(_ context.Context, r ports.IngestRequest) (ports.IngestResult, error) {
		if _, err := domain.NewSnapshot(r.Report, now); err != nil {
			return ports.IngestResult{}, err
		}
		a.folded++
		return ports.IngestResult{Player: player(r.Report.UserID)}, nil
	}
	a.ingester.IngestBatchFunc = func(_ context.Context, requests []ports.IngestRequest) ([]ports.IngestAnswer, error) {
		answers := make([]ports.IngestAnswer, len(requests))
		for i, r := range requests {
			if _, answers[i].Err = domain.NewSnapshot(r.Report, now); answers[i].Err == nil {
				a.folded++
				answers[i].Result = ports.IngestResult{Player: player(r.Report.UserID)}
			}
		}
		return answers, nil
	}
	a.decider.DecideFunc = func(_ context.Context, r ports.DecideRequest) (ports.DecideResult, error) {
		return ports.DecideResult{Decision: promotion(), Player: player(r.User)}, nil
	}
	a.undoer.UndoFunc = func(context.Context, ports.UndoRequest) (ports.DecideResult, error) {
		return ports.DecideResult{Decision: promotion(), Player: player(user(77))}, nil
	}
	a.approver.ApproveFunc = func(context.Context, ports.ApprovalRequest) (ports.DecideResult, error) {
		return ports.DecideResult{Decision: promotion(), Player: player(user(77))}, nil
	}
	a.eraser.EraseFunc = func(_ context.Context, r ports.EraseRequest) (ports.Erasure, bool, error) {
		return ports.Erasure{ID: madeID, User: r.User, Notification: r.Notification, Principal: r.Principal, State: ports.ErasureQueued, AskedAt: now}, true, nil
	}
	a.eraser.LiftErasureFunc = func(context.Context, ports.Caller, domain.UserID) (ports.Erasure, error) {
		return ports.Erasure{ID: madeID, State: ports.ErasureLifted}, nil
	}
	a.eraser.ErasureFunc = func(context.Context, string) (ports.Erasure, error) {
		return ports.Erasure{ID: madeID, State: ports.ErasureDone}, nil
	}
	a.eraser.ErasuresFunc = func(context.Context, string, int) (ports.ErasurePage, error) { return ports.ErasurePage{}, nil }
	a.eraser.HoldingsFunc = func(_ context.Context, _ domain.UserID, use func(string, []byte) error) error {
		return use("players", []byte(`{"user_id":5}`))
	}
	a.approver.RejectFunc = a.approver.ApproveFunc
	a.players.PlayerFunc = func(_ context.Context, user domain.UserID) (ports.PlacedStanding, error) { return player(user), nil }
	a.boards.TopFunc = func(context.Context, string, int) (ports.Leaderboard, error) { return ports.Leaderboard{}, nil }
	a.boards.AroundFunc = func(context.Context, domain.UserID, int) (ports.Surroundings, error) {
		return ports.Surroundings{Place: 1, Players: 1, Player: ports.LeaderboardEntry{UserID: user(5), Username: "Vex", Rank: "Cadet"}}, nil
	}
	a.players.PlayersFunc = func(context.Context, ports.PlayerFilter, string, int) (ports.PlayerPage, error) {
		return ports.PlayerPage{}, nil
	}
	a.boards.RecordsFunc = func(context.Context, int) (ports.Records, error) { return ports.Records{}, nil }
	a.syncer.SyncFunc = func(context.Context, ports.SyncRequest) (ports.SyncResult, error) { return ports.SyncResult{}, nil }
	a.ledger.TraceFunc = func(context.Context, string) (ports.DecisionTrace, error) {
		return ports.DecisionTrace{Decision: promotion()}, nil
	}
	a.ledger.FindingsFunc = func(context.Context, ports.FindingFilter, string, int) (ports.FindingPage, error) {
		return ports.FindingPage{}, nil
	}
	a.ledger.DecisionsFunc = func(context.Context, ports.DecisionFilter, string, int) (ports.DecisionPage, error) {
		return ports.DecisionPage{}, nil
	}
	a.ledger.HistoryFunc = func(context.Context, domain.UserID, string, int) (ports.HistoryPage, error) {
		return ports.HistoryPage{}, nil
	}
	a.explains.ExplainFunc = func(_ context.Context, user domain.UserID) (ports.PlacedStanding, domain.Eligibility, error) {
		return player(user), domain.Eligibility{}, nil
	}
	a.reviewer.StartReviewFunc = func(context.Context, ports.ReviewRequest) (ports.ReviewProgress, error) { return reviewed(), nil }
	a.reviewer.ReviewFunc = func(context.Context, string) (ports.ReviewProgress, error) { return reviewed(), nil }
	a.reviewer.ReviewsFunc = func(context.Context, string, int) (ports.ReviewPage, error) { return ports.ReviewPage{}, nil }
	a.reviewer.CancelReviewFunc = func(context.Context, ports.Caller, string) (ports.ReviewProgress, error) { return reviewed(), nil }
	a.reviewer.ResumeReviewFunc = func(context.Context, ports.ResumeRequest) (ports.ReviewProgress, error) { return reviewed(), nil }
	a.walks.StartReconciliationFunc = func(context.Context, ports.ReconciliationRequest) (ports.ReconciliationProgress, error) {
		return walked(), nil
	}
	a.walks.ReconciliationFunc = func(context.Context, string) (ports.ReconciliationProgress, error) { return walked(), nil }
	a.walks.ReconciliationsFunc = func(context.Context, string, int) (ports.ReconciliationPage, error) {
		return ports.ReconciliationPage{}, nil
	}
	a.walks.DifferencesFunc = func(context.Context, string, string, int) (ports.DifferencePage, error) {
		return ports.DifferencePage{}, nil
	}
	a.walks.CancelReconciliationFunc = func(context.Context, ports.Caller, string) (ports.ReconciliationProgress, error) {
		return walked(), nil
	}
	a.rewinds.StartRewindFunc = func(context.Context, ports.RewindRequest) (ports.RewindProgress, error) { return rewinding(), nil }
	a.rewinds.RewindFunc = func(context.Context, string) (ports.RewindProgress, error) { return rewinding(), nil }
	a.rewinds.RewindsFunc = func(context.Context, string, int) (ports.RewindPage, error) { return ports.RewindPage{}, nil }
	a.rewinds.RewoundPlayersFunc = func(context.Context, string, bool, string, int) (ports.RewoundPage, error) {
		return ports.RewoundPage{}, nil
	}
	a.rewinds.CancelRewindFunc = func(context.Context, ports.Caller, string) (ports.RewindProgress, error) { return rewinding(), nil }
	a.rewinds.ResumeRewindFunc = a.rewinds.CancelRewindFunc
	a.switches.AutomationFunc = func(context.Context) (ports.AutomationStatus, error) { return ports.AutomationStatus{}, nil }
	turned := func(context.Context, ports.SwitchRequest) (ports.AutomationStatus, error) {
		return ports.AutomationStatus{}, nil
	}
	a.switches.StopAutomationFunc, a.switches.ResumeAutomationFunc = turned, turned
	a.post.UndeliveredFunc = func(context.Context, ports.DeadFilter, string, int) (ports.DeadPage, error) {
		return ports.DeadPage{}, nil
	}
	a.post.RedeliverFunc = func(context.Context, ports.DeadFilter) (ports.Revival, error) { return ports.Revival{}, nil }
	a.post.WebhooksFunc = func(context.Context) ([]ports.WebhookState, error) { return nil, nil }
	a.post.TryWebhookFunc = func(context.Context, string) (ports.WebhookTrial, error) { return ports.WebhookTrial{Taken: true}, nil }
	a.prober.ReadinessFunc = func(context.Context) ports.Readiness {
		fine := ports.PartState{Reason: "fine"}
		return ports.Readiness{
			Ready: true, Service: fine, Store: fine, Policy: fine, Outbox: fine, OpenCloud: fine, Revision: "r1", Newest: true,
		}
	}
	a.options = httpapi.Options{
		Ingester: a.ingester, Decider: a.decider, Undoer: a.undoer, Approver: a.approver, Players: a.players, Leaderboards: a.boards, Syncer: a.syncer,
		Historian: a.ledger, Explainer: a.explains, Reviewer: a.reviewer, Reconciler: a.walks, Rewinder: a.rewinds, Automator: a.switches, Postmaster: a.post, Prober: a.prober, Eraser: a.eraser, Clock: &clock{at: now}, IDs: oneID{}, Logger: logger,
		Nonces: memstore.New(),
	}
	for _, change := range changes {
		change(a)
	}
	server, err := httpapi.New(a.options)
	if err != nil {
		tb.Fatal(err)
	}
	a.Handler = server
	return a
}

// calls returns how often any use case was called.
func (a *api) calls() int {
	return len(a.ingester.IngestCalls()) + len(a.ingester.IngestBatchCalls()) + len(a.decider.DecideCalls()) +
		len(a.undoer.UndoCalls()) + len(a.approver.ApproveCalls()) + len(a.approver.RejectCalls()) +
		len(a.players.PlayerCalls()) + len(a.players.PlayersCalls()) + len(a.boards.AroundCalls()) +
		len(a.boards.TopCalls()) + len(a.boards.RecordsCalls()) + len(a.syncer.SyncCalls()) +
		len(a.ledger.TraceCalls()) + len(a.ledger.DecisionsCalls()) + len(a.ledger.HistoryCalls()) + len(a.explains.ExplainCalls()) +
		len(a.reviewer.StartReviewCalls()) + len(a.reviewer.ReviewCalls()) + len(a.reviewer.ReviewsCalls()) +
		len(a.reviewer.CancelReviewCalls()) + len(a.reviewer.ResumeReviewCalls()) +
		len(a.walks.StartReconciliationCalls()) + len(a.walks.ReconciliationCalls()) + len(a.walks.ReconciliationsCalls()) +
		len(a.walks.DifferencesCalls()) + len(a.walks.CancelReconciliationCalls()) +
		len(a.rewinds.StartRewindCalls()) + len(a.rewinds.RewindCalls()) + len(a.rewinds.RewindsCalls()) +
		len(a.rewinds.RewoundPlayersCalls()) + len(a.rewinds.CancelRewindCalls()) + len(a.rewinds.ResumeRewindCalls()) +
		len(a.switches.AutomationCalls()) + len(a.switches.StopAutomationCalls()) + len(a.switches.ResumeAutomationCalls()) +
		len(a.post.UndeliveredCalls()) + len(a.post.RedeliverCalls()) + len(a.post.WebhooksCalls()) + len(a.post.TryWebhookCalls()) +
		len(a.eraser.EraseCalls()) + len(a.eraser.LiftErasureCalls()) + len(a.eraser.ErasureCalls()) + len(a.eraser.ErasuresCalls()) +
		len(a.eraser.HoldingsCalls())
}

// send makes a request; each header is "name: value". A body makes it JSON unless a header says otherwise.
func (a *api) send(tb testing.TB, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	tb.Helper()
	var from io.Reader
	if body != "" {
		from = strings.NewReader(body)
	}
	r := httptest.NewRequestWithContext(tb.Context(), method, path, from)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		if http.CanonicalHeaderKey(name) == "Content-Type" {
			r.Header.Del(name)
		}
		r.Header.Add(name, value)
	}
	return a.do(r)
}

func (a *api) do(r *http.Request) *httptest.ResponseRecorder {
	sent := record(r)
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	logtest.Request(r, sent.Bytes())
	logtest.Answered(r, w.Header().Get("Content-Type"), w.Body.Bytes())
	a.hold(r, sent, w)
	return w
}

// document is a problem document as a client reads it.
type document struct {
	Type, Title, Detail, Code, RequestID string
	Status                               int
	Errors                               []struct{ Field, Message string }
}

// problem reads a problem document and checks what is true of all of them.
func problem(tb testing.TB, w *httptest.ResponseRecorder) document {
	tb.Helper()
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		tb.Fatalf("content type of %d %s: got %q, want application/problem+json", w.Code, w.Body, got)
	}
	var p document
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		tb.Fatalf("problem %q: %v", w.Body, err)
	}
	switch {
	case p.Status != w.Code,
		p.Type != "urn:grps:problem:"+p.Code,
		p.Title == "", p.Detail == "", p.Code == "",
		p.RequestID == "", p.RequestID != w.Header().Get("X-Request-Id"):
		tb.Errorf("problem: got %+v with status %d and request id %q, want all of it filled and equal",
			p, w.Code, w.Header().Get("X-Request-Id"))
	}
	return p
}

func (d document) fields() string {
	var names []string
	for _, e := range d.Errors {
		names = append(names, e.Field)
	}
	return strings.Join(names, " ")
}

// wantProblem checks status and code of a refused request.
func wantProblem(tb testing.TB, w *httptest.ResponseRecorder, status int, code string) document {
	tb.Helper()
	p := problem(tb, w)
	if w.Code != status || p.Code != code {
		tb.Errorf("answer: got %d %s (%s), want %d %s", w.Code, p.Code, p.Detail, status, code)
	}
	return p
}

func user(n int64) domain.UserID {
	id, err := domain.NewUserID(n)
	if err != nil {
		panic(err)
	}
	return id
}

func player(id domain.UserID) ports.PlacedStanding {
	return ports.PlacedStanding{Standing: domain.Standing{UserID: id, Username: "Vex", Rank: "Cadet"}}
}

func promotion() ports.DecisionRecord {
	return ports.DecisionRecord{
		ID: madeID, UserID: user(77), Status: domain.StatusAdvisory, CreatedAt: now,
		Decision: domain.Decision{
			Action: domain.ActionPromote, From: "Cadet", To: "Guard", Reason: domain.ReasonEligible, Revision: "r1",
			Checks: domain.ChecksOf(domain.Check{
				Criterion: domain.CriterionPoints, Rank: "Guard", Required: 100, Actual: 520, Met: true,
			}),
		},
	}
}

func TestNewNamesEveryOptionThatIsMissingOrUnusable(t *testing.T) {
	_, err := httpapi.New(httpapi.Options{
		Keys:           []httpapi.Key{httpapi.NewKey("", "secret"), httpapi.NewKey("game", ""), {Name: "zero"}},
		AllowedOrigins: []string{"*", "null", "https://a.example/", "https://*.example", "ftp://a.example", "https://A.example"},
	})
	if err == nil {
		t.Fatal("error: got nil, want one")
	}
	for _, want := range []string{
		"Ingester", "Decider", "Undoer", "Approver", "Players", "Leaderboards", "Syncer", "Historian", "Explainer", "Clock", "IDs", "key 1", "key 2", "key 3",
		`"*"`, `"null"`, `"https://a.example/"`, `"https://*.example"`, `"ftp://a.example"`, `"https://A.example"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error: got %q, want one that names %s", err, want)
		}
	}
}

func TestANilLoggerDropsTheLines(t *testing.T) {
	a := newAPI(t, func(a *api) { a.options.Logger = nil })
	if w := a.send(t, "GET", "/health/live", ""); w.Code != http.StatusOK {
		t.Errorf("status: got %d, want 200", w.Code)
	}
}
