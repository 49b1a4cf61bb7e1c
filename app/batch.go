package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// batch is the work of one unit on the reports of any number of players: everything is read first, then folded and decided in the order
// of arrival, then written in a few statements.
type batch struct {
	service   *Service
	ledger    *ledger
	policy    domain.Policy
	standings map[domain.UserID]domain.Standing
	touched   map[domain.UserID]bool
	changed   []domain.UserID // whom touched holds
	answers   map[ports.RequestKey]ports.StoredAnswer
	records   []ports.SnapshotRecord
	outcomes  []outcome
	written   []int                    // the index into outcomes of each record
	firsts    map[ports.RequestKey]int // the outcome that a key of this batch got first
	gone      map[domain.UserID]bool   // who is not known because they were erased
	odd       []oddity                 // what was found about reports of this batch
	found     []ports.FindingRecord    // what of that nothing stands for already
	sights    []func()                 // what to remember of looks that were wished for, once the unit is committed
}

// outcome is what becomes of a job once the unit is committed.
type outcome struct {
	job    *job
	copyOf *job
	result ports.IngestResult
	err    error
}

// begin locks the players, then reads what the jobs need.
func (s *Service) begin(ctx context.Context, w ports.Writer, policy domain.Policy, jobs []*job) (*batch, error) {
	users := make([]domain.UserID, 0, len(jobs))
	var keys []ports.RequestKey
	for _, j := range jobs {
		users = append(users, j.snapshot.UserID())
		if j.request.Key != "" {
			keys = append(keys, j.key())
		}
	}
	b := &batch{
		service: s, policy: policy,
		standings: make(map[domain.UserID]domain.Standing, len(users)), touched: make(map[domain.UserID]bool),
		firsts: make(map[ports.RequestKey]int, len(keys)),
		// These hold much each: growing them step by step would copy it all again and again.
		records: make([]ports.SnapshotRecord, 0, len(jobs)), outcomes: make([]outcome, 0, len(jobs)), written: make([]int, 0, len(jobs)),
	}
	known, err := w.LockStandings(ctx, users)
	if err != nil {
		return nil, wrap("lock the players", err)
	}
	for _, standing := range known {
		b.standings[standing.UserID] = standing
	}
	if b.gone, err = s.erased(ctx, w, unknown(users, b.standings)); err != nil {
		return nil, err
	}
	if len(keys) > 0 {
		if b.answers, err = w.Answers(ctx, keys); err != nil {
			return nil, wrap("look for earlier answers", err)
		}
	}
	b.ledger, err = s.openLedger(ctx, w, b.policy, deciding(jobs))
	return b, err
}

// take folds a job and decides, in memory but for what the switch of automation says to a decision that is to be carried out.
func (b *batch) take(ctx context.Context, j *job) error {
	if b.answered(j) {
		return nil
	}
	user := j.snapshot.UserID()
	b.ledger.trace = j.trace
	if b.gone[user] {
		b.outcomes = append(b.outcomes, outcome{job: j, err: errErased})
		return nil
	}
	before := b.standings[user]
	standing, folded := domain.Fold(b.policy, before, j.snapshot, j.snapshot.Received())
	b.examine(before, standing, j)
	if folded.Rank == domain.RankDrift {
		standing = b.drifted(standing, folded.Drift, j)
	} else if j.source == ports.SourceGame {
		b.sighted(before, folded.Outcome, j)
	}
	j.rank = folded.Rank
	result := ports.IngestResult{Outcome: folded.Outcome}
	if j.request.Evaluate {
		after, record, err := b.ledger.decide(ctx, standing, request{
			Caller: j.request.Caller, id: j.decision, snapshot: len(b.records), now: j.snapshot.Received(),
			apply: j.request.Apply && folded.Outcome != domain.FoldStale, // what is old changes nothing
		})
		if err != nil {
			return wrap("decide about the player", err)
		}
		standing, result.Decision = after, &record
	}
	if standing != before {
		b.standings[user] = standing
		if !b.touched[user] {
			b.touched[user] = true
			b.changed = append(b.changed, user)
		}
	}
	result.Player = place(b.policy, standing)
	if j.request.Key != "" {
		b.firsts[j.key()] = len(b.outcomes)
	}
	b.written = append(b.written, len(b.outcomes))
	b.outcomes = append(b.outcomes, outcome{job: j, result: result})
	b.records = append(b.records, ports.SnapshotRecord{
		Snapshot: j.snapshot, Outcome: folded.Outcome, Source: j.source, Actor: j.request.Actor, MaxRank: j.request.MaxRank, RequestID: j.request.RequestID,
		Request: j.key(), RequestHash: j.hash,
	})
	if j.request.Key != "" {
		b.records[len(b.records)-1].Answer = ports.Answer{
			Standing: standing, Position: result.Player.Position, Outcome: folded.Outcome, Decision: result.Decision,
		}
	}
	return nil
}

