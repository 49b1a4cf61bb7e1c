package logtest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Report is what was searched, for what, and what was found.
type Report struct {
	Programs []string // the tests that kept something, by the name of their binary
	Files    int
	Lines    int
	Bytes    int64
	Secrets  int // different ones
	Short    int // secrets that are too short or too plain to be looked for
	Bodies   int // different ones
	Finds    []Find
}

// Find is a line that shows what it must not.
type Find struct {
	File string
	Line int
	What string // a secret or a body
	Text string // the line around it, without it
}

// String returns a sentence that shows nothing itself.
func (f Find) String() string {
	return fmt.Sprintf("%s:%d shows %s: %s", f.File, f.Line, f.What, f.Text)
}

// String says how much was searched.
func (r Report) String() string {
	return fmt.Sprintf("searched %d bytes in %d lines of %d files, from %s, for %d secrets (%d are no more than words) and %d bodies: found in %d lines",
		r.Bytes, r.Lines, r.Files, strings.Join(r.Programs, ", "), r.Secrets, r.Short, r.Bodies, len(r.Finds))
}

// Search reads what a run kept in a folder.
func Search(folder string) (Report, error) {
	var r Report
	hidden, err := noted(folder, secrets)
	if err != nil {
		return r, err
	}
	sent, err := noted(folder, bodies)
	if err != nil {
		return r, err
	}
	r.Bodies = len(sent)
	shown, all := newNeedles(), newNeedles()
	for _, text := range hidden {
		if utf8.RuneCountInString(text) < shortest || word(text) {
			r.Short++
			continue
		}
		r.Secrets++
		for _, form := range forms(text) {
			shown.add(form, "a secret")
			all.add(form, "a secret")
		}
	}
	for _, body := range sent {
		for _, piece := range pieces([]byte(body)) {
			all.add(piece, "a body")
		}
	}
	for _, s := range [...]struct {
		stream Stream
		sought needles
	}{{Log, all}, {Traces, all}, {Metrics, all}, {Printed, shown}, {Problem, shown}} {
		if err := r.search(folder, s.stream, s.sought); err != nil {
			return r, err
		}
	}
	slices.Sort(r.Programs)
	r.Programs = slices.Compact(r.Programs)
	return r, nil
}

// noted returns the different texts of a kind.
func noted(folder string, kind Stream) ([]string, error) {
	different := map[string]bool{}
	err := eachLine(folder, kind, func(file string, number int, line []byte) error {
		var text []byte
		if err := json.Unmarshal(line, &text); err != nil {
			return fmt.Errorf("%s:%d: %w", file, number, err)
		}
		different[string(text)] = true
		return nil
	})
	texts := make([]string, 0, len(different))
	for text := range different {
		texts = append(texts, text)
	}
	return texts, err
}

func (r *Report) search(folder string, s Stream, sought needles) error {
	last := ""
	return eachLine(folder, s, func(file string, number int, line []byte) error {
		if file != last {
			last = file
			r.Files++
			r.Programs = append(r.Programs, file[:strings.LastIndexByte(file, '-')])
		}
		r.Lines++
		r.Bytes += int64(len(line)) + 1
		// A text in an error in a field of a line is escaped once for each.
		for range 3 {
			if what, masked := sought.in(line); what != "" {
				r.Finds = append(r.Finds, Find{File: file, Line: number, What: what, Text: masked})
				return nil
			}
			plain := unescaped(line)
			if len(plain) == len(line) {
				return nil
			}
			line = plain
		}
		return nil
	})
}

// eachLine calls use with every line that was kept of a stream, its file and its number.
func eachLine(folder string, s Stream, use func(file string, number int, line []byte) error) error {
	files, err := filepath.Glob(filepath.Join(folder, "*."+string(s)))
	if err != nil {
		return err
	}
	for _, path := range files {
		if err := linesOf(path, use); err != nil {
			return err
		}
	}
	return nil
}

func linesOf(path string, use func(file string, number int, line []byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	reader := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			if err := use(filepath.Base(path), number, bytes.TrimSuffix(line, []byte("\n"))); err != nil {
				return err
			}
		}
		if err != nil {
			return ended(err)
		}
	}
}
