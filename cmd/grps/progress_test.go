package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgressIsForTerminalsOnly(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := newProgress(file, "reading", 10)
	p.add(5)
	p.end()
	if info, err := file.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("a file got %d bytes of progress (%v), want none", info.Size(), err)
	}
	progress{}.add(1)
	progress{}.end()
}

func TestProgressCountsAndGoesAway(t *testing.T) {
	for _, test := range []struct {
		name  string
		total int64
		want  string
	}{{"known", 40, "(20/40)"}, {"unknown", 0, "(20/-)"}} {
		synctest.Test(t, func(t *testing.T) {
			var screen bytes.Buffer
			p := drawProgress(&screen, "reading the ledger", test.total)
			if !strings.Contains(screen.String(), "reading the ledger") {
				t.Errorf("%s: before the first step: got %q, want it to say what is being done", test.name, screen.String())
			}
			time.Sleep(time.Second)
			p.add(20)
			if !strings.Contains(screen.String(), test.want) {
				t.Errorf("%s: half way: got %q, want %s in it", test.name, screen.String(), test.want)
			}
			p.add(1000) // more came than were counted
			p.end()
			p.end()
			last := screen.String()[strings.LastIndexByte(strings.TrimSuffix(screen.String(), "\r"), '\r')+1:]
			if strings.TrimSpace(last) != "" {
				t.Errorf("%s: at the end: got %q on the line, want nothing", test.name, last)
			}
		})
	}
}
