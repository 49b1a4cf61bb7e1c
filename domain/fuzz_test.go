package domain_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/grps/grps/domain"
)

// wantRefusal checks that an error is one that a caller can be told: of KindInvalid, with a code and a sentence.
func wantRefusal(t *testing.T, err error) {
	t.Helper()
	refusal, ok := errors.AsType[*domain.Error](err)
	if !ok || refusal.Kind != domain.KindInvalid || refusal.Code == "" || refusal.Message == "" {
		t.Errorf("got the error %#v, want an invalid one with a code and a sentence", err)
	}
}

// fuzzWords fuzzes a parser of stable words: what it takes it writes back as same says, and all else it refuses.
func fuzzWords[T fmt.Stringer](f *testing.F, parse func(string) (T, error), same func(word, text string) bool, seeds ...string) {
	f.Helper()
	for _, seed := range append(seeds, "", " ", "None", "\x00", "\xff") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		wantWord(t, parse, same, text)
	})
}

// wantWord checks one text: what the parser takes it writes back as same says, and all else it refuses.
func wantWord[T fmt.Stringer](t *testing.T, parse func(string) (T, error), same func(word, text string) bool, text string) {
	t.Helper()
	value, err := parse(text)
	if err != nil {
		wantRefusal(t, err)
		return
	}
	if word := value.String(); !same(word, text) {
		t.Errorf("%q was taken for %q", text, word)
	}
}

func exactly(word, text string) bool { return word == text }

func FuzzParseAction(f *testing.F) {
	fuzzWords(f, domain.ParseAction, exactly, "NONE", "PROMOTE", "DEMOTE", "SUSPEND", "BAN", "RESTORE")
}

func FuzzParseCriterion(f *testing.F) {
	fuzzWords(f, domain.ParseCriterion, exactly, "ban", "points", "tenure", "otherwise")
}

func FuzzParseEffectKind(f *testing.F) {
	fuzzWords(f, domain.ParseEffectKind, exactly, "group_role", "restriction", "observe", "mirror", "announce", "webhook")
}

func FuzzParsePrivilegedMode(f *testing.F) {
	fuzzWords(f, domain.ParsePrivilegedMode, func(word, text string) bool {
		return word == text || text == "" && word == "approval"
	}, "approval", "automatic", "never")
}

func FuzzParsePunishmentStatus(f *testing.F) {
	fuzzWords(f, domain.ParsePunishmentStatus, func(word, text string) bool {
		return strings.EqualFold(word, text) || word == "" && strings.EqualFold(text, "none")
	}, "Trial_Punishment", "Punishment_Severe", "TRIAL_PUNISHMENT")
}

// FuzzParseWord fuzzes the parsers of words that have no target of their own.
func FuzzParseWord(f *testing.F) {
	for _, seed := range []string{
		"ingest", "read admin", "Approve", "on", "off", "points_fell", "running", "Paused", "adopt", "restore", "manual", "drift", "schedule", "", " ", "\x00", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		wantWord(t, domain.ParseScope, exactly, text)
		wantWord(t, domain.ParseHoldMode, exactly, text)
		wantWord(t, domain.ParseFindingKind, exactly, text)
		wantWord(t, domain.ParseAutomationState, exactly, text)
		wantWord(t, domain.ParseOrigin, exactly, text)
		wantWord(t, domain.ParseReconcileOutcome, exactly, text)
		wantWord(t, domain.ParseDriftMode, func(word, text string) bool { return word == text || text == "" && word == "adopt" }, text)
	})
}

func FuzzParseUserID(f *testing.F) {
	for _, seed := range []string{"1", "0", "-1", "05", "+5", "1e3", "9007199254740991", "9007199254740992", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := domain.ParseUserID(text)
		if err != nil {
			wantRefusal(t, err)
			if !id.IsZero() {
				t.Errorf("got the id %s besides an error, want none", id)
			}
			return
		}
		if id.String() != text || id.Int64() < 1 || id.Int64() > domain.MaxID {
			t.Errorf("%q was taken for %s", text, id)
		}
	})
}

