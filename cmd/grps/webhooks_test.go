package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// What no output may show: the secrets of a webhook, and the part of its address that is one.
const (
	canaryPath = "canary-address"
	canaryOne  = "whsec_Y2FuYXJ5LW9uZS1jYW5hcnktb25lLWNhbmFyeS1vbmU="
	canaryTwo  = "whsec_Y2FuYXJ5LXR3by1jYW5hcnktdHdvLWNhbmFyeS10d28="
)

// receiver is a server that webhooks lead to. It can be away for a while and come back at the same address.
type receiver struct {
	address string

	mu     sync.Mutex
	server *httptest.Server
	heard  map[string][]heard // by path
}

type heard struct {
	header http.Header
	body   []byte
}

func startReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{address: "127.0.0.1:0", heard: make(map[string][]heard)}
	r.comeBack(t)
	t.Cleanup(r.leave)
	return r
}

// comeBack listens, at the address where it listened before.
func (r *receiver) comeBack(t *testing.T) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.address = listener.Addr().String()
	r.server = httptest.NewUnstartedServer(http.HandlerFunc(r.hear))
	r.server.Listener.Close()
	r.server.Listener = listener
	r.server.Start()
}

// leave stops listening.
func (r *receiver) leave() {
	r.mu.Lock()
	server := r.server
	r.mu.Unlock()
	server.Close()
}

func (r *receiver) hear(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // it is tried again
	}
	logtest.Request(request, body)
	r.mu.Lock()
	defer r.mu.Unlock()
	format := strings.TrimPrefix(request.URL.Path, "/"+canaryPath+"/")
	r.heard[format] = append(r.heard[format], heard{request.Header, body})
	w.WriteHeader(http.StatusNoContent)
}

// messages returns what was heard under a path.
func (r *receiver) messages(format string) []heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard[format])
}

// file writes a list with a webhook of each format that leads to the receiver, and returns its path.
func (r *receiver) file(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "webhooks.json")
	text := fmt.Sprintf(`{"webhooks": [
		{"name": "staff", "url": "http://%[1]s/%[2]s/generic", "secrets": ["%[3]s", "%[4]s"]},
		{"name": "chat", "url": "http://%[1]s/%[2]s/discord", "format": "discord"},
		{"name": "bans", "url": "http://%[1]s/%[2]s/slack", "format": "slack", "actions": ["BAN"]}]}`,
		r.address, canaryPath, canaryOne, canaryTwo)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// verified fails the test unless the message is signed under both secrets, and returns its id, type and player.
func verified(t *testing.T, m heard) (id, kind string, player int64) {
	t.Helper()
	id, timestamp := m.header.Get("webhook-id"), m.header.Get("webhook-timestamp")
	signatures := strings.Fields(m.header.Get("webhook-signature"))
	for _, secret := range []string{canaryOne, canaryTwo} {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, m.body)
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); !slices.Contains(signatures, want) {
			t.Errorf("message %s is not signed under %s", id, secret)
		}
	}
	var body struct {
		Type string
		Data struct {
			ID     string
			UserID int64
		}
	}
	if err := json.Unmarshal(m.body, &body); err != nil || body.Data.ID != id {
		t.Errorf("message %s says %s (%v)", id, m.body, err)
	}
	return id, body.Type, body.Data.UserID
}

// wantHeard waits until so many messages were heard under a path, and returns them.
func (r *receiver) wantHeard(t *testing.T, p *process, format string, want int) []heard {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); len(r.messages(format)) < want; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s heard %d messages, want %d\n%s", format, len(r.messages(format)), want, p.stderr)
		}
	}
	return r.messages(format)
}

// noCanaries fails the test when a text shows a secret.
func noCanaries(t *testing.T, what, text string) {
	t.Helper()
	for _, canary := range []string{canaryPath, canaryOne, canaryTwo, strings.TrimPrefix(canaryOne, "whsec_"), "canary-one-canary"} {
		if strings.Contains(text, canary) {
			t.Errorf("%s shows %s:\n%s", what, canary, text)
		}
	}
}

func TestWebhooksAreToldWhateverHappensToEitherSide(t *testing.T) {
	t.Parallel()
	onEach(t, webhooksAreTold)
}