// unknown returns those of the users who are not among the standings.
func unknown(users []domain.UserID, standings map[domain.UserID]domain.Standing) []domain.UserID {
	var strangers []domain.UserID
	for _, user := range users {
		if _, known := standings[user]; !known {
			strangers = append(strangers, user)
		}
	}
	return strangers
}

// answered settles a job whose key was seen before, in the store or earlier in this batch.
func (b *batch) answered(j *job) bool {
	if j.request.Key == "" {
		return false
	}
	if stored, ok := b.answers[j.key()]; ok {
		out := outcome{job: j}
		if stored.RequestHash != j.hash {
			out.err = errMismatch
		} else {
			out.result = replay(stored)
		}
		b.outcomes = append(b.outcomes, out)
		return true
	}
	if i, ok := b.firsts[j.key()]; ok {
		first := b.outcomes[i].job
		out := outcome{job: j, copyOf: first}
		if first.hash != j.hash {
			out.err = errMismatch
		}
		b.outcomes = append(b.outcomes, out)
		return true
	}
	return false
}

// replay returns the first answer again.
func replay(stored ports.StoredAnswer) ports.IngestResult {
	result := ports.IngestResult{
		Player:  ports.PlacedStanding{Standing: stored.Answer.Standing, Position: stored.Answer.Position},
		Outcome: stored.Answer.Outcome, Decision: stored.Answer.Decision, Replayed: true,
	}
	if result.Decision != nil {
		record := *result.Decision
		record.SnapshotID = stored.SnapshotID
		result.Decision = &record
	}
	return result
}

// drifted settles a rank that somebody changed by hand: Roblox is asked where it can be, and what the game says is adopted where not.
func (b *batch) drifted(s domain.Standing, rank string, j *job) domain.Standing {
	if b.service.parts.Remote.Roles == nil {
		return b.ledger.adopt(s, domain.Adopted(b.policy, s.Rank, rank), request{
			Caller: j.request.Caller, snapshot: len(b.records), now: s.LastSyncedAt,
		})
	}
	lookAgain(b.ledger, s)
	return s
}

// sighted wishes for a look at a player whom a game has just seen, where something may be the matter at Roblox: it did not know them as a
// member the last time, or a punishment is in force. Whom nobody saw before is looked at where the policy holds people to the record, so
// that the record begins with what Roblox confirmed.
func (b *batch) sighted(before domain.Standing, outcome domain.FoldOutcome, j *job) {
	received := j.snapshot.Received()
	pause, due := lookPause(before)
	switch {
	case outcome == domain.FoldFirst && b.policy.Drift() == domain.DriftRestore:
		lookAgain(b.ledger, domain.Standing{UserID: j.snapshot.UserID()})
	case outcome == domain.FoldUpdated && due && b.service.sights.due(before.UserID, received):
		lookAgain(b.ledger, before)
		b.sights = append(b.sights, func() { b.service.sights.note(before.UserID, received, pause) })
	}
}

// write stores everything: players first, as every unit does.
func (b *batch) write(ctx context.Context) error {
	slices.SortFunc(b.changed, ascending)
	placed := make([]ports.PlacedStanding, len(b.changed))
	for i, user := range b.changed {
		placed[i] = place(b.policy, b.standings[user])
	}
	save := b.ledger.w.SaveReports
	if len(b.odd) == 0 && b.ledger.blank() {
		save = b.ledger.w.SaveLastReports
	}
	ids, err := save(ctx, placed, b.records)
	if err != nil {
		return wrap("save the players and append to the history", err)
	}
	for i, id := range ids {
		if id == 0 { // another unit used this key first, for a player this one could not lock
			return wrap("append to the history", domain.ErrConflict)
		}
		b.ledger.fromSnapshot(i, id)
		if decision := b.outcomes[b.written[i]].result.Decision; decision != nil {
			decision.SnapshotID = id
		}
	}
	if err := b.writeFindings(ctx, ids); err != nil {
		return err
	}
	return b.ledger.write(ctx)
}

// ascending is the order in which every unit saves players, so that two units that add the same unknown players never wait for each other.
func ascending(a, b domain.UserID) int { return cmp.Compare(a.Int64(), b.Int64()) }

// finish hands the results to the jobs.
func (b *batch) finish() {
	for _, out := range b.outcomes {
		out.job.result, out.job.err = out.result, out.err
		if out.copyOf != nil && out.err == nil {
			out.job.result = out.copyOf.result
			out.job.result.Replayed = true
		}
	}
}

func (j *job) key() ports.RequestKey {
	return ports.RequestKey{Principal: j.request.Principal, Key: j.request.Key}
}

// deciding returns whose ledger the jobs may change.
func deciding(jobs []*job) []domain.UserID {
	var users []domain.UserID
	for _, j := range jobs {
		if j.request.Apply {
			users = append(users, j.snapshot.UserID())
		}
	}
	return users
}
