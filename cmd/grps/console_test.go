package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/zap"
)

func TestALogForPeopleLeavesOutWhatNobodyReads(t *testing.T) {
	revision := strings.Repeat("b0eb47a6", 8)
	fields := []zap.Field{zap.String("request_id", "01a211f6"), zap.String("principal", ""), zap.Int64("user_id", 7), zap.String("policy", revision)}
	lines := func(format string) string {
		var out bytes.Buffer
		log, err := newLogger(config{logLevel: "info", logFormat: format}, &out)
		if err != nil {
			t.Fatal(err)
		}
		log.With(zap.String("part", "x")).Info("decision", fields...)
		log.Warn("denied", fields...)
		return out.String()
	}
	got := lines("console")
	want := regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{3}  INFO  decision  {"part": "x", "user_id": 7, "policy": "b0eb47a6b0eb"}
\d\d:\d\d:\d\d\.\d{3}  WARN  denied  {"request_id": "01a211f6", "user_id": 7, "policy": "b0eb47a6b0eb"}
$`)
	if !want.MatchString(got) {
		t.Errorf("console: got\n%s\nwant\n%s", got, want)
	}
	for _, whole := range []string{revision, `"request_id":"01a211f6"`, `"principal":""`} {
		if got := lines("json"); strings.Count(got, whole) != 2 {
			t.Errorf("json: got\n%s\nwant %s in both lines", got, whole)
		}
	}
}
