package httpapi

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/grps/grps/domain"
)

// wantRefusal fails the test unless an error is a refusal of what was sent, in words that can be sent back.
func wantRefusal(t *testing.T, err error, status int) {
	t.Helper()
	r, ok := errors.AsType[*refusal](err)
	if !ok || r.status != status || r.code == "" || r.detail == "" || !utf8.ValidString(r.detail) {
		t.Errorf("got the error %#v, want a refusal with the status %d and a sentence", err, status)
	}
}

// coveredHeaders are the headers that a signature covers, as the README lists them.
func coveredHeaders() []string {
	return []string{"idempotency-key", "x-grps-actor", "x-grps-apply", "x-grps-evaluate", "x-grps-nonce", "x-roblox-experience"}
}

// FuzzSignedRequest takes any two requests apart. No two that differ in anything that a signature covers are signed alike.
func FuzzSignedRequest(f *testing.F) {
	f.Add("POST", "/sync/roblox", "1700000000", "key\n5\ntrue\n1\nn\nlobby", []byte("{}"), "POST", "/sync/roblox", "key\n5\ntrue\n1\nn\nlobb", []byte("{}"))
	f.Add("GET", "/a?b", "0", "\n\n\n\n\n", []byte{}, "GET", "/a", "b", []byte("x"))
	f.Add("GET", "/", "253402300800", " k \n+5", []byte{}, "GET", "/", "k\n+5", []byte{})
	f.Add("GET", "/", "-1", "k", []byte{}, "GET", "/", "", []byte{})
	f.Add("GET", "/", "01", "\n\n\n\n\x7f", []byte{}, "DELETE", "/", "\n\n\n\n", []byte{})
	for i := range coveredHeaders() {
		lines := strings.Repeat("\n", i)
		f.Add("GET", "/", "5", lines+"a", []byte{}, "GET", "/", lines+"b", []byte{})
	}
	f.Fuzz(func(t *testing.T, methodA, targetA, at, headersA string, bodyA []byte, methodB, targetB, headersB string, bodyB []byte) {
		a, b := signedOf(t, methodA, targetA, at, headersA), signedOf(t, methodB, targetB, at, headersB)
		if a == nil || b == nil {
			return
		}
		one, err := signedFrom(a, bodyA)
		other, otherErr := signedFrom(b, bodyB)
		for _, err := range []error{err, otherErr} {
			if err != nil {
				wantRefusal(t, err, http.StatusBadRequest)
			}
		}
		if err != nil || otherErr != nil {
			return
		}
		if one.at.Unix() < 0 || one.at.Unix() > maxTimestamp || one.at.Year() > 9999 || len(one.nonce) > maxNonce {
			t.Errorf("took a request signed at %s with the nonce %q", one.at, one.nonce)
		}
		alike := a.Method == b.Method && a.URL.RequestURI() == b.URL.RequestURI() && bytes.Equal(bodyA, bodyB)
		for _, name := range coveredHeaders() {
			alike = alike && strings.TrimSpace(a.Header.Get(name)) == strings.TrimSpace(b.Header.Get(name))
		}
		if bytes.Equal(one.canonical, other.canonical) != alike {
			t.Errorf("alike: %t, and what is signed of them:\n%q\n%q", alike, one.canonical, other.canonical)
		}
	})
}

// signedOf makes a request with the headers that a signature covers, one a line; nil for one that cannot come over HTTP.
func signedOf(t *testing.T, method, target, at, headers string) *http.Request {
	t.Helper()
	u, err := url.ParseRequestURI(target)
	plain := func(text string) bool {
		return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' || c == 0x7f })
	}
	if err != nil || !plain(method+target+at) || strings.Contains(method+target, " ") {
		return nil
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	r.Method, r.URL = method, u
	r.Header.Set(headerTimestamp, at)
	r.Header.Set(headerSignature, "00")
	for i, value := range strings.SplitN(headers, "\n", len(coveredHeaders())) {
		if !plain(value) {
			return nil
		}
		r.Header.Set(coveredHeaders()[i], value)
	}
	return r
}

// FuzzRobloxSignature reads any signature of Roblox's: what is taken says the same when it is written plainly.
func FuzzRobloxSignature(f *testing.F) {
	for _, text := range []string{"t=1700000000,v1=AA==", "v1=AA==, t=1", "t=1,t=2,v1=", "t=1,v1=AA=", "v1=AA==", "t=,v1=AA==", "t=1,v1=AA==,v0=x,,=", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, mac, err := robloxSignature(http.Header{http.CanonicalHeaderKey(headerRoblox): {text}})
		if err != nil {
			if !strings.Contains(err.Error(), headerRoblox) || strings.Contains(err.Error(), text) && len(text) > 60 {
				t.Errorf("%q: got the error %q, want one that names the header and does not repeat it", text, err)
			}
			return
		}
		again, same, err := robloxSignature(http.Header{http.CanonicalHeaderKey(headerRoblox): {"v1=" + base64.StdEncoding.EncodeToString(mac) + ",t=" + at}})
		if err != nil || again != at || !bytes.Equal(same, mac) || at == "" || strings.Contains(at, ",") {
			t.Errorf("%q: got %q %x, written plainly %q %x and %v", text, at, mac, again, same, err)
		}
	})
}

