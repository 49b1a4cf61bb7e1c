package main

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

var update = flag.Bool("update", false, "rewrite what the README shows")

const readmePath = "../../README.md"

func TestTheReadmeTourShowsWhatItPrints(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the tour needs curl")
		}
		t.Skip("the tour needs curl; install it to run this test")
	}
	tour := section(t, "tour")
	rewrite(t, tour, followed(t, tour, func() *strings.Replacer {
		p := startServe(t, t.TempDir(), nil, "--sandbox")
		return strings.NewReplacer("localhost:8080", strings.TrimPrefix(p.base, "http://"))
	}))
}

// followed runs the commands of a text, as a fresh service has them, and returns it with what they print. It fails the test when that is not
// what the text shows, after some tries: the text shows how many seconds passed, which on a slow machine may be one more.
func followed(t *testing.T, text string, fresh func() *strings.Replacer) string {
	t.Helper()
	for try := 1; ; try++ {
		var faults []string
		here := fresh()
		changed := fence.ReplaceAllStringFunc(text, func(example string) string {
			parts := fence.FindStringSubmatch(example)
			command, language, want := parts[1], parts[2], parts[3]
			got := shell(t, t.TempDir(), here.Replace(command))
			if diff := cmp.Diff(masked(want), masked(got)); diff != "" {
				faults = append(faults, fmt.Sprintf("%s\nprints something else (-README +printed):\n%s", command, diff))
			}
			return fmt.Sprintf("```sh\n%s```\n\n```%s\n%s```\n", command, language, got)
		})
		if *update || len(faults) == 0 {
			return changed
		}
		if try == 3 {
			t.Error(strings.Join(faults, "\n"))
			return changed
		}
	}
}

func TestTheReadmeShowsWhatStaffCanDo(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the chapters for staff need curl")
		}
		t.Skip("the chapters for staff need curl; install it to run this test")
	}
	chapters := section(t, "staff")
	rewrite(t, chapters, followed(t, chapters, func() *strings.Replacer {
		folder := t.TempDir()
		p := startServe(t, folder, nil, "--sandbox")
		there := "GRPS_SERVER=" + p.base + " " + asGrps(t)
		return strings.NewReplacer(
			"localhost:8080", strings.TrimPrefix(p.base, "http://"),
			"sqlite:///"+sandboxDatabase, "sqlite:///"+filepath.Join(folder, sandboxDatabase),
			"grps decision", asGrps(t)+" decision", "grps approvals", there+" approvals", "grps approve", there+" approve", "grps reject", there+" reject",
			"grps hold", there+" hold", "grps undo", there+" undo", "grps rewind", there+" rewind",
		)
	}))
}

// asGrps returns a program that is grps.
func asGrps(t *testing.T) string {
	t.Helper()
	self := filepath.Join(t.TempDir(), "grps")
	wrapper := fmt.Sprintf("#!/bin/sh\n%s=1 exec %s \"$@\"\n", runAsGrps, os.Args[0])
	if err := os.WriteFile(self, []byte(wrapper), 0o700); err != nil {
		t.Fatal(err)
	}
	return self
}

func TestTheReadmeListsEverySetting(t *testing.T) {
	var table bytes.Buffer
	if err := printMarkdown(&table); err != nil {
		t.Fatal(err)
	}
	shown := section(t, "settings")
	want := "\n" + table.String()
	if diff := cmp.Diff(want, shown); diff != "" && !*update {
		t.Errorf("run go test ./cmd/grps -run Readme -update (-table +README):\n%s", diff)
	}
	rewrite(t, "<!-- settings -->"+shown+"<!-- /settings -->", "<!-- settings -->"+want+"<!-- /settings -->")
}

func TestTheReadmeListsEveryCommand(t *testing.T) {
	table := "\n| command | does |\n|---|---|\n"
	var list func(of *cobra.Command)
	list = func(of *cobra.Command) {
		for _, cmd := range of.Commands() {
			if cmd.IsAvailableCommand() && (!cmd.HasSubCommands() || cmd.Flags().Lookup("json") != nil) {
				table += fmt.Sprintf("| `%s` | %s |\n", strings.ReplaceAll(strings.TrimSuffix(cmd.UseLine(), " [flags]"), "|", "\\|"), cmd.Short)
			}
			list(cmd)
		}
	}
	list(newRoot())
	shown := section(t, "commands")
	if diff := cmp.Diff(table, shown); diff != "" && !*update {
		t.Errorf("run go test ./cmd/grps -run Readme -update (-commands +README):\n%s", diff)
	}
	rewrite(t, "<!-- commands -->"+shown+"<!-- /commands -->", "<!-- commands -->"+table+"<!-- /commands -->")
}

