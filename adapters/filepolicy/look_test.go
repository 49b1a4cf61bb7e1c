package filepolicy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/grps/grps/adapters/filepolicy"
)

// These tests take the steps of the watching goroutine one by one.

func TestDocumentsAreUsedOnlyAfterTwoEqualReadings(t *testing.T) {
	s, dir, _ := unwatched(t, with(nil))
	before := s.Current().Revision()

	for i, points := range []string{"401", "402", "403"} {
		write(t, filepath.Join(dir, "policy.ranks.json"), strings.Replace(smallPolicy, "400", points, 1))
		if again := s.Look(); !again || s.Current().Revision() != before {
			t.Fatalf("reading %d: got again %t and revision %s, want another look and %s", i, again, s.Current().Revision(), before)
		}
	}
	if again := s.Look(); again || s.Current().Revision() == before {
		t.Errorf("second reading of 403 points: got again %t and revision %s, want another revision", again, s.Current().Revision())
	}
}

func TestAReadingThatIsUndoneInTimeNeverCounts(t *testing.T) {
	s, dir, changes := unwatched(t, with(nil))
	before := s.Current().Revision()

	for range 3 {
		write(t, filepath.Join(dir, "policy.ranks.json"), "{half")
		s.Look()
		write(t, filepath.Join(dir, "policy.ranks.json"), smallPolicy)
		s.Look()
	}
	if len(*changes) != 0 || s.Current().Revision() != before {
		t.Errorf("got changes %v and revision %s, want none and %s", *changes, s.Current().Revision(), before)
	}
}

func TestABrokenDocumentIsToldOnce(t *testing.T) {
	s, dir, changes := unwatched(t, with(nil))
	revision := s.Current().Revision()
	tell := func(content string) {
		write(t, filepath.Join(dir, "policy.ranks.json"), content)
		for range 5 {
			s.Look()
		}
	}

	tell("{half")
	if len(*changes) != 1 || (*changes)[0].Err == nil {
		t.Fatalf("changes after a broken document: got %v, want one with an error", *changes)
	}
	if c := (*changes)[0]; c.Revision != revision || c.Previous != revision || s.Newest() == nil {
		t.Errorf("got %+v and status %+v, want revision %s to stay in force and an error", c, s.Newest(), revision)
	}
	tell("{half ") // broken in the same way
	tell(`{"ranks": []}`)
	if len(*changes) != 2 {
		t.Fatalf("changes after a document broken in another way: got %v, want two", *changes)
	}
	tell(smallPolicy + "\n")
	if len(*changes) != 3 || (*changes)[2] != (filepolicy.Change{Revision: revision, Previous: revision}) || s.Newest() != nil {
		t.Errorf("changes after the repair: got %v and status %+v, want a third that says all is well", *changes, s.Newest())
	}
	tell(smallPolicy)
	if len(*changes) != 3 {
		t.Errorf("changes after another line end: got %v, want no fourth", *changes)
	}
}

func TestADocumentThatIsDeletedWhileInUseKeepsItsRules(t *testing.T) {
	s, dir, changes := unwatched(t, with(documents{"permissions.json": `{"roles": {"Marshal": {"locked": true}}}`}))
	path := filepath.Join(dir, "permissions.json")

	check(t, os.Remove(path))
	s.Look()
	s.Look()
	if len(*changes) != 1 || !s.Current().Permission("Marshal").Locked {
		t.Fatalf("got changes %v and locked %t, want one and true", *changes, s.Current().Permission("Marshal").Locked)
	}
	if got := fieldsOf(t, (*changes)[0].Err); len(got) != 1 || got[0].Field != "permissions.json" ||
		!strings.Contains(got[0].Message, "write {} into it") {
		t.Errorf("faults: got %q, want one at permissions.json that says what to do", got)
	}

	write(t, path, "{}")
	s.Look()
	s.Look()
	if s.Current().Permission("Marshal").Locked || s.Newest() != nil {
		t.Errorf("after {}: got locked %t and %v, want the defaults", s.Current().Permission("Marshal").Locked, s.Newest())
	}
}

func TestRulesThatAreTakenBackAreInForceAgain(t *testing.T) {
	s, dir, changes := unwatched(t, with(nil))
	before := s.Current().Revision()

	for _, content := range []string{harder(), smallPolicy, harder(), smallPolicy} {
		write(t, filepath.Join(dir, "policy.ranks.json"), content)
		s.Look()
		s.Look()
	}
	if len(*changes) != 4 || s.Current().Revision() != before {
		t.Errorf("got changes %v and revision %s, want four and %s", *changes, s.Current().Revision(), before)
	}
}

func TestADocumentThatMovesToAnotherNameIsNoticed(t *testing.T) {
	s, dir, _ := unwatched(t, with(documents{"permissions.json": "{}"}))

	check(t, os.Rename(filepath.Join(dir, "permissions.json"), filepath.Join(dir, "policy.points.json")))
	s.Look()
	s.Look()
	if got := fieldsOf(t, s.Newest()); len(got) != 1 || got[0].Field != "permissions.json" {
		t.Errorf("faults: got %q, want one at permissions.json", got)
	}
}

func TestADocumentThatAppearsIsUsed(t *testing.T) {
	s, dir, changes := unwatched(t, with(nil))

	write(t, filepath.Join(dir, "policy.punishments.json"), `{"punishments": {"trial_days": 3}}`)
	s.Look()
	s.Look()
	if got := s.Current().Punishments().TrialDays; got != 3 || len(*changes) != 1 {
		t.Errorf("got %d trial days and changes %v, want 3 and one", got, *changes)
	}

	check(t, os.Remove(filepath.Join(dir, "policy.punishments.json")))
	s.Look()
	s.Look()
	if got := s.Current().Punishments().TrialDays; got != 3 || s.Newest() == nil {
		t.Errorf("after its removal: got %d trial days and error %v, want 3 and one", got, s.Newest())
	}
}

func unwatched(t *testing.T, d documents) (*filepolicy.Source, string, *[]filepolicy.Change) {
	t.Helper()
	dir, changes := d.folder(t), new([]filepolicy.Change)
	s, err := filepolicy.OpenUnwatched(filepolicy.Options{
		Dir: dir, OnChange: func(c filepolicy.Change) { *changes = append(*changes, c) },
	})
	check(t, err)
	return s, dir, changes
}
