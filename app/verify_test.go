package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// library makes policies again by the documents that written gives them, as filepolicy does by canonical ones. It counts.
type library struct {
	t     *testing.T
	reads int
}

func (l *library) parse(documents string) (domain.Policy, error) {
	l.reads++
	revision, ok := strings.CutPrefix(documents, "the documents of ")
	if !ok {
		return domain.Policy{}, &domain.Error{Kind: domain.KindInvalid, Code: "policy_text_invalid", Message: "the text is no policy"}
	}
	return written(l.t, revision), nil
}

// decided returns a decision of the rules as the ledger would keep it.
func decided(t *testing.T, number int64, revision string, change ...func(*domain.Standing)) ports.DecisionRecord {
	t.Helper()
	s := domain.Standing{UserID: userID(t, number), Username: "P", Rank: "Trooper", Points: 250}
	for _, c := range change {
		c(&s)
	}
	at := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(number) * time.Minute)
	return ports.DecisionRecord{
		ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", number), UserID: s.UserID, Input: s,
		Decision: domain.Evaluate(written(t, revision), s, at), Status: domain.StatusApplied, Apply: true, CreatedAt: at, UpdatedAt: at,
	}
}

// shelved returns a store that keeps the records, and the policies of those revisions.
func shelved(t *testing.T, revisions []string, records ...ports.DecisionRecord) ports.Store {
	t.Helper()
	store := memstore.New()
	t.Cleanup(func() { _ = store.Close() })
	err := store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
		for _, revision := range revisions {
			if err := w.KeepPolicy(ctx, revision, "the documents of "+revision); err != nil {
				return err
			}
		}
		return w.AddDecisions(ctx, records)
	})
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestEveryDecisionOfTheServiceComesOutTheSameAgain(t *testing.T) {
	store := memstore.New()
	defer store.Close()
	b := newBenchUnder(t, store, app.Remote{}, written(t, "one"))
	for _, r := range []domain.Report{
		b.report(1, 250, rank("Trooper")), b.report(2, 0, rank("Corporal")), b.report(3, 250, rank("Corporal"), warnings(4)),
		b.report(4, 250, rank("Corporal"), warnings(9)), b.report(5, 450, rank("Sergeant")), b.report(6, 150),
		b.report(5, 100, rank("Sergeant")),
	} {
		b.apply(r)
	}
	time.Sleep(2 * time.Millisecond) // nothing follows a decision at its very instant
	b.apply(b.report(7, 150, rank("Trooper")))
	ordered := b.order(domain.Order{Action: domain.ActionPromote, To: "Sergeant"})
	b.undo(ordered.Decision.ID)
	b.order(domain.Order{Action: domain.ActionSuspend, Days: 3})
	b.order(domain.Order{Action: domain.ActionRestore})
	b.apply(b.report(8, 150, rank("Trooper")))
	b.apply(b.report(8, 150, rank("Sergeant"))) // somebody gave it by hand
	question := b.apply(b.report(9, 450, rank("Sergeant"))).Decision
	b.approve(question.ID)
	n := 0
	err := app.NewAuditor(store, (&library{t: t}).parse).VerifyAll(t.Context(), func(record ports.DecisionRecord, proof app.Proof) error {
		n++
		if proof.Verdict != app.VerdictSame || proof.Stored != proof.Again || proof.Why != "" {
			t.Errorf("%s of %s: got %s (%s), want the same\nstored:\n%sagain:\n%s", record.Decision.Action, record.UserID,
				proof.Verdict, proof.Why, proof.Stored, proof.Again)
		}
		return nil
	})
	if err != nil || n < 12 {
		t.Errorf("got %d decisions and error %v, want at least 12 and none", n, err)
	}
}

