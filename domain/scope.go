package domain

import "strings"

// Scope is what a key may do. Several of them together, with |, are a Scope too.
type Scope uint8

// The scopes, from the least to the most.
const (
	ScopeIngest  Scope = 1 << iota // report what players did, and see the answer to that
	ScopeRead                      // see players, decisions and leaderboards
	ScopeDecide                    // have the rules decide, and that carried out
	ScopeApprove                   // answer decisions that wait for a person
	ScopeAdmin                     // all of that, and everything else
)

// Scopes returns every scope, from the least to the most.
func Scopes() []Scope { return []Scope{ScopeIngest, ScopeRead, ScopeDecide, ScopeApprove, ScopeAdmin} }

// Allows reports whether s holds all of what is needed. ScopeAdmin holds everything.
func (s Scope) Allows(needed Scope) bool { return s&ScopeAdmin != 0 || s&needed == needed }

// String returns the word of the scope; of several, their words with a space between them; "" for none.
func (s Scope) String() string {
	var words []string
	for i, word := range [...]string{"ingest", "read", "decide", "approve", "admin"} {
		if s&(1<<i) != 0 {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// ParseScope returns the one scope that text names, exactly as String writes it; any other text is an error of KindInvalid.
func ParseScope(text string) (Scope, error) {
	for _, scope := range Scopes() {
		if scope.String() == text {
			return scope, nil
		}
	}
	return 0, invalid("scope_unknown", "the scope must be ingest, read, decide, approve or admin")
}
