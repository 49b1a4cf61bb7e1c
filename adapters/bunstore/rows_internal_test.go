package bunstore

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

// FuzzPayload reads the payload of any row, which other programs write too: whatever it holds, what was read of it reads the same once it
// is written again.
func FuzzPayload(f *testing.F) {
	for _, text := range []string{
		`{"userId":5,"username":"Vex","displayName":"V","rank":"Cadet","rankPoints":7,"kos":"8","wos":-1,"warnings":0,"recommendations":"2","punishmentStatus":"Trial_Punishment",` +
			`"punishmentExpiresAt":"2026-01-01 00:00:00+00","experience":{"universeId":"42","placeId":7,"server":"s","experienceKey":"k"},"metadata":{"a":[1]},"groupId":9,"observedAt":"2026-01-01"}`,
		`{"username":7,"rankPoints":1e3,"warnings":null,"experience":[],"metadata":"x","observedAt":"0000-01-01T00:00:00+23:59"}`, `[]`, `null`, ``, "\xff", `{"username":"\ud800"}`,
	} {
		f.Add(text)
	}
	user, err := domain.NewUserID(5)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		report := reportFromPayload(user, document(text))
		if report.UserID != user || report.Metadata != "" && !json.Valid([]byte(report.Metadata)) {
			t.Fatalf("payload %q: got %+v", text, report)
		}
		written, err := json.Marshal(payloadDTO(report))
		if err != nil {
			t.Fatalf("write what was read of %q: %v", text, err)
		}
		again := reportFromPayload(user, document(written))
		report.Metadata, again.Metadata = compacted(t, report.Metadata), compacted(t, again.Metadata)
		if diff := cmp.Diff(report, again, alike[domain.UserID](), alike[domain.UniverseID](), alike[domain.Count]()); diff != "" {
			t.Errorf("payload %q, written again as %s (-want +got)\n%s", text, written, diff)
		}
	})
}

// alike compares values by ==.
func alike[T comparable]() cmp.Option { return cmp.Comparer(func(a, b T) bool { return a == b }) }

// compacted returns a JSON text without space, as it comes out of the encoder.
func compacted(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	short, err := json.Marshal(json.RawMessage(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(short)
}

// FuzzInstant reads the instant of any text. What is one keeps its order among others when it is written, and is read again.
func FuzzInstant(f *testing.F) {
	for _, text := range []string{
		"2026-01-02T15:04:05.123456Z", "2026-01-02 15:04:05.9999999+05:30", "2026-01-02 15:04:05-07", "2026-01-02 15:04:05 +0000 UTC", "2026-01-02T15:04", "2026-01-02",
		"9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", " 2026-01-02 ", "x", "",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := parseInstant(text)
		if at.IsZero() {
			return
		}
		written := formatInstant(at)
		if again := parseInstant(written); !again.Equal(at) || len(written) != len(layout) || at.Location() != time.UTC {
			t.Errorf("%q: got %s, written %s, and read again %s", text, at, written, again)
		}
	})
}
