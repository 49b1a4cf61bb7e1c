package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/grps/grps/domain"
)

// verdict is how an examination came out.
type verdict string

// The verdicts. What was not examined, because something else stands in the way, is skipped.
const (
	verdictOK      verdict = "ok"
	verdictWarn    verdict = "warn"
	verdictFail    verdict = "fail"
	verdictSkipped verdict = "skipped"
)

// symptom is one line of what the doctor says.
type symptom struct {
	Result verdict `json:"result"`
	Check  string  `json:"check"`
	Found  string  `json:"found"`
	Advice string  `json:"advice,omitempty"` // what to do; "" for what is ok
}

func healthy(check, found string) symptom { return symptom{verdictOK, check, found, ""} }

func doubtful(check, found, advice string) symptom { return symptom{verdictWarn, check, found, advice} }

func broken(check, found, advice string) symptom { return symptom{verdictFail, check, found, advice} }

func unexamined(check, found string) symptom { return symptom{verdictSkipped, check, found, ""} }

// doctor looks over everything that a service depends on. It changes nothing.
type doctor struct {
	source   source
	config   config // what of it is wrong is in faults, and must not be used
	faults   []domain.FieldError
	patience time.Duration // for one examination

	now  func() time.Time
	free func(folder string) (bytes uint64, err error)
}

// newDoctor returns one for the settings of the source.
func newDoctor(s source, patience time.Duration) *doctor {
	c, faults := s.config()
	return &doctor{source: s, config: c, faults: faults, patience: patience, now: time.Now, free: freeSpace}
}

// examine returns all symptoms, always in the same order. It takes three times the doctor's patience at most: what needs others waits for
// the policy and for the key, one after the other, and everything else goes on at once.
func (d *doctor) examine(ctx context.Context) []symptom {
	policy := d.policy(ctx)
	symptoms := make([][]symptom, 6)
	symptoms[0], symptoms[3] = d.settings(), policy.symptoms
	var done sync.WaitGroup
	for i, look := range map[int]func() []symptom{
		1: func() []symptom {
			return d.within(ctx, "keys", func(ctx context.Context) []symptom { return d.keys(ctx, policy) })
		},
		2: func() []symptom { return d.within(ctx, "database", d.database) },
		4: func() []symptom { return d.within(ctx, "webhooks", d.webhooks) },
		5: func() []symptom { return d.roblox(ctx, policy) },
	} {
		done.Go(func() { symptoms[i] = look() })
	}
	done.Wait()
	var all []symptom
	for _, some := range symptoms {
		all = append(all, some...)
	}
	return d.redacted(all)
}

// within makes an examination that ends in time, whatever it waits for.
func (d *doctor) within(ctx context.Context, check string, look func(context.Context) []symptom) []symptom {
	symptoms, intime := inTime(ctx, d.patience, look)
	if !intime {
		return []symptom{broken(check, "no answer within "+d.patience.String(), "see why it takes so long, or give it more time with --timeout")}
	}
	return symptoms
}

// inTime returns what look returns, or false when that takes longer than patience. Then look is told to end, and left behind.
func inTime[T any](ctx context.Context, patience time.Duration, look func(context.Context) T) (T, bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer := make(chan T, 1)
	go func() { answer <- look(ctx) }()
	// Whoever heeds the context says better than this what they waited for; only who does not is given up.
	late := time.NewTimer(patience + patience/4)
	defer late.Stop()
	select {
	case found := <-answer:
		return found, true
	case <-late.C:
		var none T
		return none, false
	}
}

// faulty reports whether one of the settings is wrong, so that nothing can be said by it.
func (d *doctor) faulty(keys ...string) bool {
	for _, fault := range d.faults {
		for _, key := range keys {
			if fault.Field == key {
				return true
			}
		}
	}
	return false
}

// redacted leaves no secret in what is said, whoever put it there.
func (d *doctor) redacted(symptoms []symptom) []symptom {
	var pairs []string
	for _, secret := range d.source.secrets() {
		if len(secret) >= minSecret/2 { // a shorter one is a word that may stand for something else, such as "sandbox"
			pairs = append(pairs, secret, "****")
		}
	}
	replacer := strings.NewReplacer(pairs...)
	for i := range symptoms {
		symptoms[i].Found, symptoms[i].Advice = replacer.Replace(symptoms[i].Found), replacer.Replace(symptoms[i].Advice)
	}
	return symptoms
}
