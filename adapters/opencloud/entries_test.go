package opencloud_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/opencloud/sandbox"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// save writes an entry of the player with the id.
func (r *rig) save(id, value string) { r.box.PutEntry(42, store, id, json.RawMessage(value)) }

// the only report of a store that holds one entry.
func (r *rig) report() (domain.Report, bool) {
	r.Helper()
	page, err := r.client.Entries(r.Context(), "", 10)
	wantNoError(r.T, "Entries", err)
	if len(page.Reports)+page.Skipped != 1 {
		r.Fatalf("Entries: got %d reports and %d skipped, want one entry", len(page.Reports), page.Skipped)
	}
	if page.Skipped == 1 {
		return domain.Report{}, false
	}
	return page.Reports[0], true
}

func TestAnEntryIsAReport(t *testing.T) {
	r := newRig(t)
	r.save(entryID, `{"userId":156,"username":" ada ","displayName":"Ada","rank":"Trooper","rankPoints":520,"kos":7,"wos":3,
		"warnings":2,"recommendations":1,"punishmentStatus":"Trial_Punishment","punishmentExpiresAt":"2026-12-01T00:00:00Z",
		"observedAt":"2026-11-22T11:00:00Z","inventory":{"a":1}}`)
	got, ok := r.report()
	if !ok {
		t.Fatal("the entry: got skipped, want a report")
	}
	equal(t, "report", got, domain.Report{
		UserID: player, Username: "ada", DisplayName: "Ada", Rank: "Trooper", Points: 520, Kos: 7, Wos: 3,
		Warnings: domain.CountOf(2), Recommendations: domain.CountOf(1), Punishment: domain.PunishmentTrial,
		PunishmentUntil: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), ObservedAt: noon.Add(-time.Hour),
	})
}

func TestEntriesAreReadLeniently(t *testing.T) {
	plain := domain.Report{UserID: player, Username: "ada", Points: 520, ObservedAt: noon}
	with := func(change func(*domain.Report)) domain.Report {
		changed := plain
		change(&changed)
		return changed
	}
	for name, c := range map[string]struct {
		id, value string
		want      domain.Report
	}{
		"the user by the key alone":       {entryID, `{"username":"ada","rankPoints":520}`, plain},
		"the user by the value alone":     {"player:ada", `{"userId":156,"username":"ada","rankPoints":520}`, plain},
		"an id as text":                   {"player:ada", `{"userId":"156","username":"ada","rankPoints":520}`, plain},
		"points by another name":          {entryID, `{"username":"ada","points":520}`, plain},
		"rankPoints before points":        {entryID, `{"username":"ada","points":1,"rankPoints":520}`, plain},
		"points as text":                  {entryID, `{"username":"ada","points":"520"}`, plain},
		"points of a Luau double":         {entryID, `{"username":"ada","points":5.2e2}`, plain},
		"broken points, cut":              {entryID, `{"username":"ada","points":520.9}`, plain},
		"names of fields in another case": {entryID, `{"UserID":156,"Username":"ada","RankPoints":520}`, plain},
		"a rank that is a number":         {entryID, `{"username":"ada","points":520,"rank":20}`, plain},
		"no points":                       {entryID, `{"username":"ada"}`, with(func(r *domain.Report) { r.Points = 0 })},
		"nulls": {
			entryID, `{"username":"ada","rankPoints":520,"displayName":null,"rank":null,"kos":null,"warnings":null,
			"punishmentStatus":null,"punishmentExpiresAt":null,"observedAt":null}`, plain,
		},
		"a time in seconds": {
			entryID, `{"username":"ada","points":520,"observedAt":1795345200}`,
			with(func(r *domain.Report) { r.ObservedAt = time.Unix(1795345200, 0).UTC() }),
		},
		"an id with an @": {
			"player:156@eu", `{"userId":156,"username":"ada","points":520}`, plain,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.save(c.id, c.value)
			got, ok := r.report()
			if !ok {
				t.Fatalf("%s: got skipped, want a report", c.value)
			}
			equal(t, "report", got, c.want)
		})
	}
}

