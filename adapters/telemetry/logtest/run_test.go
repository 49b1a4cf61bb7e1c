package logtest_test

import (
	"os"
	"slices"
	"testing"

	"github.com/grps/grps/adapters/telemetry/logtest"
)

// TestTheRunLoggedNoSecretAndNoBody searches what a run of the tests kept in the folder that TEST_GRPS_LOGS_OF names. It is the last
// word on a run, so it fails as well when that cannot have been a whole one.
func TestTheRunLoggedNoSecretAndNoBody(t *testing.T) {
	const most = 50 // lines that are shown
	folder := os.Getenv("TEST_GRPS_LOGS_OF")
	if folder == "" {
		t.Skip("TEST_GRPS_LOGS_OF names no folder in which TEST_GRPS_LOGS has kept a run")
	}
	report, err := logtest.Search(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(report)
	for _, find := range report.Finds[:min(len(report.Finds), most)] {
		t.Error(find)
	}
	if len(report.Finds) > most {
		t.Errorf("and %d lines more", len(report.Finds)-most)
	}
	if report.Lines == 0 || report.Secrets == 0 || report.Bodies == 0 {
		t.Error("a run without lines, secrets or bodies was not searched but missed")
	}
	for _, program := range []string{"grps.test", "httpapi.test", "telemetry.test"} {
		if !slices.Contains(report.Programs, program) {
			t.Errorf("%s has kept nothing; it logs", program)
		}
	}
}
