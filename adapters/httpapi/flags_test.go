package httpapi_test

import (
	"strings"
	"testing"

	"github.com/grps/grps/domain"
)

func TestTheSwitchesSayExactlyWhatTheyMean(t *testing.T) {
	for name, c := range map[string]struct {
		headers         []string
		evaluate, apply bool
		refused         string // the header that the problem names
	}{
		"none":                         {nil, false, false, ""},
		"evaluate":                     {[]string{"x-grps-evaluate: true"}, true, false, ""},
		"evaluate in capitals":         {[]string{"x-grps-evaluate: TRUE"}, true, false, ""},
		"evaluate as a digit":          {[]string{"x-grps-evaluate: 1"}, true, false, ""},
		"evaluate with space":          {[]string{"x-grps-evaluate:   true  "}, true, false, ""},
		"no evaluate":                  {[]string{"x-grps-evaluate: false"}, false, false, ""},
		"no evaluate as a digit":       {[]string{"x-grps-evaluate: 0"}, false, false, ""},
		"apply alone":                  {[]string{"x-grps-apply: True"}, true, true, ""},
		"apply and evaluate":           {[]string{"x-grps-apply: 1", "x-grps-evaluate: 1"}, true, true, ""},
		"evaluate without apply":       {[]string{"x-grps-apply: false", "x-grps-evaluate: true"}, true, false, ""},
		"neither":                      {[]string{"x-grps-apply: 0", "x-grps-evaluate: 0"}, false, false, ""},
		"the same twice":               {[]string{"x-grps-apply: true", "x-grps-apply: true"}, true, true, ""},
		"apply without evaluate":       {[]string{"x-grps-apply: true", "x-grps-evaluate: false"}, false, false, "x-grps-evaluate"},
		"twice differently":            {[]string{"x-grps-apply: true", "x-grps-apply: false"}, false, false, "x-grps-apply"},
		"twice, spelt differently":     {[]string{"x-grps-apply: true", "x-grps-apply: 1"}, false, false, "x-grps-apply"},
		"a list":                       {[]string{"x-grps-apply: true, true"}, false, false, "x-grps-apply"},
		"yes":                          {[]string{"x-grps-apply: yes"}, false, false, "x-grps-apply"},
		"on":                           {[]string{"x-grps-evaluate: on"}, false, false, "x-grps-evaluate"},
		"t":                            {[]string{"x-grps-apply: t"}, false, false, "x-grps-apply"},
		"two":                          {[]string{"x-grps-apply: 2"}, false, false, "x-grps-apply"},
		"01":                           {[]string{"x-grps-apply: 01"}, false, false, "x-grps-apply"},
		"quoted":                       {[]string{`x-grps-apply: "true"`}, false, false, "x-grps-apply"},
		"null":                         {[]string{"x-grps-evaluate: null"}, false, false, "x-grps-evaluate"},
		"empty":                        {[]string{"x-grps-apply: "}, false, false, "x-grps-apply"},
		"homoglyphs":                   {[]string{"x-grps-apply: trսe"}, false, false, "x-grps-apply"},
		"the Turkish capital":          {[]string{"x-grps-apply: TRUĖ"}, false, false, "x-grps-apply"},
		"nonsense with a good one":     {[]string{"x-grps-apply: true", "x-grps-evaluate: maybe"}, false, false, "x-grps-evaluate"},
		"an actor":                     {[]string{"x-grps-actor: 5"}, false, false, ""},
		"an actor that is a name":      {[]string{"x-grps-actor: Vex"}, false, false, "x-grps-actor"},
		"an actor of zero":             {[]string{"x-grps-actor: 0"}, false, false, "x-grps-actor"},
		"a negative actor":             {[]string{"x-grps-actor: -5"}, false, false, "x-grps-actor"},
		"an actor with a sign":         {[]string{"x-grps-actor: +5"}, false, false, "x-grps-actor"},
		"an actor beyond a double":     {[]string{"x-grps-actor: 9007199254740992"}, false, false, "x-grps-actor"},
		"two actors":                   {[]string{"x-grps-actor: 5", "x-grps-actor: 6"}, false, false, "x-grps-actor"},
		"an empty actor":               {[]string{"x-grps-actor: "}, false, false, "x-grps-actor"},
		"an empty idempotency key":     {[]string{"idempotency-key: "}, false, false, "idempotency-key"},
		"a long idempotency key":       {[]string{"idempotency-key: " + strings.Repeat("k", 256)}, false, false, "idempotency-key"},
		"the longest idempotency key":  {[]string{"idempotency-key: " + strings.Repeat("k", 255)}, false, false, ""},
		"a key that is not ASCII":      {[]string{"idempotency-key: clé"}, false, false, "idempotency-key"},
		"a key with a control":         {[]string{"idempotency-key: a\tb"}, false, false, "idempotency-key"},
		"two keys":                     {[]string{"idempotency-key: a", "idempotency-key: b"}, false, false, "idempotency-key"},
		"an experience":                {[]string{"x-roblox-experience: Arène 2"}, false, false, ""},
		"a hidden experience":          {[]string{"x-roblox-experience: a\u202eb"}, false, false, "x-roblox-experience"},
		"an experience not in UTF-8":   {[]string{"x-roblox-experience: a\xffb"}, false, false, "x-roblox-experience"},
		"a long experience":            {[]string{"x-roblox-experience: " + strings.Repeat("é", 129)}, false, false, "x-roblox-experience"},
		"two experiences":              {[]string{"x-roblox-experience: a", "x-roblox-experience: b"}, false, false, "x-roblox-experience"},
		"the longest experience there": {[]string{"x-roblox-experience: " + strings.Repeat("é", 128)}, false, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "POST", pathIngest, goodReport, c.headers...)
			if c.refused != "" {
				p := wantProblem(t, w, 400, "header_invalid")
				if !strings.Contains(p.Detail, c.refused) || a.calls() > 0 {
					t.Errorf("detail %q after %d calls: want %s named and no call", p.Detail, a.calls(), c.refused)
				}
				return
			}
			if w.Code != 200 {
				t.Fatalf("answer: got %d %s, want 200", w.Code, w.Body)
			}
			got := a.ingester.IngestCalls()[0].Request
			if got.Evaluate != c.evaluate || got.Apply != c.apply {
				t.Errorf("evaluate, apply: got %t, %t, want %t, %t", got.Evaluate, got.Apply, c.evaluate, c.apply)
			}
		})
	}
}

