package httpapi

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grps/grps/domain"
)

const (
	maxUnknown      = 20 // names that nobody asks for which one answer lists
	maxUnknownShown = 64 // runes of each
)

// strictness refuses names that nobody asks for. What staff orders is to be done as it was meant, or not at all: a dry_run that nobody looks
// at would be none.
type strictness struct {
	objects []fields // whose members must all be known
	known   []string // the names that were asked for, with their prefixes
}

// readStrictly is readFields for a body whose every member must be one that is asked for before the findings are.
func readStrictly(body []byte) (fields, error) {
	f, err := readFields(body)
	f.findings.strict = &strictness{}
	f.findings.strict.watch(f)
	return f, err
}

// watch adds an object whose members must be known.
func (s *strictness) watch(f fields) {
	if s != nil {
		s.objects = append(s.objects, f)
	}
}

// ask notes that a name is known.
func (s *strictness) ask(name string) {
	if !slices.Contains(s.known, name) {
		s.known = append(s.known, name)
	}
}

// faults returns a fault for each name that nobody asked for.
func (s *strictness) faults() []domain.FieldError {
	if s == nil {
		return nil
	}
	var faults []domain.FieldError
	for _, object := range s.objects {
		for _, m := range object.members {
			if name := object.prefix + m.name; !slices.Contains(s.known, name) && len(faults) < maxUnknown {
				faults = append(faults, domain.FieldError{Field: cut(name), Message: "is not known here; " + s.meant(object.prefix, m.name)})
			}
		}
	}
	return faults
}

// meant says what somebody may have meant who wrote a name that is not known: the one most like it, or else what there is.
func (s *strictness) meant(prefix, name string) string {
	var here []string
	for _, known := range s.known {
		if rest, ok := strings.CutPrefix(known, prefix); ok && !strings.Contains(rest, ".") {
			here = append(here, rest)
		}
	}
	if len(here) == 0 {
		return "nothing may stand there"
	}
	short := cut(name)
	likest := slices.MinFunc(here, func(a, b string) int { return cmp.Compare(unlike(a, short), unlike(b, short)) })
	if unlike(likest, short) <= max(1, utf8.RuneCountInString(likest)/3) {
		return fmt.Sprintf("did you mean %s?", likest)
	}
	return fmt.Sprintf("the nearest is %s, of: %s", likest, strings.Join(here, ", "))
}

// unlike returns how far apart two names are, however their words are joined.
func unlike(a, b string) int {
	joined := strings.NewReplacer("_", "", "-", "", " ", "")
	return domain.Distance(joined.Replace(a), joined.Replace(b))
}

// cut returns a name as it may be repeated.
func cut(name string) string {
	if utf8.RuneCountInString(name) <= maxUnknownShown {
		return name
	}
	return string([]rune(name)[:maxUnknownShown]) + "…"
}
