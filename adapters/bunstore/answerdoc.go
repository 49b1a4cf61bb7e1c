package bunstore

import (
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// answerDoc is what a request was answered with.
type answerDoc struct {
	Standing standingDoc  `json:"standing"`
	Position positionDoc  `json:"position"`
	Outcome  string       `json:"outcome"`
	Decision *decisionDoc `json:"decision,omitempty"`
}

// positionDoc is where a standing was on the ladder.
type positionDoc struct {
	Next           string `json:"nextRank,omitempty"`
	NextPoints     int64  `json:"nextRankRequiredPoints,omitempty"`
	Previous       string `json:"previousRank,omitempty"`
	PreviousPoints int64  `json:"previousRankRequiredPoints,omitempty"`
	Privileged     bool   `json:"privileged,omitempty"`
	Blocked        bool   `json:"decisionsBlocked,omitempty"`
}

func answerDTO(a ports.Answer) answerDoc {
	doc := answerDoc{Standing: standingDTO(a.Standing), Position: positionDoc(a.Position), Outcome: a.Outcome.String()}
	if a.Decision != nil {
		decision := decisionDTO(*a.Decision)
		doc.Decision = &decision
	}
	return doc
}

func answerFromDTO(d answerDoc) ports.Answer {
	answer := ports.Answer{
		Standing: standingFromDTO(d.Standing), Position: domain.Position(d.Position), Outcome: outcomeFromText(d.Outcome),
	}
	if d.Decision != nil {
		decision := decisionFromDTO(*d.Decision)
		answer.Decision = &decision
	}
	return answer
}
