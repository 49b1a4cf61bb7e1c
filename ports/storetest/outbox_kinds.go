package storetest

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// kindDepths returns what the store says of each kind, without the ages, which differ from run to run, and those ages.
func kindDepths(t *testing.T, s ports.Store) (depths []ports.KindDepth, ages map[domain.EffectKind]time.Duration) {
	t.Helper()
	depths, err := s.KindDepths(soon(t))
	if err != nil {
		t.Fatalf("KindDepths: got error %v, want none", err)
	}
	ages = make(map[domain.EffectKind]time.Duration)
	for i := range depths {
		ages[depths[i].Kind], depths[i].Oldest = depths[i].Oldest, 0
	}
	return depths, ages
}

// holding returns one depth for every kind, those that are given filled in.
func holding(filled ...ports.KindDepth) []ports.KindDepth {
	var depths []ports.KindDepth
	for _, kind := range domain.EffectKinds() {
		depth := ports.KindDepth{Kind: kind}
		for _, f := range filled {
			if f.Kind == kind {
				depth = f
			}
		}
		depths = append(depths, depth)
	}
	return depths
}

func outboxKinds(t *testing.T, h Harness) {
	t.Helper()

	t.Run("an empty outbox holds nothing of every kind", func(t *testing.T) {
		depths, err := h.open(t).KindDepths(soon(t))
		if err != nil {
			t.Fatalf("KindDepths: got error %v, want none", err)
		}
		same(t, "KindDepths", depths, holding())
	})

	t.Run("each kind counts what waits and, apart, what was given up", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2, 3)
		enqueue(t, s, wish(1, "a"), wish(2, "b"), wish(3, "c"))
		settle(t, s, only(t, claim(t, s, 1, longLease)), ports.SettleDead, 0)
		settle(t, s, only(t, claim(t, s, 1, longLease)), ports.SettleRetry, longLease)
		enqueue(t, s, effectOf(domain.EffectMirror, 1), effectOf(domain.EffectAnnounce, 1), effectOf(domain.EffectAnnounce, 1))
		depths, _ := kindDepths(t, s)
		same(t, "KindDepths", depths, holding(
			ports.KindDepth{Kind: domain.EffectGroupRole, Waiting: 2, Dead: 1},
			ports.KindDepth{Kind: domain.EffectMirror, Waiting: 1},
			ports.KindDepth{Kind: domain.EffectAnnounce, Waiting: 2},
		))
	})

	t.Run("what is put off by a delay does not wait before that is over", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, after(longLease, wish(1, "a")), after(shortLease, wish(2, "b")))
		if depths, ages := kindDepths(t, s); ages[domain.EffectGroupRole] != 0 {
			t.Errorf("KindDepths before a delay is over: got %+v and the age %s, want nothing", depths, ages[domain.EffectGroupRole])
		}
		pause(t.Context(), 2*shortLease)
		depths, _ := kindDepths(t, s)
		same(t, "KindDepths after one delay", depths, holding(ports.KindDepth{Kind: domain.EffectGroupRole, Waiting: 1}))
	})

	t.Run("the oldest is the age of the oldest wish of the kind that waits", func(t *testing.T) {
		s := h.open(t)
		known(t, s, 1, 2)
		enqueue(t, s, wish(1, "old"))
		pause(t.Context(), shortLease)
		enqueue(t, s, wish(2, "young"), effectOf(domain.EffectMirror, 2))
		measured := fromNow(0)
		_, ages := kindDepths(t, s)
		if role, mirror := ages[domain.EffectGroupRole], ages[domain.EffectMirror]; role < shortLease/2 || role > patience || mirror >= role {
			t.Errorf("KindDepths: got the ages %s and %s, want at least the %s that passed and less than that", role, mirror, shortLease)
		}
		settle(t, s, only(t, claim(t, s, 1, longLease)), ports.SettleDead, 0)
		_, after := kindDepths(t, s)
		if got, passed := after[domain.EffectGroupRole], fromNow(0).Sub(measured); got > ages[domain.EffectGroupRole]+passed-shortLease/2 {
			t.Errorf("KindDepths after the oldest was given up: got the age %s, want that of the younger", got)
		}
	})
}