func webhooksAreTold(t *testing.T, env, args []string) {
	t.Helper()
	folder, r, away := t.TempDir(), startReceiver(t), startReceiver(t)
	away.leave() // its address is free for figures
	env = append(env, "WEBHOOKS_FILE="+r.file(t), "WEBHOOK_ALLOW_PRIVATE=true", "LOG_LEVEL=debug", "METRICS_ADDRESS="+away.address)
	args = append(args, "--sandbox")
	report := `{"userId":%d,"username":"Arc<@1>","rank":"Ember Recruit","rankPoints":15,"kos":0,"wos":0,"warnings":%d}`

	p := startServe(t, folder, env, args...)
	if want := "webhooks  staff (generic), chat (discord), bans (slack); private addresses are allowed"; !strings.Contains(p.stdout.String(), want) {
		t.Errorf("the report does not say %q:\n%s", want, p.stdout)
	}
	_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(report, 1001, 0), "x-grps-apply", "true")
	id, kind, player := verified(t, r.wantHeard(t, p, "generic", 1)[0])
	if id != at(body, "decision", "requestId") || kind != "decision.applied" || player != 1001 {
		t.Errorf("heard %s %s about %d, want the decision %v", id, kind, player, at(body, "decision", "requestId"))
	}
	r.wantHeard(t, p, "discord", 1)

	r.leave() // while it is away, one player is promoted and two are banned, and then the service is killed
	for i, warnings := range []int{7, 0, 7} {
		_, body = p.call(http.MethodPost, ingestPath, fmt.Sprintf(report, 1002+i, warnings), "x-grps-apply", "true")
		if at(body, "decision", "status") != "applied" {
			t.Errorf("with its webhooks away: %v, want an applied decision", body["decision"])
		}
	}
	for !strings.Contains(p.stderr.String(), `webhook_no_server`) {
		time.Sleep(5 * time.Millisecond) // killed before that, its lease would have to run out first
	}
	time.Sleep(500 * time.Millisecond)
	p.kill()
	r.comeBack(t)
	again := startServe(t, folder, env, args...)
	players := map[int64]int{}
	for _, m := range r.wantHeard(t, again, "generic", 4) {
		_, _, player := verified(t, m)
		players[player]++
	}
	r.wantHeard(t, again, "discord", 4)
	r.wantHeard(t, again, "slack", 2)
	time.Sleep(time.Second) // nothing comes twice
	for format, want := range map[string]int{"generic": 4, "discord": 4, "slack": 2} {
		if n := len(r.messages(format)); n != want {
			t.Errorf("%s heard %d messages, want %d", format, n, want)
		}
	}
	for user := int64(1001); user <= 1004; user++ {
		if players[user] != 1 {
			t.Errorf("of %d it was told %d times", user, players[user])
		}
	}

	metrics := *again
	metrics.base = "http://" + away.address
	response, err := http.DefaultClient.Do(metrics.request(http.MethodGet, "/metrics", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	figures, err := io.ReadAll(response.Body)
	if err != nil || !strings.Contains(string(figures), `grps_effects_total{effect="webhook",result="delivered"}`) {
		t.Errorf("/metrics does not count webhooks (%v)", err)
	}
	code, shown, errs := runs(t, folder, env, "config")
	if code != 0 {
		t.Errorf("config: exit code %d\n%s", code, errs)
	}
	for what, text := range map[string]string{
		"/metrics": string(figures), "the first process": p.stdout.String() + p.stderr.String(), "the second": again.stdout.String() + again.stderr.String(), "config": shown + errs,
	} {
		noCanaries(t, what, text)
	}
	if again.stop() != 0 {
		t.Errorf("stopped badly\n%s", again.stderr)
	}
	for _, name := range []string{sandboxDatabase, sandboxDatabase + "-wal"} {
		if content, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
			noCanaries(t, name, string(content))
		}
	}
}

