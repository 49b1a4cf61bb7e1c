package filekeys

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// maxFileSize bounds the file, in bytes.
const maxFileSize = 1 << 20

// reading is what the file was at one moment.
type reading struct {
	content []byte
	public  bool  // every user may read it
	err     error // why it cannot be used; the text reads on from the file's name
}

// fingerprint returns a hash that two readings share if and only if nothing differs between them.
func (r reading) fingerprint() [sha256.Size]byte {
	text := "good"
	if r.err != nil {
		text = r.err.Error()
	}
	return sha256.Sum256(fmt.Appendf(nil, "%t %q %s", r.public, text, r.content))
}

// read reads the file. It opens it once and judges what it opened, so that nothing can be swapped in between, and never waits, as opening a
// named pipe otherwise would.
func read(path string) reading {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return reading{err: errors.New("does not exist; `grps keys new` says what to write into it")}
	case err != nil:
		return reading{err: errors.New("cannot be opened; let the user that GRPS runs as read it")}
	}
	defer func() { _ = file.Close() }() // it was only read
	facts, err := file.Stat()
	if err != nil {
		return reading{err: errors.New("cannot be read")}
	}
	mode := facts.Mode()
	if !mode.IsRegular() {
		return reading{err: fmt.Errorf("is not a regular file (mode %s); put the document itself there", mode)}
	}
	// On Windows the bits are made up from the read-only flag and say nothing about other users.
	asked := runtime.GOOS != "windows"
	if asked && mode.Perm()&0o002 != 0 {
		return reading{err: fmt.Errorf("can be changed by every user (mode %s); run: chmod o-w on it", mode)}
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	switch {
	case err != nil:
		return reading{err: errors.New("cannot be read")}
	case len(content) > maxFileSize:
		return reading{err: errors.New("is larger than 1 MiB; no list of keys needs that much")}
	}
	return reading{content: content, public: asked && mode.Perm()&0o004 != 0}
}
