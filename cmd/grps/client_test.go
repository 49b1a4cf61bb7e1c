package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/grps/grps/domain"
)

// clientOf returns a client whose settings are set as given, in names and values in turn.
func clientOf(t *testing.T, settings ...string) (*client, error) {
	t.Helper()
	for _, key := range []string{"GRPS_SERVER", "GRPS_API_KEY", "ADMIN_API_KEYS"} {
		t.Setenv(key, "")
	}
	for i := 0; i+1 < len(settings); i += 2 {
		t.Setenv(settings[i], settings[i+1])
	}
	return newClient(&cobra.Command{}, &callFlags{flag: "--server"})
}

// answering serves one answer to everything.
func answering(t *testing.T, status int, body string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestACallSendsWhatItIsGivenAndReadsTheAnswer(t *testing.T) {
	var got *http.Request
	var body map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		_ = json.NewDecoder(r.Body).Decode(&body)
		_, _ = io.WriteString(w, `{"replayed":2}`)
	}))
	t.Cleanup(server.Close)
	c, err := clientOf(t, "GRPS_SERVER", server.URL+"/", "GRPS_API_KEY", "canary-canary-canary")
	if err != nil {
		t.Fatal(err)
	}
	var out struct{ Replayed int }
	if err := c.call(t.Context(), http.MethodPost, "/effects/replay", map[string]string{"kind": "webhook"}, &out); err != nil {
		t.Fatal(err)
	}
	if got.Method != http.MethodPost || got.URL.Path != "/effects/replay" || body["kind"] != "webhook" || out.Replayed != 2 {
		t.Errorf("sent %s %s %v, read %+v", got.Method, got.URL, body, out)
	}
	if got.Header.Get("x-grps-api-key") != "canary-canary-canary" || got.Header.Get("content-type") != "application/json" {
		t.Errorf("sent the headers %v", got.Header)
	}
}

func TestTheKeyOfACallIsTheCallersOrTheFirstAdministrators(t *testing.T) {
	for _, test := range []struct{ key, admins, want string }{
		{"", "", ""}, {"", "first, second", "first"}, {"mine", "first,second", "mine"},
	} {
		c, err := clientOf(t, "GRPS_API_KEY", test.key, "ADMIN_API_KEYS", test.admins)
		if err != nil || c.key.Reveal() != test.want {
			t.Errorf("with %+v: got the key %q (%v), want %q", test, c.key.Reveal(), err, test.want)
		}
	}
}

func TestACallGoesNowhereWhereTheKeyCouldBeOverheard(t *testing.T) {
	for address, good := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:8080/": true, "https://grps.example.org": true, "http://[::1]:1": true,
		"http://grps.example.org": false, "http://10.0.0.1": false, "ftp://localhost": false, "localhost:8080": false, "": false,
		"https://me:canary@grps.example.org": false, "https://grps.example.org/?a=b": false,
	} {
		_, err := serverURL(address)
		if (err == nil) != good || err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got error %v, want one: %t", address, err, !good)
		}
	}
	if _, err := clientOf(t, "GRPS_SERVER", "grps"); err == nil || !strings.HasPrefix(err.Error(), "GRPS_SERVER must be") {
		t.Errorf("got %v, want an error that names the setting", err)
	}
}

func TestARefusedCallSaysWhatIsWrongAndWhatToDo(t *testing.T) {
	const problem = `{"detail":"the target must be known","code":"x","requestId":"r-1"}`
	for _, test := range []struct {
		status int
		body   string
		want   string
		code   int
	}{
		{422, problem, "the target must be known (x, request r-1)", exitUsage},
		{400, problem, "the target must be known (x, request r-1)", exitUsage},
		{404, problem, "the target must be known (x, request r-1)", exitFault},
		{503, problem, "the target must be known (x, request r-1)", exitFault},
		{401, problem, "asks for a key: set GRPS_API_KEY", exitFault},
		{403, `{"detail":"this takes a key of ADMIN_API_KEYS","code":"admin_required"}`, "set GRPS_API_KEY to one", exitFault},
		{500, "<html>", "is not GRPS (500 Internal Server Error)", exitFault},
		{200, "<html>", "is not GRPS (200 OK)", exitFault},
		{302, "", "is not GRPS (302 Found)", exitFault},
		{200, `"` + strings.Repeat("x", maxAnswer) + `"`, "more than 8 MB", exitFault},
	} {
		server := answering(t, test.status, test.body)
		c, err := clientOf(t, "GRPS_SERVER", server.URL)
		if err != nil {
			t.Fatal(err)
		}
		var out map[string]any
		err = c.call(t.Context(), http.MethodGet, "/", nil, &out)
		var told strings.Builder
		if err == nil || explain(&told, err) != test.code || !strings.Contains(told.String(), test.want) {
			t.Errorf("%d %.20q: got %v, want %q and exit code %d", test.status, test.body, err, test.want, test.code)
		}
	}
}

func TestACallToNobodySaysHowToStartAService(t *testing.T) {
	server := answering(t, http.StatusOK, "{}")
	server.Close()
	c, err := clientOf(t, "GRPS_SERVER", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	err = c.call(t.Context(), http.MethodGet, "/effects", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "start the service there with 'grps serve'") {
		t.Errorf("got %v", err)
	}
	if domain.KindOf(err) != domain.KindInternal {
		t.Errorf("got kind %s, want a plain fault", domain.KindOf(err))
	}
}

func TestACallEndsWhenItIsInterrupted(t *testing.T) {
	arrived := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	c, err := clientOf(t, "GRPS_SERVER", server.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go func() {
		<-arrived
		cancel()
	}()
	err = c.call(ctx, http.MethodGet, "/", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "interrupted") || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		t.Errorf("got %v, want to hear that it was interrupted", err)
	}
}

func TestAnAnswerIsPrintedAsAskedFor(t *testing.T) {
	for asJSON, want := range map[bool]string{true: "{\n  \"a\": 1\n}\n", false: "one\n"} {
		var out strings.Builder
		c := &client{asJSON: asJSON, out: &out}
		err := c.print(map[string]int{"a": 1}, func(w io.Writer) error {
			_, err := io.WriteString(w, "one\n")
			return err
		})
		if err != nil || out.String() != want {
			t.Errorf("--json %t: printed %q (%v), want %q", asJSON, out.String(), err, want)
		}
	}
}
