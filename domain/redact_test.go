package domain_test

import (
	"testing"

	"github.com/grps/grps/domain"
)

func TestATextIsLeftWithoutMentionsOfSomebodyWhoWasErased(t *testing.T) {
	names := []string{"Vexer", "Al", "Véx"}
	for text, want := range map[string]string{
		"":                                  "",
		"nothing about anybody":             "nothing about anybody",
		"by Vexer":                          "by [erased]",
		"17":                                "[erased]",
		"id 17, again:17;17":                "id [erased], again:[erased];[erased]",
		"170 117 1717 and 0.17":             "170 117 1717 and 0.[erased]",
		"vexer helped VEXER.":               "[erased] helped [erased].",
		"Vexer0 XVexer Vexers _Vexer":       "Vexer0 XVexer Vexers _Vexer",
		"(Vexer)":                           "([erased])",
		"véx spoke, not véxed":              "[erased] spoke, not véxed",
		"Al is too short a name, 漢17漢":      "Al is too short a name, 漢[erased]漢",
		"broken \xff17\xff stays as it was": "broken \xff[erased]\xff stays as it was",
	} {
		if got := domain.Redact(text, userID(t, 17), names); got != want {
			t.Errorf("Redact(%q): got %q, want %q", text, got, want)
		}
	}
}