func FuzzNewSnapshot(f *testing.F) {
	f.Add("Ada", "Countess", "Trooper", "s-1", "main", "{}", int64(1), int64(150), int64(4), int64(-1), int64(0), uint8(1))
	f.Add("", " a", "a\n", "\xff", strings.Repeat("k", 129), strings.Repeat("m", 20000),
		int64(-1), int64(1<<31), int64(-1), int64(1)<<53, int64(1)<<62, uint8(9))
	policy := standardPolicy(f)
	f.Fuzz(func(
		t *testing.T, username, display, rank, server, key, metadata string, place, points, warnings, group, observed int64, status uint8,
	) {
		report := domain.Report{
			UserID: userID(t, 1), Username: username, DisplayName: display, Rank: rank, Points: points, Kos: points, Wos: warnings,
			Warnings: domain.CountOf(warnings), Punishment: domain.PunishmentStatus(status), PunishmentUntil: time.UnixMicro(observed),
			Experience: domain.Experience{PlaceID: place, Server: server, Key: key}, GroupID: group, Metadata: metadata,
			ObservedAt: time.UnixMicro(observed),
		}
		s, err := domain.NewSnapshot(report, noon)
		if err != nil {
			wantRefusal(t, err)
			if refusal, _ := errors.AsType[*domain.Error](err); len(refusal.Fields) == 0 {
				t.Error("the error names no field")
			}
			return
		}
		for name, text := range map[string]string{"username": username, "display name": display, "rank": rank} {
			if !utf8.ValidString(text) || utf8.RuneCountInString(text) > 64 || strings.ContainsAny(text, "\x00\n\r\t\x1b\u202e") {
				t.Errorf("the %s %q was taken", name, text)
			}
		}
		for name, n := range map[string]int64{"points": points, "warnings": warnings} {
			if n < 0 || n > domain.MaxCount {
				t.Errorf("%d %s were taken", n, name)
			}
		}
		first, _ := domain.Fold(policy, domain.Standing{}, s, noon)
		if again, _ := domain.Fold(policy, first, s, noon); again != first {
			t.Errorf("folding again changed the standing from %+v to %+v", first, again)
		}
		if d := domain.Evaluate(policy, first, noon); d.Sentence() == "" {
			t.Errorf("%s %s has no sentence", d.Action, d.Reason)
		}
	})
}

// ranksFrom reads ranks out of bytes: a length and a name of that length, points, days, a role and three flags.
func ranksFrom(t *testing.T, text []byte) []domain.Rank {
	t.Helper()
	var ranks []domain.Rank
	for len(text) > 0 && len(ranks) < 40 {
		length := min(int(text[0])%70, len(text)-1)
		name := string(text[1 : 1+length])
		var rest [8]byte
		text = text[1+length:]
		text = text[copy(rest[:], text):]
		r := domain.Rank{
			Name:        name,
			MinPoints:   int64(int16(binary.LittleEndian.Uint16(rest[0:]))),
			MinTimeDays: int64(int16(binary.LittleEndian.Uint16(rest[2:]))),
			Privileged:  rest[6]&1 != 0, Punishment: rest[6]&2 != 0, Level: [...]string{"", "CMD", "OFF", "LDR"}[rest[7]%4],
		}
		if rest[4] != 0 {
			r.Role = roleID(t, int64(rest[4]))
		}
		ranks = append(ranks, r)
	}
	return ranks
}

func FuzzNewLadder(f *testing.F) {
	f.Add([]byte("\x01A\x00\x00\x00\x00\x01\x00\x00\x00\x01B\x05\x00\x00\x00\x02\x00\x00\x00\x01S\x00\x00\x00\x00\x03\x00\x02\x00"))
	f.Add([]byte("\x00\xff\xff\xff\xff\x00\x00\x00\x00"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := domain.NewLadder(ranksFrom(t, text))
		if err != nil {
			wantRefusal(t, err)
			refusal, _ := errors.AsType[*domain.Error](err)
			for _, fault := range refusal.Fields {
				if !strings.HasPrefix(fault.Field, "/ranks") || fault.Message == "" {
					t.Errorf("the fault %+v does not point into the ranks", fault)
				}
			}
			if len(refusal.Fields) == 0 {
				t.Error("the error names no fault")
			}
			return
		}
		below, rungs := domain.Rank{}, 0
		for r := range l.Rungs() {
			previous, ok := l.Previous(r.Name)
			if ok != (rungs > 0) || previous.Name != below.Name || r.MinPoints < below.MinPoints || r.Punishment {
				t.Errorf("%+v stands above %+v, and below it Previous names %q", r, below, previous.Name)
			}
			if rungs == 0 && r.MinPoints != 0 {
				t.Errorf("the lowest rung needs %d points", r.MinPoints)
			}
			if found, ok := l.Rung(r.Name); !ok || found != r {
				t.Errorf("looking up %q finds %+v", r.Name, found)
			}
			below, rungs = r, rungs+1
		}
		if rungs == 0 || rungs != l.Len() {
			t.Errorf("got %d rungs and the length %d", rungs, l.Len())
		}
		if next, ok := l.Next(below.Name); ok {
			t.Errorf("above the top there is %q", next.Name)
		}
	})
}
