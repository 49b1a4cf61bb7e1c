package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/viper"

	"github.com/grps/grps/adapters/telemetry"
	"github.com/grps/grps/adapters/telemetry/logtest"
)

const deployFolder = "../../deploy"

// unwatched are series that neither the dashboard nor a rule shows, and why.
var unwatched = map[string]string{}

// labelsAdded are the labels that Prometheus adds to every series, and the one of a bucket.
var labelsAdded = []string{"job", "instance", "le"}

// described collects what is registered, without any value of it.
type described struct {
	prometheus.Registerer
	labels map[string][]string // by the name of the series
}

var descriptionText = regexp.MustCompile(`fqName: "([a-z_]+)".*constLabels: \{(.*)\}, variableLabels: \{([^}]*)\}`)

// MustRegister implements prometheus.Registerer.
func (d *described) MustRegister(collectors ...prometheus.Collector) {
	for _, c := range collectors {
		found := make(chan *prometheus.Desc, 100)
		c.Describe(found)
		close(found)
		for description := range found {
			parts := descriptionText.FindStringSubmatch(description.String())
			if parts == nil {
				continue // the runtime's, whose series are not listed before they are gathered
			}
			labels := strings.FieldsFunc(parts[3], func(r rune) bool { return r == ',' || r == ' ' })
			for _, constant := range regexp.MustCompile(`([a-z]+)=`).FindAllStringSubmatch(parts[2], -1) {
				labels = append(labels, constant[1])
			}
			d.labels[parts[1]] = labels
		}
	}
}

// registered returns the labels of every series that the service can export, by its name.
func registered(t *testing.T) map[string][]string {
	t.Helper()
	d := &described{labels: map[string][]string{}}
	telemetry.New(logtest.JSON(io.Discard), d)
	telemetry.NewRequests(d)
	telemetry.RegisterProcess(d, "test")
	if len(d.labels) < 25 {
		t.Fatalf("only %d series are registered: %q", len(d.labels), slices.Sorted(maps.Keys(d.labels)))
	}
	return d.labels
}

