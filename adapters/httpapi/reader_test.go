package httpapi_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestTheReaderIsOpenAndKeptToItself(t *testing.T) {
	a := newAPI(t, withKeys)
	for path, mediaType := range map[string]string{
		"/docs": "text/html; charset=UTF-8", "/docs/reader.css": "text/css; charset=UTF-8", "/docs/reader.js": "text/javascript; charset=UTF-8",
	} {
		w := a.send(t, "GET", path, "")
		header := w.Header()
		if w.Code != http.StatusOK || header.Get("Content-Type") != mediaType || w.Body.Len() < 500 {
			t.Errorf("%s: got %d %s with %d bytes, want 200 %s", path, w.Code, header.Get("Content-Type"), w.Body.Len(), mediaType)
		}
		policy := header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy %q lacks %s", path, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") || header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: got the policy %q and %v, want nothing unsafe, and nosniff", path, policy, header)
		}
		if again := a.send(t, "GET", path, "", "if-none-match: "+header.Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s, which is known already: got %d, want 304", path, again.Code)
		}
		for _, foreign := range []string{"//cdn", "https://", "innerHTML", "insertAdjacent", "document.write", "eval(", " style="} {
			if strings.Contains(w.Body.String(), foreign) {
				t.Errorf("%s: holds %q", path, foreign)
			}
		}
	}
}

// shown serves the API, behind a folder as a proxy may put it, and counts what is asked for outside of it.
func shown(t *testing.T, a *api, folder string, outside *atomic.Int32, change func(path, text string) string) string {
	t.Helper()
	var one sync.Mutex // the clock of the tests is for one request at a time
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, folder+"/") {
			outside.Add(1)
			http.NotFound(w, r)
			return
		}
		recorded := httptest.NewRecorder()
		one.Lock()
		http.StripPrefix(folder, a.Handler).ServeHTTP(recorded, r)
		one.Unlock()
		for name, values := range recorded.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(recorded.Code)
		_, _ = w.Write([]byte(change(strings.TrimPrefix(r.URL.Path, folder), recorded.Body.String())))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func asItIs(_, text string) string { return text }

func TestTheReaderShowsEveryRouteInABrowser(t *testing.T) {
	b := startBrowser(t)
	a := newAPI(t, withKeys)
	var asked atomic.Value
	a.players.PlayerFunc = func(_ context.Context, id domain.UserID) (ports.PlacedStanding, error) {
		asked.Store(id.String())
		return player(id), nil
	}
	var outside atomic.Int32
	home := shown(t, a, "/grps", &outside, asItIs)
	document, err := promised()
	if err != nil {
		t.Fatal(err)
	}
	b.open(home+"/grps/docs", 1280, 900)
	b.until("document.querySelectorAll('article').length > 0")
	if got, want := b.run("document.querySelectorAll('article').length"), strconv.Itoa(len(document.Operations())); got != want {
		t.Errorf("routes: got %s, want %s", got, want)
	}
	shoot(b, "wide")

	// The keyboard reaches the search, which finds fields and codes too.
	b.press("/", "/")
	b.until("document.activeElement.id === 'search'")
	for _, letter := range "not_ranked" {
		b.press(string(letter), string(letter))
	}
	b.until("[...document.querySelectorAll('article:not([hidden])')].map(a => a.id).join() === 'getSurroundings'")
	b.press("Escape", "")
	b.until("document.querySelectorAll('article[hidden]').length === 0")

	// A route can be linked to, says what it takes, and can be tried.
	b.run("location.hash = '#getPlayer'")
	b.until("Math.abs(document.getElementById('getPlayer').getBoundingClientRect().top - 80) < 60")
	b.until("document.getElementById('getPlayer').innerText.includes('previousRankRequiredPoints')")
	text := b.run("document.getElementById('getPlayer').innerText")
	for _, want := range []string{"read", "1 … 9007199254740991", "id_malformed", "curl -s '" + home + "/grps/players/12345678'", "x-grps-api-key: $GRPS_API_KEY", "ArcTrooper"} {
		if !strings.Contains(text+b.run("document.getElementById('getPlayer').textContent"), want) {
			t.Errorf("the route lacks %q", want)
		}
	}
	if got := b.run("document.querySelector('#getPlayer .scope').textContent"); got != "Takes a key with the scope read." {
		t.Errorf("scope: got %q, want it once, however many ways there are to show the key", got)
	}
	b.run(`document.getElementById('key').value = '` + gameSecret + `'`)
	b.run(`[...document.querySelectorAll('#getPlayer details')].forEach(d => d.open = true)`)
	b.run(`[...document.querySelectorAll('#getPlayer button')].find(x => x.textContent === 'Send').click()`)
	b.until(`document.querySelector('#getPlayer .send').innerText.includes('200')`)
	if asked.Load() != "12345678" {
		t.Errorf("asked for the player %v, want 12345678", asked.Load())
	}
	shoot(b, "route")
	if kept := b.run("localStorage.length + sessionStorage.length + document.cookie.length"); kept != "0" {
		t.Errorf("kept %s things in the browser, want nothing", kept)
	}

	// A telephone shows it without scrolling sideways.
	b.open(home+"/grps/docs?phone", 390, 844)
	b.until("document.querySelectorAll('article').length > 0")
	b.run("document.querySelectorAll('article').forEach(a => a.scrollIntoView())")
	b.run("dispatchEvent(new Event('beforeprint'))")
	b.run("document.querySelectorAll('details').forEach(d => d.open = true)")
	if over := b.run("document.documentElement.scrollWidth - document.documentElement.clientWidth"); over != "0" {
		t.Errorf("the page is %s pixels wider than a telephone of 390", over)
	}
	b.run("document.getElementById('report').scrollIntoView()")
	shoot(b, "phone")
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": "dark"}}}, nil)
	b.open(home+"/grps/docs?dark#report", 1280, 900)
	b.until("document.querySelectorAll('article').length > 0")
	shoot(b, "dark")

	if faults := b.faults(home + "/grps/"); len(faults) > 0 {
		t.Errorf("faults: %q, want none", faults)
	}
	if n := outside.Load(); n > 0 {
		t.Errorf("%d requests left the folder of the service", n)
	}
}

