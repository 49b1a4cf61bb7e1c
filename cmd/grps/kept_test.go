package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// mainKept is main with its streams kept for the search of what a run logs.
func mainKept() {
	keepCrash()
	os.Exit(runKept(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// runKept is run with its streams kept, and the secrets that are set noted. What `grps keys` prints is not: a new secret, which it shows
// to whoever asked for it and nowhere else. `grps erase` tells whom it is about to erase at the terminal that it was asked at.
func runKept(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if os.Getenv(logtest.Folder) != "" {
		noteSecrets()
	}
	if len(args) == 0 || args[0] != "keys" {
		stdout = logtest.Both(stdout, logtest.Printed)
	}
	complaints := logtest.Log
	if len(args) > 0 && args[0] == "erase" {
		complaints = logtest.Printed
	}
	return run(ctx, args, stdin, stdout, logtest.Both(stderr, complaints))
}

// noteSecrets notes every secret that the environment and .env set, and those of the file of webhooks.
func noteSecrets() {
	from, err := newSource(nil)
	if err != nil {
		return // the command says so
	}
	logtest.Secret(from.secrets()...)
	for _, pair := range os.Environ() {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, tracingPrefix) && strings.HasSuffix(name, "_HEADERS") {
			for _, header := range strings.Split(value, ",") {
				_, secret, _ := strings.Cut(header, "=")
				logtest.Secret(secret)
			}
		}
	}
	text, err := os.ReadFile(from.text("WEBHOOKS_FILE"))
	if err != nil {
		return // none is set, or the command says so
	}
	for _, secret := range webhookSecret.FindAllString(string(text), -1) {
		logtest.Secret(secret, strings.TrimPrefix(secret, "whsec_"))
	}
	for _, address := range webhookAddress.FindAllStringSubmatch(string(text), -1) {
		logtest.Secret(address[1])
	}
}

var (
	webhookSecret  = regexp.MustCompile(`whsec_[\w+/=-]+`)
	webhookAddress = regexp.MustCompile(`https?://[^/"\s]+/([^"\s]+)`)
)

// overheard returns where to call a service so that what is sent to it by a process is noted; the service itself when nothing is kept.
func overheard(t *testing.T, base string) string {
	t.Helper()
	if os.Getenv(logtest.Folder) == "" {
		return base
	}
	to, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport: logtest.Transport(&http.Transport{MaxIdleConnsPerHost: 64}),
	})
	t.Cleanup(front.Close)
	return front.URL
}

// keepCrash has what the runtime says of a panic kept as well, which it writes to no stream that can be given to it.
func keepCrash() {
	folder := os.Getenv(logtest.Folder)
	if folder == "" {
		return
	}
	file, err := os.OpenFile(filepath.Join(folder, fmt.Sprintf("grps.test-%d.crash.log", os.Getpid())), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		err = debug.SetCrashOutput(file, debug.CrashOptions{})
	}
	if err != nil {
		panic(err)
	}
	_ = file.Close() // the runtime has its own
	log.SetOutput(logtest.Both(os.Stderr, logtest.Log))
}