func TestTheReadmeLeadsOnlyToChaptersThatThereAre(t *testing.T) {
	text := readme(t)
	there := map[string]bool{}
	for _, title := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		there[strings.ReplaceAll(strings.ToLower(title[1]), " ", "-")] = true
	}
	led := map[string]bool{}
	for _, link := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		led[link[1]] = true
		if !there[link[1]] {
			t.Errorf("#%s leads nowhere", link[1])
		}
	}
	for _, title := range regexp.MustCompile(`(?m)^## (.+)$`).FindAllStringSubmatch(text, -1) {
		if anchor := strings.ReplaceAll(strings.ToLower(title[1]), " ", "-"); anchor != "contents" && !led[anchor] {
			t.Errorf("no link leads to the chapter %s; list it under Contents", title[1])
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([A-Za-z][^):#]*)\)`).FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(filepath.Join(filepath.Dir(readmePath), link[1])); err != nil {
			t.Errorf("%s leads nowhere: %v", link[1], err)
		}
	}
}

func TestTheReadmeEvaluatesOnPaper(t *testing.T) {
	rules := readme(t)
	rules = rules[strings.Index(rules, "## The rules"):]
	parts := fence.FindStringSubmatch(rules)
	if parts == nil {
		t.Fatal("the README shows no evaluation")
	}
	got := shell(t, t.TempDir(), strings.ReplaceAll(parts[1], "grps evaluate", asGrps(t)+" evaluate"))
	if diff := cmp.Diff(parts[3], got); diff != "" && !*update {
		t.Errorf("%s\nprints something else (-README +printed):\n%s", parts[1], diff)
	}
	rewrite(t, parts[0], fmt.Sprintf("```sh\n%s```\n\n```%s\n%s```\n", parts[1], parts[2], got))
}

func TestTheReadmeChecksTheSignatureOfAMessage(t *testing.T) {
	for _, program := range []string{"openssl", "base64", "od"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("the example needs %s", program)
			}
			t.Skipf("the example needs %s; install it to run this test", program)
		}
	}
	chapter := readme(t)
	chapter = chapter[strings.Index(chapter, "## Telling others"):]
	var snippet string
	for _, parts := range fence.FindAllStringSubmatch(chapter, -1) {
		if strings.Contains(parts[1], "openssl dgst") {
			snippet = parts[1]
			break
		}
	}
	r := startReceiver(t)
	p := startServe(t, t.TempDir(), []string{"WEBHOOKS_FILE=" + r.file(t), "WEBHOOK_ALLOW_PRIVATE=true"}, "--sandbox")
	p.call(http.MethodPost, ingestPath, fmt.Sprintf(strings.Replace(example, "ArcTrooper", `Ärc \"Trooper\" \\`, 1), 750, 1), "x-grps-apply", "true")
	m := r.wantHeard(t, p, "generic", 1)[0]
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "body.json"), m.body, 0o600); err != nil {
		t.Fatal(err)
	}
	settings := fmt.Sprintf("secret=%s id=%s timestamp=%s\n", canaryTwo, m.header.Get("webhook-id"), m.header.Get("webhook-timestamp"))
	got := "v1," + strings.TrimSpace(shell(t, folder, settings+snippet))
	if signatures := strings.Fields(m.header.Get("webhook-signature")); snippet == "" || len(signatures) != 2 || signatures[1] != got {
		t.Errorf("the example prints %s, want the second of %q", got, signatures)
	}
}

// fence is a command and, in the block after it, what it prints.
var fence = regexp.MustCompile("(?s)```sh\n(.*?)```\n\n```(json|text)\n(.*?)```\n")

// volatile is what differs from run to run: ids and instants.
var volatile = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}|\d{4}-\d\d-\d\dT[\d:.]+Z`)

func masked(text string) string { return volatile.ReplaceAllString(text, "…") }

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(readmePath)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// section returns what stands between the comments <!-- name --> and <!-- /name -->.
func section(t *testing.T, name string) string {
	t.Helper()
	_, rest, opened := strings.Cut(readme(t), "<!-- "+name+" -->")
	text, _, closed := strings.Cut(rest, "<!-- /"+name+" -->")
	if !opened || !closed {
		t.Fatalf("the README has no section %q", name)
	}
	return text
}

// rewrite replaces part of the README when the test was run with -update.
func rewrite(t *testing.T, old, changed string) {
	t.Helper()
	if !*update || old == changed {
		return
	}
	text := strings.Replace(readme(t), old, changed, 1)
	if err := os.WriteFile(readmePath, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// curlBody is what a command sends.
var curlBody = regexp.MustCompile(`(?s)(?:-d|--data(?:-binary)?) '([^']*)'`)

// shell runs a command as a reader would and returns what it prints, ending in a newline.
func shell(t *testing.T, folder, command string) string {
	t.Helper()
	for _, body := range curlBody.FindAllStringSubmatch(command, -1) {
		logtest.Body([]byte(body[1]))
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return strings.TrimRight(string(out), "\n") + "\n"
}