func TestADecisionThatWasTamperedWithDiffers(t *testing.T) {
	record, none := decided(t, 7, "one"), ports.DecisionRecord{}
	for name, tamper := range map[string]func(*ports.DecisionRecord){
		"the action":           func(r *ports.DecisionRecord) { r.Decision.Action = domain.ActionDemote },
		"the rank it leads to": func(r *ports.DecisionRecord) { r.Decision.To = "General" },
		"the rank it is from":  func(r *ports.DecisionRecord) { r.Decision.From = "Recruit" },
		"the reason":           func(r *ports.DecisionRecord) { r.Decision.Reason = domain.ReasonReported },
		"the approval":         func(r *ports.DecisionRecord) { r.Decision.NeedsApproval = true },
		"the end":              func(r *ports.DecisionRecord) { r.Decision.Until = r.CreatedAt },
		"a check":              func(r *ports.DecisionRecord) { r.Decision.Checks = domain.Checks{} },
		"whom it is about":     func(r *ports.DecisionRecord) { r.UserID = userID(t, 8) },
		"what it was made of":  func(r *ports.DecisionRecord) { r.Input.Points = 249 },
	} {
		t.Run(name, func(t *testing.T) {
			changed := record
			tamper(&changed)
			if proof := app.Verify(written(t, "one"), changed, none); proof.Verdict != app.VerdictDiffers || proof.Stored == proof.Again {
				t.Errorf("got %s, want that it differs\nstored:\n%sagain:\n%s", proof.Verdict, proof.Stored, proof.Again)
			}
		})
	}
	if proof := app.Verify(written(t, "one"), record, none); proof.Verdict != app.VerdictSame {
		t.Errorf("untouched: got %s, want the same", proof.Verdict)
	}
	late := decided(t, 7, "one", func(s *domain.Standing) {
		s.Rank, s.Points, s.RankSince = "Corporal", 350, record.CreatedAt.AddDate(0, 0, -7)
	})
	late.CreatedAt = late.CreatedAt.Add(-time.Hour)
	if proof := app.Verify(written(t, "one"), late, none); proof.Verdict != app.VerdictDiffers {
		t.Errorf("with another instant: got %s, want that it differs", proof.Verdict)
	}
}

