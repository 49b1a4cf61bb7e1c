package opencloud

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

var wellFormedCode = regexp.MustCompile(`^[a-z0-9_]{0,64}$`)

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `{}`, `[]`, `"x"`, `<html>`, `{"errors":[{"code":0,"message":"Invalid API Key"}]}`,
		`{"code":"INVALID_ARGUMENT","message":"m","details":[{}]}`, `{"errors":{"a":["b"],"c":[]},"title":"t"}`,
		`{"error":"E","message":"m","errorDetails":[{"errorDetailType":"d","datastoreErrorCode":"c"}]}`,
		`{"error":{"code":"invalid_json"}}`, "{\"message\":\"a\\nb\\u0000\\ud800\"}", "\xff\xfe",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		said := decodeErrorBody(body)
		if !wellFormedCode.MatchString(said.code) {
			t.Errorf("code: got %q, want lower_snake_case", said.code)
		}
		if !utf8.ValidString(said.text) || utf8.RuneCountInString(said.text) > maxCause || strings.ContainsAny(said.text, "\r\n\x1b\u2028") {
			t.Errorf("text: got %q, want one short line", said.text)
		}
	})
}

func FuzzEntry(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `{}`, `520`, `{"userId":156,"username":"ada","rankPoints":520,"kos":1,"wos":2,"warnings":3}`,
		`{"username":"ada","points":"5e2","observedAt":1795345200,"punishmentStatus":"None"}`,
		`{"username":"ada","rankPoints":1,"grpsMirror":{"rankPoints":1,"kos":0,"wos":0,"observedAt":"2026-11-22T11:00:00Z"}}`,
		`{"username":"ada","rankPoints":1,"kos":2,"grpsMirror":{"rankPoints":1,"kos":2}}`, `{"grpsMirror":7}`,
	} {
		f.Add([]byte(seed), "156")
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	user, err := domain.NewUserID(156)
	if err != nil {
		f.Fatal(err)
	}
	placed := ports.PlacedStanding{Standing: domain.Standing{
		UserID: user, Username: "ada", Rank: "Trooper", Points: 520, Kos: 7, ObservedAt: now.Add(-time.Hour), LastSyncedAt: now,
	}}
	f.Fuzz(func(t *testing.T, value []byte, key string) {
		if report, ok := reportFrom(value, key, now); ok {
			if _, err := domain.NewSnapshot(report, now); err != nil {
				t.Errorf("report of %q: got one that no snapshot can be made of: %v", value, err)
			}
		}
		fields, ok := object(value)
		if !ok || !json.Valid(value) && len(value) > 0 {
			return
		}
		before := len(fields)
		merge(fields, placed)
		text, err := json.Marshal(fields)
		if err != nil || len(fields) < before-1 {
			t.Fatalf("merged into %q: got %d fields and %v, want no error and nothing lost but the mark", value, len(fields), err)
		}
		again, _ := object(text)
		merge(again, placed)
		if !same(text, mustJSON(t, again)) {
			t.Errorf("merged twice into %q: got %s, want %s", value, mustJSON(t, again), text)
		}
		var saved struct{ Rank string }
		if err := json.Unmarshal(text, &saved); err != nil {
			t.Errorf("merged into %q: got %s, want an object", value, text)
		}
	})
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return text
}
