package filepolicy

import (
	"fmt"
	"strings"

	"github.com/grps/grps/domain"
)

// maxCandidates bounds how many names a misspelt one is compared with.
const maxCandidates = 1000

// suggestion returns `; did you mean "X"?` for the candidate that is most like name, and "" when none is close: at most
// one letter in three, or two in a short name, may differ. Upper and lower case count as alike. The first wins among equals.
func suggestion(name string, candidates []string) string {
	wanted := []rune(strings.ToLower(shorten(name)))
	best, closest := "", max(2, len(wanted)/3)+1
	for _, candidate := range candidates[:min(len(candidates), maxCandidates)] {
		letters := []rune(strings.ToLower(shorten(candidate)))
		if candidate == name || max(len(letters)-len(wanted), len(wanted)-len(letters)) >= closest {
			continue
		}
		if d := domain.Distance(string(wanted), string(letters)); d < closest && d < len(letters) {
			best, closest = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}
