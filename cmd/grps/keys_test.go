package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// keysFile writes a file of keys in one step; each has the scopes given, and its name for a secret.
func keysFile(t *testing.T, path string, entries ...keyEntry) {
	t.Helper()
	for i, entry := range entries {
		sum := sha256.Sum256([]byte(secretOf(entry.Name)))
		entries[i].SHA256 = hex.EncodeToString(sum[:])
	}
	text, err := json.Marshal(map[string]any{"keys": entries})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".next", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".next", path); err != nil {
		t.Fatal(err)
	}
}

// secretOf returns the secret of a key of the tests.
func secretOf(name string) string { return "canary-secret-of-" + name }

// TestKeysAreAddedSwitchedAndRevokedWithoutAFailure turns keys over while requests come in.
func TestKeysAreAddedSwitchedAndRevokedWithoutAFailure(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "keys.json")
	first, second := keyEntry{Name: "first", Scopes: []string{"ingest"}}, keyEntry{Name: "second", Scopes: []string{"ingest", "read"}}
	keysFile(t, path, first)
	p := startServe(t, folder, []string{"KEYS_FILE=" + path, "ADMIN_API_KEYS=" + staffKey, "HOST=127.0.0.1"})
	status := func(key, path string) int {
		t.Helper()
		got, _ := p.call(http.MethodGet, path, "", "x-grps-api-key", key)
		return got
	}
	reports := func(key string) int {
		t.Helper()
		got, _ := p.call(http.MethodPost, ingestPath, `{"userId":77,"username":"Vex","rankPoints":1,"kos":0,"wos":0}`, "x-grps-api-key", key)
		return got
	}
	if got := status(secretOf("first"), "/leaderboard/top"); got != http.StatusForbidden {
		t.Errorf("reading with the scope ingest: got %d, want 403", got)
	}
	var failures, asked atomic.Int64
	var inUse atomic.Value
	inUse.Store("first")
	done := make(chan struct{})
	var traffic sync.WaitGroup
	traffic.Go(func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
			name, _ := inUse.Load().(string)
			asked.Add(1)
			if got := reports(secretOf(name)); got != http.StatusOK {
				failures.Add(1)
				t.Errorf("a report with the key %s: got %d, want 200", name, got)
			}
		}
	})
	within := func(what string, ok func() bool) {
		t.Helper()
		began := time.Now()
		for !ok() {
			if time.Since(began) > slowness*2*time.Second {
				t.Fatalf("%s: not so two seconds later", what)
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Logf("%s: after %s", what, time.Since(began).Round(time.Millisecond))
	}
	keysFile(t, path, first, second)
	within("a key that was added opens", func() bool { return status(secretOf("second"), "/leaderboard/top") == http.StatusOK })
	inUse.Store("second")
	time.Sleep(50 * time.Millisecond) // what is under way with the first key ends
	keysFile(t, path, second)
	within("a key that was revoked opens nothing", func() bool { return reports(secretOf("first")) == http.StatusUnauthorized })
	if err := os.WriteFile(path, []byte(`{"keys":[`), 0o600); err != nil {
		t.Fatal(err)
	}
	within("a broken file is told", func() bool { return strings.Contains(p.stderr.String(), "the last good keys stay in force") })
	close(done)
	traffic.Wait()
	if asked.Load() < 20 || failures.Load() > 0 {
		t.Errorf("of %d reports %d failed, want many and none", asked.Load(), failures.Load())
	}
	if reports(secretOf("second")) != http.StatusOK || status(staffKey, "/automation/reviews") != http.StatusOK {
		t.Error("beside a broken file: the last good key and that of the environment must open")
	}
	if log := p.stderr.String(); strings.Contains(log, "canary") || !strings.Contains(log, `"added":["second"]`) {
		t.Errorf("log: want the names of keys and no secret:\n%s", log)
	}
}

// A key that bears such a name could pass for the service, or for Roblox, in every record.
func TestNoKeyMayHaveANameThatTheServiceDecidesUnder(t *testing.T) {
	for _, name := range []string{"anonymous", "limits", "STOP", "roblox", "schedule", "reconcile", "restore"} {
		err := printKey(io.Discard, io.Discard, "secret", keyEntry{Name: name, Scopes: []string{"read"}})
		if err == nil || !strings.Contains(err.Error(), "--name is taken") {
			t.Errorf("%s: got %v, want the name refused", name, err)
		}
	}
}
