package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// bookmark is how far an import of a file came, kept beside the file.
type bookmark struct {
	path string
	page bookmarkPage
}

// bookmarkPage is what the bookmark holds. It counts for the very file that it was written for.
type bookmarkPage struct {
	Size    int64     `json:"size"`
	ModTime time.Time `json:"modTime"`
	Rows    int64     `json:"rows"`
}

func bookmarkOf(path string, about os.FileInfo) bookmark {
	return bookmark{path + ".imported", bookmarkPage{Size: about.Size(), ModTime: about.ModTime().UTC()}}
}

// read returns how many rows were taken in before; 0 when there is no bookmark of this file.
func (b bookmark) read() int64 {
	text, err := os.ReadFile(b.path)
	var page bookmarkPage
	if err != nil || json.Unmarshal(text, &page) != nil || page.Size != b.page.Size || !page.ModTime.Equal(b.page.ModTime) {
		return 0
	}
	return page.Rows
}

func (b bookmark) write(rows int64) error {
	b.page.Rows = rows
	text, err := json.Marshal(b.page)
	if err == nil {
		err = os.WriteFile(b.path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(b.path+".new", b.path)
	}
	if err != nil {
		return fmt.Errorf("remember how far the import came: %w", err)
	}
	return nil
}

func (b bookmark) remove() error {
	if err := os.Remove(b.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forget how far the import came: %w", err)
	}
	return nil
}

// countingReader tells how much was read.
type countingReader struct {
	from  io.Reader
	count func(n int)
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.count(n)
	return n, err
}

// lineReader reads lines of bounded length.
type lineReader struct {
	from *bufio.Reader
	line int
}

// next returns a line without its end, and its number. A line that is too long is a lineError.
func (r *lineReader) next() ([]byte, int, error) {
	var line []byte
	tooLong := false
	for {
		part, err := r.from.ReadSlice('\n')
		if !tooLong {
			line = append(line, part...)
		}
		tooLong = tooLong || len(line) > maxLineBytes
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
			return nil, r.line, err
		}
		r.line++
		if tooLong {
			return nil, r.line, lineError{fmt.Errorf("is longer than %d bytes", maxLineBytes)}
		}
		return line, r.line, nil
	}
}

// rowsOf returns a reader of the players in a file of that name. unknown is told of keys of JSON that are none.
func rowsOf(path string, in io.Reader, unknown func(key string, line int)) (rowReader, error) {
	switch lower := strings.ToLower(path); {
	case strings.HasSuffix(lower, ".csv"):
		return newCSVRows(bufio.NewReaderSize(in, 1<<20))
	case strings.HasSuffix(lower, ".jsonl"), strings.HasSuffix(lower, ".ndjson"):
		return jsonRows{&lineReader{from: bufio.NewReaderSize(in, 1<<20)}, make(map[string]bool), unknown}, nil
	}
	return nil, errors.New("the name must end in .csv, .jsonl or .ndjson")
}