// The address of a webhook is looked at when it is connected to, and this machine is not the Internet.
func TestAWebhookThatLeadsToThisMachineIsNeverConnectedTo(t *testing.T) {
	t.Parallel()
	connected := make(chan string, 100)
	if listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:443"); err == nil { // where that is allowed
		defer listener.Close()
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				connected <- conn.RemoteAddr().String()
				conn.Close()
			}
		}()
	}
	file := filepath.Join(t.TempDir(), "webhooks.json")
	text := `{"webhooks": [{"name": "inside", "url": "https://localhost/` + canaryPath + `", "secrets": ["` + canaryOne + `"]}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	p := startServe(t, folder, []string{"WEBHOOKS_FILE=" + file, "LOG_LEVEL=debug"}, "--sandbox")
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true")
	call := []string{"GRPS_SERVER=" + p.base}
	var dead string
	for deadline := time.Now().Add(time.Minute); !strings.Contains(dead, "webhook_private: "); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing was given up:\n%s%s", dead, p.stderr)
		}
		_, dead, _ = runs(t, folder, call, "webhooks", "dead")
	}
	if !strings.Contains(dead, "leads to a private, loopback or link-local address; WEBHOOK_ALLOW_PRIVATE=true allows that") {
		t.Errorf("the list of what was given up does not say why:\n%s", dead)
	}
	code, list, errs := runs(t, folder, call, "webhooks", "list")
	if code != 0 || !strings.Contains(list, "inside  generic  localhost  all      0        -       1") {
		t.Errorf("list: exit code %d\n%s%s", code, list, errs)
	}
	code, _, errs = runs(t, folder, call, "webhooks", "test", "inside")
	if code != 1 || !strings.Contains(errs, "inside did not take the test: webhook_private: ") {
		t.Errorf("test: exit code %d\n%s", code, errs)
	}
	if len(connected) != 0 {
		t.Errorf("it was connected to from %s", <-connected)
	}
	p.stop()
	noCanaries(t, "the service", p.stdout.String()+p.stderr.String()+dead+list+errs)
}

func TestWhatWebhooksDidNotTakeIsShownAndSentAgainByCommand(t *testing.T) {
	t.Parallel()
	r := startReceiver(t)
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	t.Cleanup(refusing.Close)
	file := filepath.Join(t.TempDir(), "webhooks.json")
	write := func(address string) {
		t.Helper()
		text := fmt.Sprintf(`{"webhooks": [{"name": "staff", "url": "http://%s/%s/generic", "secrets": ["%s", "%s"]}]}`, address, canaryPath, canaryOne, canaryTwo)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(refusing.Listener.Addr().String())
	folder := t.TempDir()
	env := []string{"WEBHOOKS_FILE=" + file, "WEBHOOK_ALLOW_PRIVATE=true"}
	p := startServe(t, folder, env, "--sandbox")
	_, body := p.call(http.MethodPost, ingestPath, fmt.Sprintf(example, 750, 1), "x-grps-apply", "true")
	command := func(wantCode int, want string, words ...string) string {
		t.Helper()
		code, out, errs := runs(t, folder, []string{"GRPS_SERVER=" + p.base}, append([]string{"webhooks"}, words...)...)
		if code != wantCode || !strings.Contains(out+errs, want) {
			t.Fatalf("webhooks %q: exit code %d, want %d and %q\n%s%s", words, code, wantCode, want, out, errs)
		}
		noCanaries(t, "the command", out+errs)
		return out
	}
	id := fmt.Sprint(at(body, "decision", "requestId"))
	for deadline := time.Now().Add(time.Minute); !strings.Contains(command(0, "", "dead"), id); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing was given up\n%s", p.stderr)
		}
	}
	command(0, "webhook_gone: the webhook answered 410 Gone", "dead", "--target", "staff")
	command(1, "no webhook of that name is configured, and nothing that was given up has it as target", "dead", "--target", "other")
	command(1, "staff did not take the test: webhook_gone", "test", "staff")
	command(1, "no webhook of that name is configured", "test", "other")
	command(exitUsage, "write it as 'grps webhooks test NAME'", "test")
	command(exitUsage, "must be a list of ids", "replay", "--id", "0")
	command(1, "no webhook of that name is configured, and nothing that was given up has it as target", "replay", "--target", "other")
	command(1, "(not_found, request ", "replay", "--target", "other", "--json")
	command(0, "nothing of what was asked for is given up", "replay", "--target", "staff", "--id", "4711")
	p.stop()

	write(r.address) // somebody mends the address
	p = startServe(t, folder, env, "--sandbox")
	command(0, "staff took the test", "test", "staff")
	if _, kind, _ := verified(t, r.wantHeard(t, p, "generic", 1)[0]); kind != "test" {
		t.Errorf("the test is of type %q", kind)
	}
	var page struct {
		Effects []struct{ ID int64 }
	}
	if err := json.Unmarshal([]byte(command(0, id, "dead", "--json")), &page); err != nil || len(page.Effects) != 1 {
		t.Fatalf("got %+v (%v), want one dead letter", page, err)
	}
	command(0, "1 of what was given up is on its way again", "replay", "--id", fmt.Sprint(page.Effects[0].ID))
	if got, kind, _ := verified(t, r.wantHeard(t, p, "generic", 2)[1]); got != id || kind != "decision.applied" {
		t.Errorf("heard %s %s, want decision %s under its own id", got, kind, id)
	}
	command(0, "nothing was given up", "dead")
	command(0, "staff  generic  "+r.address, "list")
}
