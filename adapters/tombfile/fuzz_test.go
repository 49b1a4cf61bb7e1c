package tombfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/adapters/tombfile"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// FuzzErasures reads any file. One that is damaged is an error that says which line. One that can be read still can once more was kept in
// it, wherever the process that kept it ended, and nothing that it held is lost.
func FuzzErasures(f *testing.F) {
	const one = `{"id":"a","mark":"m","keyId":"k","askedAt":"2026-11-22T12:00:00.25Z"}`
	for _, text := range []string{
		"", "\n\n", one + "\n", one, "\n" + one + "\n" + one[:20], one + "\n" + `{"id":"a","mark":"m","keyId":"k","lifted":true}` + "\n",
		`{"id":"b","mark":"n","keyId":"k","by":"x\ny","banned":true,"notificationId":"7","askedAt":"0000-01-01T00:00:00+23:59"}` + "\r\n" + one,
		"{}\n", one + one + "\n", one + "\n" + one[:9] + "\x00\x00", "\x00\n" + one, "[1]", `{"id":"é`,
	} {
		f.Add([]byte(text), uint16(40))
	}
	more := erasure(7, ports.ErasureLifted)
	f.Fuzz(func(t *testing.T, text []byte, cut uint16) {
		path := filepath.Join(t.TempDir(), "erasures")
		put := func(text []byte) {
			t.Helper()
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		put(text)
		file := tombfile.New(path)
		before, err := file.Erasures(t.Context())
		if err != nil {
			if domain.KindOf(err) != domain.KindInternal || !strings.Contains(err.Error(), "line ") {
				t.Errorf("got the error %v, want one that says which line is damaged", err)
			}
			return
		}
		keep(t, file, more)
		after := replaced(before, more)
		want(t, file, after...)
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		put(kept[:len(text)+int(cut)%(len(kept)-len(text))]) // the process ended while it wrote
		if got, err := file.Erasures(t.Context()); err != nil || !same(got, before) && !same(got, after) {
			t.Fatalf("cut off: got %+v and error %v, want what was kept before", got, err)
		}
		keep(t, file, more)
		want(t, file, after...)
	})
}

// replaced returns the erasures with one more, in the place of an earlier one of its id.
func replaced(erasures []ports.Erasure, more ports.Erasure) []ports.Erasure {
	var all []ports.Erasure
	known := false
	for _, e := range erasures {
		if e.ID == more.ID {
			e, known = more, true
		}
		all = append(all, e)
	}
	if !known {
		all = append(all, more)
	}
	return all
}

func same(a, b []ports.Erasure) bool {
	return len(a) == 0 && len(b) == 0 || cmp.Equal(a, b, cmp.Comparer(func(a, b domain.UserID) bool { return a == b }))
}