func TestEntriesThatHoldNoPlayerAreSkipped(t *testing.T) {
	for name, c := range map[string]struct{ id, value string }{
		"a bare number":             {entryID, `520`},
		"a text":                    {entryID, `"ada"`},
		"a list":                    {entryID, `[{"username":"ada"}]`},
		"an empty table":            {entryID, `[]`},
		"null":                      {entryID, `null`},
		"no name":                   {entryID, `{"rankPoints":520}`},
		"a name that is a number":   {entryID, `{"username":5}`},
		"a hidden name":             {entryID, `{"username":"a\u202eb"}`},
		"no user":                   {"player:ada", `{"username":"ada"}`},
		"a user who is not the key": {entryID, `{"userId":157,"username":"ada"}`},
		"a user id that is none":    {"player:ada", `{"userId":-1,"username":"ada"}`},
		"a user id out of range":    {"player:9007199254740993", `{"username":"ada"}`},
		"a key with a zero":         {"player:0156", `{"username":"ada"}`},
		"points that are none":      {entryID, `{"username":"ada","points":"many"}`},
		"points beyond counting":    {entryID, `{"username":"ada","points":1e300}`},
		"negative points":           {entryID, `{"username":"ada","points":-1}`},
		"too many points":           {entryID, `{"username":"ada","points":2147483648}`},
		"points in a table":         {entryID, `{"username":"ada","points":{}}`},
		"an unknown punishment":     {entryID, `{"username":"ada","punishmentStatus":"Jail"}`},
		"a time that is none":       {entryID, `{"username":"ada","observedAt":"yesterday"}`},
		"a time out of range":       {entryID, `{"username":"ada","punishmentExpiresAt":9007199254740991}`},
		"a time in the future":      {entryID, `{"username":"ada","observedAt":"2027-01-01T00:00:00Z"}`},
		"far too long":              {entryID, `{"username":"ada","x":"` + strings.Repeat("x", 1<<20) + `"}`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.save(c.id, c.value)
			if got, ok := r.report(); ok {
				t.Fatalf("%.80s: got the report %+v, want it skipped", c.value, got)
			}
		})
	}
}

func TestAnEntryIsAsOldAsItsLastWrite(t *testing.T) {
	r := newRig(t)
	r.save(entryID, `{"username":"ada","rankPoints":520}`)
	r.clock.advance(24 * time.Hour)
	if got, _ := r.report(); !got.ObservedAt.Equal(noon) {
		t.Errorf("the report is of %s, want of %s: a game may have reported newer points since", got.ObservedAt, noon)
	}
	r.clock.advance(-25 * time.Hour) // Roblox's clock runs ahead of ours
	if got, ok := r.report(); !ok || got.ObservedAt.After(r.clock.Now()) {
		t.Errorf("the report is of %s, want none from the future", got.ObservedAt)
	}
}

func TestWhatTheMirrorWroteIsAsOldAsTheMirror(t *testing.T) {
	r := newRig(t)
	wantNoError(t, "PutStanding", r.client.PutStanding(t.Context(), standing()))
	got, ok := r.report()
	want := domain.Report{
		UserID: player, Username: "ada", Rank: "Trooper", Points: 520, Kos: 7, Wos: 3, Warnings: domain.CountOf(1),
		Recommendations: domain.CountOf(0), ObservedAt: standing().Standing.ObservedAt,
	}
	if !ok {
		t.Fatal("the entry: got skipped, want a report")
	}
	equal(t, "report of what was mirrored", got, want)

	changed := r.entry()
	changed["rankPoints"] = 600
	text, err := json.Marshal(changed)
	wantNoError(t, "encode", err)
	r.save(entryID, string(text))
	got, _ = r.report()
	want.Points, want.ObservedAt = 600, noon
	equal(t, "report of what the game changed since", got, want)
}

func TestEntriesArePagedToTheEnd(t *testing.T) {
	r := newRig(t)
	var want []int64
	for i := range 25 {
		r.save(fmt.Sprintf("player:%d", 100+i), `{"username":"ada"}`)
		want = append(want, int64(100+i))
	}
	r.save("other:1", `{"username":"eve"}`)
	var got []int64
	cursor, pages := "", 0
	for {
		limit := 10 + pages // a larger limit keeps the pages as they began
		page, err := r.client.Entries(t.Context(), cursor, limit)
		wantNoError(t, "Entries", err)
		for _, report := range page.Reports {
			got = append(got, report.UserID.Int64())
		}
		pages++
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	slices.Sort(got)
	equal(t, "users", got, want)
	equal(t, "pages", pages, 3)
}

func TestAPageHoldsAtMost256Entries(t *testing.T) {
	r := newRig(t)
	for i := range 300 {
		r.save(fmt.Sprintf("player:%d", 1000+i), `{"username":"ada"}`)
	}
	page, err := r.client.Entries(t.Context(), "", 500)
	wantNoError(t, "Entries", err)
	equal(t, "reports", len(page.Reports), 256)
	r.clock.advance(11 * time.Second) // the 44 reads of the second page, 4 a second
	page, err = r.client.Entries(t.Context(), page.Next, 500)
	wantNoError(t, "the second page", err)
	equal(t, "reports", len(page.Reports), 44)
}

func TestAPageThatTheReadsOfAMinuteDoNotSufficeForIsRefusedWhole(t *testing.T) {
	r := newRig(t, func(o *options, _ *sandbox.Config) { o.Limits.EntryReadsPerMinute, o.Patience = 60, time.Millisecond })
	for i := range 300 {
		r.save(fmt.Sprintf("player:%d", 1000+i), `{"username":"ada"}`)
	}
	_, err := r.client.Entries(t.Context(), "", 250)
	wantNoError(t, "the first page", err)
	_, err = r.client.Entries(t.Context(), "", 30)
	e := wantKind(t, err, domain.KindExhausted, "open_cloud_budget")
	equal(t, "RetryAfter", e.RetryAfter, 24*time.Second) // 6 are left, one a second
	equal(t, "reads", len(r.callsOf(sandbox.OpGetEntry)), 250)
	r.clock.advance(e.RetryAfter)
	_, err = r.client.Entries(t.Context(), "", 30)
	wantNoError(t, "after RetryAfter", err)
}

func TestCursorsThatWereNotGivenOutAreRefused(t *testing.T) {
	client, calls := answering(t, says(200, `{}`))
	for name, c := range map[string]struct {
		cursor string
		limit  int
	}{
		"no limit":              {"", 0},
		"a negative limit":      {"", -1},
		"no size":               {"token", 10},
		"a size that is none":   {"x.token", 10},
		"a size of nothing":     {"0.token", 10},
		"a size beyond a page":  {"257.token", 500},
		"no token":              {"10.", 10},
		"a page for more":       {"20.token", 10},
		"a size with something": {"10 .token", 10},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.Entries(t.Context(), c.cursor, c.limit)
			if e := wantKind(t, err, domain.KindInvalid, "page_invalid"); len(e.Fields) != 1 {
				t.Fatalf("fields: got %v, want the one that is wrong", e.Fields)
			}
		})
	}
	equal(t, "calls", calls(), 0)
}