func TestAPolicyIsTakenFromTheLedgerOnceAndOnlyIfItIsWhatItIsCalled(t *testing.T) {
	store := shelved(t, []string{"one"}, decided(t, 1, "one"), decided(t, 2, "one"), decided(t, 3, "two"), decided(t, 4, "three"), decided(t, 5, "four"))
	err := store.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
		if err := w.KeepPolicy(ctx, "three", "the documents of one"); err != nil { // somebody put other rules in the place of these
			return err
		}
		return w.KeepPolicy(ctx, "four", "garbage")
	})
	if err != nil {
		t.Fatal(err)
	}
	books := &library{t: t}
	got := make(map[int64]string)
	err = app.NewAuditor(store, books.parse).VerifyAll(t.Context(), func(record ports.DecisionRecord, proof app.Proof) error {
		got[record.UserID.Int64()] = proof.Verdict.String() + " " + proof.Why
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for user, want := range map[int64]string{
		1: "same ", 2: "same ", 3: `unknown the policy "two" is not stored`,
		4: `differs the policy stored as "three" is another: its hash is one`,
		5: `differs the policy stored as "four" is not one: policy_text_invalid: the text is no policy`,
	} {
		if got[user] != want {
			t.Errorf("decision %d: got %q, want %q", user, got[user], want)
		}
	}
	if books.reads != 3 {
		t.Errorf("policies were made again %d times, want 3: each that is stored once", books.reads)
	}
}

func TestTheWholeLedgerIsVerifiedPageByPageNewestFirst(t *testing.T) {
	var records []ports.DecisionRecord
	for n := range int64(450) {
		records = append(records, decided(t, n+1, fmt.Sprint("r", n%40)))
	}
	var revisions []string
	for n := range 40 {
		revisions = append(revisions, fmt.Sprint("r", n))
	}
	store := &pagedStore{Store: shelved(t, revisions, records...)}
	auditor := app.NewAuditor(store, (&library{t: t}).parse)
	next := int64(450)
	err := auditor.VerifyAll(t.Context(), func(record ports.DecisionRecord, proof app.Proof) error {
		if record.UserID.Int64() != next || proof.Verdict != app.VerdictSame {
			t.Errorf("got decision %s, %s (%s), want %d, the same", record.UserID, proof.Verdict, proof.Why, next)
		}
		next--
		return nil
	})
	if err != nil || next != 0 {
		t.Errorf("got error %v and %d decisions left, want none", err, next)
	}
	if store.largest > 200 || store.pages != 4 {
		t.Errorf("got %d pages of up to %d decisions, want 4 of up to 200", store.pages, store.largest)
	}

	enough := errors.New("enough")
	seen := 0
	if err := auditor.VerifyAll(t.Context(), func(ports.DecisionRecord, app.Proof) error { seen++; return enough }); !errors.Is(err, enough) || seen != 1 {
		t.Errorf("after an error of whoever uses it: got error %v and %d decisions, want it and 1", err, seen)
	}
	store.down = true
	if err := auditor.VerifyAll(t.Context(), func(ports.DecisionRecord, app.Proof) error { return nil }); !errors.Is(err, errDown) {
		t.Errorf("of a store that is down: got error %v, want %v", err, errDown)
	}
}

// pagedStore notes how the ledger is read, and can be down.
type pagedStore struct {
	ports.Store
	pages, largest int
	down           bool
}

func (s *pagedStore) Decisions(ctx context.Context, f ports.DecisionFilter, before string, limit int) ([]ports.DecisionRecord, error) {
	if s.down {
		return nil, errDown
	}
	records, err := s.Store.Decisions(ctx, f, before, limit)
	s.pages, s.largest = s.pages+1, max(s.largest, len(records))
	return records, err
}

func TestWhatAPersonOrderedComesOutTheSameAgain(t *testing.T) {
	policy, original := written(t, "one"), decided(t, 7, "one")
	promoted, _ := domain.Apply(policy, original.Input, original.Decision, original.CreatedAt)
	at := original.CreatedAt.Add(time.Hour)
	ordered := original
	ordered.Origin, ordered.Input, ordered.CreatedAt = domain.OriginManual, promoted, at
	ordered.Order = domain.Order{Action: domain.ActionPromote, To: "General", Hold: domain.HoldOn}
	undone := ordered
	undone.Origin, undone.Order, undone.Undoes = domain.OriginUndo, domain.Order{Hold: domain.HoldOff}, original.ID
	adopted := ordered
	adopted.Origin, adopted.Order, adopted.Decision = domain.OriginDrift, domain.Order{}, domain.Adopted(policy, promoted.Rank, "Recruit")
	var err error
	if ordered.Decision, err = domain.Execute(policy, promoted, ordered.Order, at); err != nil {
		t.Fatal(err)
	}
	if undone.Decision, err = domain.Undo(policy, promoted, original.Decision, original.Input, domain.HoldOff, at); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		record ports.DecisionRecord
		change func(*ports.DecisionRecord)
		want   app.Verdict
	}{
		"an order":                                {ordered, func(*ports.DecisionRecord) {}, app.VerdictSame},
		"an order that was changed":               {ordered, func(r *ports.DecisionRecord) { r.Order.To = "Sergeant" }, app.VerdictDiffers},
		"an order that cannot be given":           {ordered, func(r *ports.DecisionRecord) { r.Order.To = "Recruit" }, app.VerdictDiffers},
		"an order called one of the rules":        {ordered, func(r *ports.DecisionRecord) { r.Origin = domain.OriginRules }, app.VerdictDiffers},
		"an undo":                                 {undone, func(*ports.DecisionRecord) {}, app.VerdictSame},
		"an undo that was changed":                {undone, func(r *ports.DecisionRecord) { r.Order.Hold = domain.HoldOn }, app.VerdictDiffers},
		"an order called a role by hand":          {ordered, func(r *ports.DecisionRecord) { r.Origin = domain.OriginDrift }, app.VerdictDiffers},
		"a role changed by hand":                  {adopted, func(*ports.DecisionRecord) {}, app.VerdictSame},
		"a role changed by hand to another":       {adopted, func(r *ports.DecisionRecord) { r.Decision.From = "General" }, app.VerdictDiffers},
		"a role changed by hand, called an order": {adopted, func(r *ports.DecisionRecord) { r.Decision.Reason = domain.ReasonManual }, app.VerdictDiffers},
		"roles that were mended":                  {adopted, func(r *ports.DecisionRecord) { r.Decision.Reason = domain.ReasonRolesMended }, app.VerdictSeen},
	} {
		t.Run(name, func(t *testing.T) {
			record := c.record
			c.change(&record)
			proof := app.Verify(policy, record, original)
			if proof.Verdict != c.want || c.want != app.VerdictSame && proof.Stored == proof.Again {
				t.Errorf("got %s (%s), want %s\nstored:\n%sagain:\n%s", proof.Verdict, proof.Why, c.want, proof.Stored, proof.Again)
			}
		})
	}
}

func TestAnUndoIsMadeAgainFromTheDecisionThatItTakesBack(t *testing.T) {
	policy, original := written(t, "one"), decided(t, 7, "one")
	promoted, _ := domain.Apply(policy, original.Input, original.Decision, original.CreatedAt)
	undone := original
	undone.ID, undone.Origin, undone.Input = "00000000-0000-7000-8000-000000000099", domain.OriginUndo, promoted
	undone.CreatedAt = original.CreatedAt.Add(time.Hour)
	var err error
	if undone.Decision, err = domain.Undo(policy, promoted, original.Decision, original.Input, domain.HoldUnsaid, undone.CreatedAt); err != nil {
		t.Fatal(err)
	}
	for undoes, want := range map[string]app.Verdict{original.ID: app.VerdictSame, "00000000-0000-7000-8000-000000000098": app.VerdictUnknown} {
		undone.Undoes = undoes
		store := shelved(t, []string{"one"}, original, undone)
		proof, err := app.NewAuditor(store, (&library{t: t}).parse).Verify(t.Context(), undone)
		if err != nil || proof.Verdict != want {
			t.Errorf("of %s: got %s (%s) and error %v, want %s", undoes, proof.Verdict, proof.Why, err, want)
		}
	}
}