// FuzzQuery reads any query with everything that a query may hold. What is taken is within its bounds; what is refused is refused in words.
func FuzzQuery(f *testing.F) {
	for _, query := range []string{
		"limit=5&all&actor=156&review=0190a5d2-0000-7000-8000-000000000001&action=BAN&status=applied&since=2026-01-01T00%3A00%3A00%2B01%3A00&cursor=7.x",
		"limit=05", "limit=101", "limit=5&limit=5", "all=maybe", "since=0000-01-01T00:00:00%2B23:59", "cursor=%00", "actor=0", "status=none", "action=NONE", "a=%zz", ";",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q := queryOf(&url.URL{RawQuery: raw})
		limit, cursor, at, user := q.limit(25), q.cursor(), q.instant("since"), q.userID("actor")
		id, action, status := q.uuid("review"), q.action("action"), q.status("status")
		_, _, _, _ = q.flag("all"), q.revision("policy"), q.effectKind("kind"), q.target("target")
		if q.err != nil {
			wantRefusal(t, q.err, http.StatusBadRequest)
			return
		}
		if limit < 1 || limit > maxRows || len(cursor) > maxPageMark || !at.IsZero() && (at.Year() < firstYear || at.Year() > lastYear) || user.Int64() < 0 {
			t.Errorf("%q: got the limit %d, the cursor %q, the instant %s and the user %s", raw, limit, cursor, at, user)
		}
		if id != "" && (!looksLikeUUID(id) || id != strings.ToLower(id)) || status == domain.StatusAdvisory || status == domain.StatusNone {
			t.Errorf("%q: got the id %q, the action %s and the status %q", raw, id, action, status)
		}
	})
}

// FuzzClientAddress tells whose a request is from any forwarding. Nobody who is not trusted is believed, and nothing is made up.
func FuzzClientAddress(f *testing.F) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, hops := range []string{"192.0.2.1", "192.0.2.1, 10.1.1.1", "1.2.3.4,10.0.0.1,10.0.0.2:80", "[2001:db8::1]:9, ::ffff:10.0.0.1", "fe80::1%eth0,10.0.0.1", "x", ",,", ""} {
		f.Add("10.9.9.9:4711", hops)
		f.Add("192.0.2.7:4711", hops)
	}
	f.Fuzz(func(t *testing.T, remote, hops string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{headerForwarded: {hops}}}
		own, known := addressOf(remote)
		got := clientOf(r, trusted)
		if direct := clientOf(r, nil); direct != own {
			t.Errorf("without proxies: got %s, want %s", direct, own)
		}
		if !known || !within(trusted, own) {
			if got != own {
				t.Errorf("from %s, which is no proxy: got %s, want its own address", remote, got)
			}
			return
		}
		named := got == own
		for hop := range strings.SplitSeq(hops, ",") {
			address, ok := addressOf(strings.TrimSpace(hop))
			named = named || ok && address == got
		}
		if !named || !got.IsValid() || got.Zone() != "" || got.Is4In6() {
			t.Errorf("through %s from %q: got %s, want an address that is named there", remote, hops, got)
		}
		if home := household(got); home != household(home) {
			t.Errorf("household of %s: got %s, and that one's is %s", got, home, household(home))
		}
	})
}

// FuzzFlags reads the switches of any two headers, each sent up to twice. Nothing is applied unless it says so plainly.
func FuzzFlags(f *testing.F) {
	for _, text := range []string{"true", " TRUE\t", "1", "0", "false", "yes", "", "true\nfalse", "1\n1", "ｔrue"} {
		f.Add(text, text)
		f.Add("false", text)
	}
	f.Fuzz(func(t *testing.T, evaluate, apply string) {
		header := http.Header{}
		for name, text := range map[string]string{headerEvaluate: evaluate, headerApply: apply} {
			for value := range strings.SplitSeq(text, "\n") {
				header.Add(name, value)
			}
		}
		got, err := flagsOf(header)
		if err != nil {
			wantRefusal(t, err, http.StatusBadRequest)
			return
		}
		plainly := func(text string) bool {
			first, _, _ := strings.Cut(text, "\n")
			first = strings.ToLower(strings.TrimSpace(first))
			return first == "true" || first == "1"
		}
		if got.apply.on != plainly(apply) || got.evaluate.on != (plainly(evaluate) || plainly(apply)) || got.apply.on && !got.evaluate.on {
			t.Errorf("evaluate %q and apply %q: got %+v", evaluate, apply, got)
		}
	})
}
