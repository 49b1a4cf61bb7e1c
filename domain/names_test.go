package domain_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/grps/grps/domain"
)

// Names of users and of ranks follow the same rules, wherever they enter.
func TestNamesAreTextThatShowsWhatItIs(t *testing.T) {
	const hidden, space, length = "must not hold control characters or text-direction overrides",
		"must not begin or end with a space", "must be 1 to 64 characters long"
	tests := []struct {
		name string
		text string
		want string // "": accepted
	}{
		{"letters", "Ada", ""},
		{"one letter", "a", ""},
		{"any script", "Ада 爱达 عادة", ""},
		{"old accounts have dots and hashes", "a.b#c", ""},
		{"quotes, angles and backslashes are data", `"<a href='x'>\`, ""},
		{"an inner space", "Ada Lovelace", ""},
		{"emoji joined to one", "👩‍🚀", ""},
		{"the replacement character", "a\ufffdb", ""},
		{"64 letters", strings.Repeat("x", 64), ""},
		{"65 letters", strings.Repeat("x", 65), length},
		{"64 letters of four bytes", strings.Repeat("🜂", 64), ""},
		{"65 letters of four bytes", strings.Repeat("🜂", 65), length},
		{"not UTF-8", "a\xff", "must be valid UTF-8"},
		{"half a character", "a\xf0\x9f\x9c", "must be valid UTF-8"},
		{"a space before", " Ada", space},
		{"a space behind", "Ada ", space},
		{"spaces only", " ", space},
		{"nothing between the controls and the letters", "a\u00a1b", ""},
		{"a tilde", "a~b", ""},
	}
	for _, r := range []rune{
		0x00, '\t', '\n', '\r', 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9f, 0x061c, 0x200e, 0x200f,
		0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069,
		0xfdd0, 0xfdef, 0xfffe, 0xffff, 0x1fffe, 0x1ffff, 0x10fffe, 0x10ffff,
	} {
		tests = append(tests, struct{ name, text, want string }{fmt.Sprintf("an inner %U", r), "a" + string(r) + "b", hidden})
	}
	for _, r := range []rune{
		0x20, 0x7e, 0xa0, 0x061b, 0x061d, 0x200d, 0x2010, 0x2027, 0x202f, 0x2065, 0x206a, 0xfdcf, 0xfdf0, 0xfffd, 0x10000,
	} {
		tests = append(tests, struct{ name, text, want string }{fmt.Sprintf("an inner %U is shown", r), "a" + string(r) + "b", ""})
	}
	for _, r := range []rune{0xa0, 0x1680, 0x2000, 0x2003, 0x200a, 0x202f, 0x205f, 0x3000} {
		tests = append(tests,
			struct{ name, text, want string }{fmt.Sprintf("%U before", r), string(r) + "a", space},
			struct{ name, text, want string }{fmt.Sprintf("%U behind", r), "a" + string(r), space})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, asUser := domain.NewSnapshot(newReport(t, func(r *domain.Report) { r.Username = test.text }), noon)
			_, asDisplay := domain.NewSnapshot(newReport(t, func(r *domain.Report) { r.DisplayName = test.text }), noon)
			_, asReported := domain.NewSnapshot(newReport(t, func(r *domain.Report) { r.Rank = test.text }), noon)
			_, asRank := domain.NewLadder([]domain.Rank{{Name: test.text}})
			for field, err := range map[string]error{
				"username": asUser, "displayName": asDisplay, "rank": asReported, "/ranks/0/name": asRank,
			} {
				if test.want == "" {
					if err != nil {
						t.Errorf("%s: got the error %v, want none", field, err)
					}
					continue
				}
				wantFaults(t, err, domain.FieldError{Field: field, Message: test.want})
			}
		})
	}
	if diff := cmp.Diff(64, domain.MaxNameLength); diff != "" {
		t.Errorf("MaxNameLength (-want +got):\n%s", diff)
	}
}
