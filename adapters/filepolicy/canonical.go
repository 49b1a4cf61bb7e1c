package filepolicy

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/grps/grps/domain"
)

// Parse returns the policy whose canonical documents these are, as its Documents method gives them: the same rules under the same
// revision. What no policy gives, to the byte, is refused with an error of KindInvalid and code "policy_text_invalid", which names the
// line where that can be told.
func Parse(documents string) (domain.Policy, error) {
	r, err := rulesFromText(documents)
	if err != nil {
		return domain.Policy{}, err
	}
	ladder, err := domain.NewLadder(r.ranks)
	if err != nil {
		return domain.Policy{}, textFault("holds no ladder", err)
	}
	parts := r.parts(ladder)
	if parts.Documents != documents {
		return domain.Policy{}, textFault("is not written as a policy writes itself", nil)
	}
	result, err := domain.NewPolicy(parts)
	if err != nil {
		return domain.Policy{}, textFault("holds rules that contradict each other", err)
	}
	return result, nil
}

// textFault returns the error for a text of which wrong is true.
func textFault(wrong string, cause error) *domain.Error {
	return &domain.Error{Kind: domain.KindInvalid, Code: "policy_text_invalid", Message: "the text of the policy " + wrong, Cause: cause}
}

// rulesFromText reads what canonical writes, line by line. It does not mind the order of the lines.
func rulesFromText(documents string) (rules, error) {
	text, ended := strings.CutSuffix(documents, "\n")
	first, rest, _ := strings.Cut(text, "\n")
	if !ended || first != formName {
		return rules{}, textFault("does not begin with the line \""+formName+"\", or does not end with its last line", nil)
	}
	r := rules{weights: make(map[string]float64), limits: make(map[string]float64)}
	number := 1
	for line := range strings.SplitSeq(rest, "\n") {
		number++
		word, values, _ := strings.Cut(line, " ")
		l := textLine{rest: values, more: true}
		r.readLine(word, &l)
		if l.wrong || l.more {
			return rules{}, textFault(fmt.Sprintf("cannot be read at line %d", number), nil)
		}
	}
	return r, nil
}

// readLine reads the values behind a word.
func (r *rules) readLine(word string, l *textLine) {
	switch word {
	case "privileged":
		r.privileged = modeFromWord(l, domain.ParsePrivilegedMode)
	case "drift":
		r.drift = modeFromWord(l, domain.ParseDriftMode)
	case "bounds":
		r.bounds = domain.Limits{MovesPerHour: l.integer(), DemotionsPercent: l.integer(), RungsPerDay: l.integer()}
	case "rank", "suspension":
		rank := domain.Rank{
			Name: l.text(), MinPoints: l.integer(), MinTimeDays: l.integer(), Level: l.text(), Privileged: l.flag(), Punishment: word == "suspension",
		}
		if n := l.integer(); n != 0 {
			var err error
			rank.Role, err = domain.NewRoleID(n)
			l.wrong = l.wrong || err != nil
		}
		r.ranks = append(r.ranks, rank)
	case "punishments":
		r.punishments = domain.Punishments{
			TrialThreshold: l.integer(), SevereThreshold: l.integer(), TrialDays: l.integer(), TrialLockPromotion: l.flag(),
		}
	case "caps":
		r.caps = domain.Caps{Daily: l.integer(), Weekly: l.integer()}
	case "weight":
		name := l.text()
		r.weights[name] = l.number()
	case "limit":
		name := l.text()
		r.limits[name] = l.number()
	case "permission":
		r.permissions = append(r.permissions, domain.RankPermission{Rank: l.text(), Permission: domain.Permission{
			Level: l.text(), CanEarn: l.flag(), CanWarn: l.flag(), CanAdjust: l.flag(), CanBan: l.flag(), Ignored: l.flag(), Locked: l.flag(),
		}})
	default:
		l.wrong = true
	}
}

// modeFromWord reads a word that parse knows.
func modeFromWord[M any](l *textLine, parse func(string) (M, error)) M {
	mode, err := parse(l.word())
	l.wrong = l.wrong || err != nil
	return mode
}

// textLine is the values of one line that are still to be read. It keeps reading after a fault, so that whoever reads looks once.
type textLine struct {
	rest  string
	more  bool // a value follows, be it an empty one
	wrong bool
}

// word returns the next value, up to a space or the end of the line.
func (l *textLine) word() string {
	l.wrong = l.wrong || !l.more
	var word string
	word, l.rest, l.more = strings.Cut(l.rest, " ")
	return word
}

// text returns the next value, which stands in quotes and may hold spaces.
func (l *textLine) text() string {
	quoted, err := strconv.QuotedPrefix(l.rest)
	if err != nil {
		l.wrong = true
		return ""
	}
	text, err := strconv.Unquote(quoted)
	behind := l.rest[len(quoted):]
	l.rest, l.more = strings.CutPrefix(behind, " ")
	l.wrong = l.wrong || err != nil || behind != "" && !l.more
	return text
}

func (l *textLine) integer() int64 {
	n, err := strconv.ParseInt(l.word(), 10, 64)
	l.wrong = l.wrong || err != nil
	return n
}

func (l *textLine) flag() bool {
	on, err := strconv.ParseBool(l.word())
	l.wrong = l.wrong || err != nil
	return on
}

func (l *textLine) number() float64 {
	n, err := strconv.ParseFloat(l.word(), 64)
	l.wrong = l.wrong || err != nil || math.IsNaN(n) || math.IsInf(n, 0)
	return n
}
