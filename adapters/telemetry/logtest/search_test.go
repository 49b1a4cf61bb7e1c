package logtest_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

const (
	key  = "canary-key-of-a-game"
	body = `{"userId":12345678,"username":"ArcTrooper","rank":"Storm Corporal I","rankPoints":520,"metadata":{"favourite-map":"Hóth \"Echo\" base"}}`
)

// kept keeps what the function logs while one report with a key is known, and returns what is found.
func kept(t *testing.T, do func(log *zap.Logger)) logtest.Report {
	t.Helper()
	folder := t.TempDir()
	t.Setenv(logtest.Folder, folder)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.Header.Set("X-Grps-Api-Key", key)
	r.Header.Set("Authorization", "Bearer canary-token-of-another")
	logtest.Request(r, []byte(body))
	log, _ := logtest.Logger(zap.DebugLevel)
	do(log)
	report, err := logtest.Search(folder)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestWhatShowsASecretOrABodyIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		show func(log *zap.Logger)
		what string
	}{
		"a key in a message":              {func(log *zap.Logger) { log.Info("called with " + key) }, "a secret"},
		"a key in a field":                {func(log *zap.Logger) { log.Info("called", zap.String("key", key)) }, "a secret"},
		"a bearer token":                  {func(log *zap.Logger) { log.Debug("canary-token-of-another") }, "a secret"},
		"the headers of a request":        {func(log *zap.Logger) { log.Info("", zap.Any("h", http.Header{"X": {key}})) }, "a secret"},
		"a key in an address":             {func(log *zap.Logger) { log.Info("GET /?key=" + url.QueryEscape(key)) }, "a secret"},
		"a key in base64":                 {func(log *zap.Logger) { log.Info(base64.StdEncoding.EncodeToString([]byte(key))) }, "a secret"},
		"a key in hex":                    {func(log *zap.Logger) { log.Info(fmt.Sprintf("%x", key)) }, "a secret"},
		"a body":                          {func(log *zap.Logger) { log.Info("got", zap.String("body", body)) }, "a body"},
		"a body as JSON":                  {func(log *zap.Logger) { log.Info("got", zap.Reflect("body", map[string]any{"username": "ArcTrooper"})) }, "a body"},
		"how a body begins":               {func(log *zap.Logger) { log.Info("got " + body[:40] + "…") }, "a body"},
		"a body in base64":                {func(log *zap.Logger) { log.Info("got", zap.Binary("body", []byte(body))) }, "a body"},
		"a quoted body in an error":       {func(log *zap.Logger) { log.Info("", zap.Error(fmt.Errorf("read %q: odd", body))) }, "a body"},
		"a statement with a name":         {func(log *zap.Logger) { log.Info("INSERT INTO players VALUES (12345678, 'ArcTrooper')") }, "a body"},
		"a number of a body":              {func(log *zap.Logger) { log.Info(`got "rankPoints":520`) }, "a body"},
		"a number, and what follows":      {func(log *zap.Logger) { log.Info(`got "rankPoints":520, "kos":1`) }, "a body"},
		"metadata with letters and marks": {func(log *zap.Logger) { log.Info(`{"x":"H\u00f3th \"Echo\" base"}`) }, "a body"},
		"what games call their metadata":  {func(log *zap.Logger) { log.Info("map[favourite-map:…]") }, "a body"},
		"a body in a trace":               {func(*zap.Logger) { logtest.Answer(logtest.Traces, []byte("name:ArcTrooper")) }, "a body"},
		"a secret in a page of series":    {func(*zap.Logger) { logtest.Answer(logtest.Metrics, []byte(`x{key="`+key+`"} 1`)) }, "a secret"},
		"a secret in a problem":           {func(*zap.Logger) { logtest.Answer(logtest.Problem, []byte(`{"detail":"`+key+`"}`)) }, "a secret"},
		"a secret that is printed":        {func(*zap.Logger) { _, _ = logtest.Both(&bytes.Buffer{}, logtest.Printed).Write([]byte(key)) }, "a secret"},
	} {
		t.Run(name, func(t *testing.T) {
			report := kept(t, func(log *zap.Logger) {
				log.Info("before")
				c.show(log)
			})
			if len(report.Finds) != 1 || report.Finds[0].What != c.what {
				t.Fatalf("finds: got %v, want one line that shows %s", report.Finds, c.what)
			}
			said := report.Finds[0].String()
			if !strings.Contains(said, "****") || strings.Contains(said, key) || strings.Contains(said, "ArcTrooper") {
				t.Errorf("said: got %q, want what was found masked", said)
			}
		})
	}
}

func TestWhatALogMayHoldIsNotFound(t *testing.T) {
	report := kept(t, func(log *zap.Logger) {
		log.Info("decision", zap.Int64("user_id", 12345678), zap.String("to_rank", "Storm Corporal I"), zap.String("key", "canary"))
		log.Info(`"rankPoints":5201`)
		logtest.Answer(logtest.Problem, []byte(`{"field":"metadata.favourite-map"}`))
		_, _ = logtest.Both(&bytes.Buffer{}, logtest.Printed).Write([]byte(body))
	})
	if len(report.Finds) > 0 {
		t.Errorf("finds: got %v, want none", report.Finds)
	}
	if report.Lines != 4 || report.Secrets != 3 || report.Bodies != 1 || report.Files != 3 {
		t.Errorf("report: got %s, want 4 lines of 3 files, 3 secrets and 1 body", report)
	}
}

func TestWhatIsSentAndAnsweredIsKept(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(logtest.Folder, folder)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/problem+json")
		fmt.Fprintf(w, `{"detail":"not with %s"}`, r.Header.Get("X-Grps-Api-Key"))
	}))
	defer server.Close()
	client := &http.Client{Transport: logtest.Transport(&http.Transport{})}
	defer client.CloseIdleConnections()
	for _, path := range []string{"/", "/metrics"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(body+path))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Grps-Api-Key", key)
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var text bytes.Buffer
		if _, err := text.ReadFrom(response.Body); err != nil || !strings.Contains(text.String(), key) {
			t.Errorf("answer: got %q and %v, want it whole", &text, err)
		}
		response.Body.Close()
	}
	// The transport may close what it has sent a little after the answer.
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		report, err := logtest.Search(folder)
		if err == nil && report.Secrets == 1 && report.Bodies == 2 && len(report.Finds) == 2 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("report: got %s and %v, want 1 secret, 2 bodies and 2 lines", report, err)
		}
	}
}

func TestNothingIsKeptUnlessItIsAskedFor(t *testing.T) {
	t.Setenv(logtest.Folder, "")
	t.Chdir(t.TempDir())
	next := &http.Transport{}
	if got := logtest.Transport(next); got != next {
		t.Errorf("transport: got %v, want the one that was given", got)
	}
	var out bytes.Buffer
	if got := logtest.Both(&out, logtest.Log); got != &out {
		t.Errorf("writer: got %v, want the one that was given", got)
	}
	logtest.Secret(key)
	logtest.Body([]byte(body))
	log, lines := logtest.Logger(zap.InfoLevel)
	log.Info("a line")
	logtest.JSON(&out).Info("another")
	if lines.Len() != 1 || !strings.Contains(out.String(), "another") {
		t.Errorf("lines: got %d and %q, want one each", lines.Len(), &out)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("files: got %v and %v, want none", files, err)
	}
}