func TestTheReaderRunsNothingThatADocumentSays(t *testing.T) {
	b := startBrowser(t)
	const nasty = `<img src=x onerror=\"window.canary=1\"><script>window.canary=1</script>javascript:window.canary=1`
	var outside atomic.Int32
	home := shown(t, newAPI(t), "", &outside, func(path, text string) string {
		if path != "/openapi.json" {
			return text
		}
		for _, name := range []string{"description", "summary", "title", "says"} {
			text = strings.ReplaceAll(text, `"`+name+`":"`, `"`+name+`":"`+nasty)
		}
		return strings.ReplaceAll(text, `"ArcTrooper"`, `"`+nasty+`"`)
	})
	b.open(home+"/docs#report", 1280, 900)
	b.until("document.querySelectorAll('article').length > 0")
	b.run("dispatchEvent(new Event('beforeprint'))")
	if !strings.Contains(b.run("document.getElementById('report').textContent"), "<img src=x") {
		t.Error("the page does not show what the document says")
	}
	if got := b.run("String(window.canary) + document.querySelectorAll('img, main script').length"); got != "undefined0" {
		t.Errorf("canary and elements: got %s, want none", got)
	}
	if faults := b.faults(home + "/"); len(faults) > 0 {
		t.Errorf("faults: %q, want none", faults)
	}
}

func TestADocumentThatDoesNotComeIsSaid(t *testing.T) {
	b := startBrowser(t)
	var outside atomic.Int32
	home := shown(t, newAPI(t), "", &outside, func(path, text string) string {
		if path == "/openapi.json" {
			return "{"
		}
		return text
	})
	b.open(home+"/docs", 800, 600)
	b.until("document.getElementById('state').textContent.includes('cannot be shown')")
}

// shoot keeps a picture of the page where READER_PICTURES names a folder, for people to look at.
func shoot(b *browser, name string) {
	folder := os.Getenv("READER_PICTURES")
	if folder == "" {
		return
	}
	var taken struct{ Data string }
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &taken)
	picture, err := base64.StdEncoding.DecodeString(taken.Data)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("reader-%s.png", name)), picture, 0o600)
	}
	if err != nil {
		b.t.Error(err)
	}
}

func TestDocumentAndReaderCanBeHidden(t *testing.T) {
	a := newAPI(t, func(a *api) { a.options.HideDocs = true })
	for _, path := range []string{"/openapi.json", "/docs", "/docs/reader.css", "/docs/reader.js"} {
		wantProblem(t, a.send(t, "GET", path, ""), 404, "route_not_found")
	}
	keyed := newAPI(t, withKeys, withInventions, func(a *api) { a.options.HideDocs = true })
	wantProblem(t, keyed.send(t, "GET", "/openapi.json", ""), 401, "key_required")
}
