package domain

import (
	"cmp"
	"slices"
	"strings"
)

// Distance returns how many letters must be inserted, removed or replaced to get from a to b. Upper and lower case count as alike.
func Distance(a, b string) int {
	from, to := []rune(strings.ToLower(a)), []rune(strings.ToLower(b))
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range to {
			replaced := diagonal
			if x != y {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}

// Like returns the names of up to n managed ranks, those most like name first, and in the order of the ladder among equals: what somebody
// may have meant who wrote a rank that is not there.
func (l Ladder) Like(name string, n int) []string {
	type candidate struct {
		name     string
		distance int
	}
	var candidates []candidate
	for r := range l.Managed() {
		candidates = append(candidates, candidate{r.Name, Distance(name, r.Name)})
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	var names []string
	for _, c := range candidates[:min(max(n, 0), len(candidates))] {
		names = append(names, c.name)
	}
	return names
}