func TestEntriesWithoutAPrefixAreAllOfThem(t *testing.T) {
	r := newRig(t, func(o *options, _ *sandbox.Config) { o.DataStore.Prefix = "" })
	r.save("156", `{"username":"ada"}`)
	if got, ok := r.report(); !ok || got.UserID != player {
		t.Fatalf("report: got %v %v, want user 156", got.UserID, ok)
	}
	equal(t, "query", r.callsOf(sandbox.OpListEntries)[0].Query, "maxPageSize=10")
}

func TestAnEntryThatIsGoneMeanwhileIsSkipped(t *testing.T) {
	const list = `{"dataStoreEntries":[{"path":"universes/42/data-stores/s/entries/player:1","id":"player:1"},
		{"path":"universes/42/data-stores/s/entries/x","id":"x"}]}`
	client, calls := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/entries") {
			says(200, list)(w, r)
			return
		}
		says(404, `{"code":"NOT_FOUND"}`)(w, r)
	})
	page, err := client.Entries(t.Context(), "", 10)
	wantNoError(t, "Entries", err)
	equal(t, "page", page, ports.EntryPage{Skipped: 2})
	equal(t, "calls", calls(), 2)
}

func TestAListThatCannotBeTrustedIsRefused(t *testing.T) {
	const one = `{"path":"universes/42/data-stores/s/entries/player:1","id":"player:1"}`
	for name, body := range map[string]string{
		"another universe":       `{"dataStoreEntries":[{"path":"universes/43/data-stores/s/entries/player:1","id":"player:1"}]}`,
		"no id":                  `{"dataStoreEntries":[{"path":"universes/42/data-stores/s/entries/player:1"}]}`,
		"more than asked for":    `{"dataStoreEntries":[` + one + `,` + one + `,` + one + `]}`,
		"the same page for ever": `{"dataStoreEntries":[],"nextPageToken":"t"}`,
	} {
		t.Run(name, func(t *testing.T) {
			client, calls := answering(t, says(200, body))
			_, err := client.Entries(t.Context(), "2.t", 2)
			wantKind(t, err, domain.KindUnavailable, "open_cloud_answer")
			equal(t, "calls", calls(), 1)
		})
	}
}

func TestAFaultWhileReadingEntriesFailsThePage(t *testing.T) {
	for _, c := range []struct {
		fault sandbox.FaultKind
		want  domain.Kind
	}{
		{sandbox.FaultTooMany, domain.KindExhausted},
		{sandbox.FaultInternal, domain.KindUnavailable},
		{sandbox.FaultUnauthorized, domain.KindUnavailable},
		{sandbox.FaultRefused, domain.KindDenied},
		{sandbox.FaultHTML, domain.KindUnavailable},
		{sandbox.FaultEmpty, domain.KindUnavailable},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			r := newRig(t)
			for i := range 40 {
				r.save(fmt.Sprintf("player:%d", 100+i), `{"username":"ada"}`)
			}
			r.box.Inject(sandbox.Fault{Kind: c.fault, Operation: sandbox.OpGetEntry, Times: 1})
			_, err := r.client.Entries(t.Context(), "", 100)
			if got := domain.KindOf(err); err == nil || got != c.want {
				t.Fatalf("Entries: got %v of kind %s, want kind %s", err, got, c.want)
			}
		})
	}
}

func TestEntriesStopWhenTheCallerDoes(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := newRig(t)
	for i := range 40 {
		r.save(fmt.Sprintf("player:%d", 100+i), `{"username":"ada"}`)
	}
	client := dial(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !strings.HasSuffix(req.URL.Path, "/entries") {
			cancel()
		}
		r.box.ServeHTTP(w, req)
	})))
	_, err := client.Entries(ctx, "", 100)
	wantKind(t, err, domain.KindUnavailable, "interrupted")
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error: got %v, want one that tells of the context", err)
	}
	if reads := len(r.callsOf(sandbox.OpGetEntry)); reads > 16 {
		t.Errorf("reads: got %d of 40, want few after the caller stopped", reads)
	}
}