func TestTheRequestIDIsKeptOrMade(t *testing.T) {
	for given, want := range map[string]string{
		"": madeID, "abc-123": "abc-123", "with space": "with space", strings.Repeat("r", 128): strings.Repeat("r", 128),
		strings.Repeat("r", 129): madeID, "tab\there": madeID, "é": madeID, "line\nbreak": madeID, "\x7f": madeID,
	} {
		a := newAPI(t)
		w := a.send(t, "GET", "/nothing", "", "x-request-id: "+given)
		p := wantProblem(t, w, 404, "route_not_found")
		logged := a.logs.All()[0].ContextMap()["request_id"]
		if w.Header().Get("x-request-id") != want || p.RequestID != want || logged != want {
			t.Errorf("request id for %q: got %q in the header, %q in the problem, %q in the log, want %q",
				given, w.Header().Get("x-request-id"), p.RequestID, logged, want)
		}
	}
}

func TestARequestForADecisionReachesTheUseCaseAsItWasMeant(t *testing.T) {
	for name, c := range map[string]struct {
		body    string
		headers []string
		apply   bool
		actor   domain.UserID
		reason  string
		refused string // the field that the problem names
	}{
		"a user":                     {body: `{"userId":77}`},
		"a user in a string":         {body: `{"userId":"77","apply":null,"reason":null,"actorUserId":null}`},
		"apply":                      {body: `{"userId":77,"apply":true}`, apply: true},
		"no apply":                   {body: `{"userId":77,"apply":false}`},
		"apply in the header":        {body: `{"userId":77}`, headers: []string{"x-grps-apply: true"}, apply: true},
		"apply in both":              {body: `{"userId":77,"apply":true}`, headers: []string{"x-grps-apply: 1"}, apply: true},
		"apply contradicting":        {body: `{"userId":77,"apply":true}`, headers: []string{"x-grps-apply: false"}, refused: "apply"},
		"apply contradicting, too":   {body: `{"userId":77,"apply":false}`, headers: []string{"x-grps-apply: true"}, refused: "apply"},
		"apply as a text":            {body: `{"userId":77,"apply":"true"}`, refused: "apply"},
		"apply as a number":          {body: `{"userId":77,"apply":1}`, refused: "apply"},
		"an actor in the header":     {body: `{"userId":77}`, headers: []string{"x-grps-actor: 5"}, actor: user(5)},
		"an actor in the body":       {body: `{"userId":77,"actorUserId":6}`, headers: []string{"x-grps-actor: 5"}, actor: user(6)},
		"an actor that is none":      {body: `{"userId":77,"actorUserId":0}`, refused: "actorUserId"},
		"a reason":                   {body: `{"userId":77,"reason":"  asked by\u00a0staff "}`, reason: "asked by\u00a0staff"},
		"the longest reason":         {body: `{"userId":77,"reason":"` + strings.Repeat("é", 400) + `"}`, reason: strings.Repeat("é", 400)},
		"too long a reason":          {body: `{"userId":77,"reason":"` + strings.Repeat("é", 401) + `"}`, refused: "reason"},
		"a reason with an override":  {body: `{"userId":77,"reason":"a\u202eb"}`, refused: "reason"},
		"a reason with a line break": {body: `{"userId":77,"reason":"a\nb"}`, refused: "reason"},
		"a reason that is no text":   {body: `{"userId":77,"reason":5}`, refused: "reason"},
		"nobody":                     {body: `{}`, refused: "userId"},
		"nobody, as Luau says it":    {body: `[]`, refused: "userId"},
		"a user of zero":             {body: `{"userId":0}`, refused: "userId"},
		"a user below zero":          {body: `{"userId":-1}`, refused: "userId"},
		"a user of 2^53":             {body: `{"userId":9007199254740992}`, refused: "userId"},
		"a user of 2^63":             {body: `{"userId":9223372036854775808}`, refused: "userId"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "POST", pathDecide, c.body, c.headers...)
			if c.refused != "" {
				p := wantProblem(t, w, 422, "validation_failed")
				if p.fields() != c.refused || a.calls() > 0 {
					t.Errorf("problem %+v after %d calls: want %s named and no call", p, a.calls(), c.refused)
				}
				return
			}
			if w.Code != 200 {
				t.Fatalf("answer: got %d %s, want 200", w.Code, w.Body)
			}
			got := a.decider.DecideCalls()[0].Request
			if got.User != user(77) || got.Apply != c.apply || got.Actor != c.actor || got.Reason != c.reason ||
				got.Principal != "anonymous" || got.RequestID != madeID {
				t.Errorf("request: got %+v, want %+v", got, c)
			}
		})
	}
}