// expressions returns what the rules and the dashboard ask, by where it stands.
func expressions(t *testing.T) map[string]string {
	t.Helper()
	asked := map[string]string{}
	for _, r := range alerts(t) {
		asked["the alert "+r.Alert] = r.Expr
	}
	text, err := os.ReadFile(filepath.Join(deployFolder, "grafana", "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Panels []struct {
			Title   string
			GridPos struct{ H, W, X, Y int }
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	for _, panel := range board.Panels {
		if panel.GridPos.W == 0 || panel.GridPos.X+panel.GridPos.W > 24 {
			t.Errorf("the panel %q stands outside of the board", panel.Title)
		}
		for i, target := range panel.Targets {
			asked[fmt.Sprintf("the panel %s, %d", panel.Title, i+1)] = target.Expr
		}
	}
	if len(asked) < 40 {
		t.Fatalf("only %d expressions are found", len(asked))
	}
	return asked
}

type alert struct {
	Alert, Expr, For string
	Labels           map[string]string
	Annotations      map[string]string
}

func alerts(t *testing.T) []alert {
	t.Helper()
	v := viper.New()
	v.SetConfigFile(filepath.Join(deployFolder, "prometheus", "rules.yaml"))
	if err := v.ReadInConfig(); err != nil {
		t.Fatal(err)
	}
	var rules struct{ Groups []struct{ Rules []alert } }
	if err := v.Unmarshal(&rules); err != nil {
		t.Fatal(err)
	}
	var all []alert
	for _, group := range rules.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

var (
	seriesName  = regexp.MustCompile(`\b(grps_[a-z0-9_]+)(?:\{([^}]*)\})?`)
	matchedName = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)`)
	groupedBy   = regexp.MustCompile(`\b(?:by|without)\s*\(([^)]*)\)`)
)

func TestEveryPanelAndAlertAsksForWhatTheServiceExports(t *testing.T) {
	known, used := registered(t), map[string]bool{}
	for where, expression := range expressions(t) {
		if strings.Count(expression, "(") != strings.Count(expression, ")") {
			t.Errorf("%s: %s has brackets that do not match", where, expression)
		}
		allowed := slices.Clone(labelsAdded)
		for _, found := range seriesName.FindAllStringSubmatch(expression, -1) {
			name := found[1]
			for _, part := range []string{"_bucket", "_sum", "_count"} {
				if _, ok := known[name]; !ok {
					name = strings.TrimSuffix(name, part)
				}
			}
			labels, ok := known[name]
			if !ok {
				t.Errorf("%s: the service exports no %s", where, found[1])
				continue
			}
			used[name], allowed = true, append(allowed, labels...)
			for _, matched := range matchedName.FindAllStringSubmatch(found[2], -1) {
				if !slices.Contains(append(labels, labelsAdded...), matched[1]) {
					t.Errorf("%s: %s has no label %s", where, name, matched[1])
				}
			}
		}
		for _, grouped := range groupedBy.FindAllStringSubmatch(expression, -1) {
			for label := range strings.SplitSeq(grouped[1], ",") {
				if !slices.Contains(allowed, strings.TrimSpace(label)) {
					t.Errorf("%s: nothing that it asks for has the label %s", where, label)
				}
			}
		}
	}
	for name := range known {
		reason, left := unwatched[name]
		switch {
		case !strings.HasPrefix(name, "grps_"):
		case left && used[name]:
			t.Errorf("%s is used, although it is said not to be: %s", name, reason)
		case !left && !used[name]:
			t.Errorf("%s is in no panel of deploy/grafana/dashboard.json and in no rule of deploy/prometheus/rules.yaml; show it, or say here why not", name)
		}
	}
}

func TestTheReadmeSaysWhatToDoAboutEveryAlert(t *testing.T) {
	text := readme(t)
	for _, a := range alerts(t) {
		if !strings.Contains(text, "| `"+a.Alert+"` |") {
			t.Errorf("the README has no row for the alert %s", a.Alert)
		}
		if severity := a.Labels["severity"]; severity != "page" && severity != "ticket" || a.Annotations["summary"] == "" {
			t.Errorf("the alert %s has the severity %q and says %q, want page or ticket and a sentence", a.Alert, severity, a.Annotations["summary"])
		}
	}
	for _, row := range regexp.MustCompile("\\| `(Grps[A-Za-z]+)` \\|").FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(alerts(t), func(a alert) bool { return a.Alert == row[1] }) {
			t.Errorf("the README speaks of the alert %s, which no rule raises", row[1])
		}
	}
}

// settingName is a setting as files of settings name it.
var settingName = regexp.MustCompile(`(?m)^\s*(?:- key: )?"?([A-Z][A-Z0-9_]{3,})"?\s*(?:[:=]|$)`)

func TestTheFilesForServersNameSettingsThatExist(t *testing.T) {
	others := []string{"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
	for _, s := range settings() {
		others = append(others, s.key)
	}
	for _, file := range []string{"../../compose.yaml", deployFolder + "/fly.toml", deployFolder + "/render.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v := viper.New()
		v.SetConfigFile(file)
		if err := v.ReadInConfig(); err != nil {
			t.Errorf("%s cannot be read: %v", file, err)
		}
		found := settingName.FindAllStringSubmatch(string(text), -1)
		if len(found) < 4 {
			t.Errorf("%s names %d settings, want some: the test does not see", file, len(found))
		}
		for _, name := range found {
			if !slices.Contains(others, name[1]) {
				t.Errorf("%s sets %s, which is no setting", file, name[1])
			}
		}
	}
}

func TestTheUnitOfSystemdIsOneAndKeepsTheServiceIn(t *testing.T) {
	systemd, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd is not installed here, so nothing can judge its unit")
	}
	text, err := os.ReadFile(filepath.Join(deployFolder, "grps.service"))
	if err != nil {
		t.Fatal(err)
	}
	unit := filepath.Join(t.TempDir(), "grps.service")
	here := strings.NewReplacer("/usr/local/bin/grps", "/bin/true").Replace(string(text))
	if err := os.WriteFile(unit, []byte(here), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(systemd, "verify", unit).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.Command(systemd, "security", "--offline=true", "--threshold=15", unit).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security finds more exposure than 1.5 of 10: %v\n%s", err, out)
	}
}
