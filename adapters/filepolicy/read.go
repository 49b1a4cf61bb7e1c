package filepolicy

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"
	"syscall"
)

// maxFileSize bounds each document, in bytes.
const maxFileSize = 1 << 20

// reading is what a folder held at one moment.
type reading struct {
	contents map[string][]byte // by file name; without what is absent or cannot be used; nil without a folder
	faults   []fault           // of files that are there and cannot be used
}

// fingerprint returns a hash that two readings share if and only if nothing differs between them.
func (r reading) fingerprint() [sha256.Size]byte {
	sum := sha256.New()
	for _, file := range slices.Sorted(maps.Keys(r.contents)) {
		fmt.Fprintf(sum, "%s %d\n%s\n", file, len(r.contents[file]), r.contents[file])
	}
	for _, f := range r.faults {
		fmt.Fprintf(sum, "%q %q\n", f.file, f.message)
	}
	return [sha256.Size]byte(sum.Sum(nil))
}

// read reads every document at the root of files.
func read(files fs.FS) reading {
	r := reading{contents: make(map[string][]byte)}
	for _, name := range fileNames() {
		content, err := readFile(files, name)
		switch {
		case err == nil:
			r.contents[name] = content
		case !errors.Is(err, errAbsent):
			r.faults = append(r.faults, fault{file: name, message: err.Error()})
		case name == ranksFile:
			r.faults = append(r.faults, fault{file: name, message: "is missing; every policy needs this document"})
		}
	}
	return r
}

// errAbsent says that there is no file of that name at all.
var errAbsent = errors.New("absent")

// readFile returns the content of one document. It opens the file once and judges what it opened, so that nothing can be
// swapped in between. The text of the error reads on from the file's name.
func readFile(files fs.FS, name string) ([]byte, error) {
	file, err := files.Open(name)
	if err != nil {
		return nil, notOpened(files, name, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	facts, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %s", reason(err))
	}
	mode := facts.Mode()
	if !mode.IsRegular() {
		return nil, fmt.Errorf("is not a regular file (mode %s); put the document itself there", mode)
	}
	// On Windows the bits are made up from the read-only flag and say nothing about other users.
	if mode.Perm()&0o002 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("can be changed by every user (mode %s); run: chmod o-w %s", mode, name)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %s", reason(err))
	}
	if len(content) > maxFileSize {
		return nil, errors.New("is larger than 1 MiB; no policy needs that much")
	}
	return content, nil
}

// notOpened explains why a file could not be opened. A link that leads nowhere is there, so it is not absent: taking
// defaults for it would change the rules by accident.
func notOpened(files fs.FS, name string, err error) error {
	facts, missing := fs.Lstat(files, name)
	if errors.Is(err, fs.ErrNotExist) && missing != nil {
		return errAbsent
	}
	if missing == nil && facts.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("is a link that cannot be followed (%s); let it lead to a file inside the folder", reason(err))
	}
	return fmt.Errorf("cannot be read: %s; let the user that GRPS runs as read it", reason(err))
}

// folder is a folder on disk as a file system. Links inside it cannot lead out of it.
type folder struct{ root *os.Root }

var _ fs.ReadLinkFS = folder{}

func openFolder(dir string) (folder, error) {
	root, err := os.OpenRoot(dir)
	return folder{root}, err
}

// close gives the folder back; there is nothing to be lost.
func (f folder) close() { _ = f.root.Close() }

// Open opens a file for reading. It never waits: opening a named pipe would otherwise last until somebody writes to it.
func (f folder) Open(name string) (fs.File, error) {
	file, err := f.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Lstat returns what is known of the file itself, of a link too.
func (f folder) Lstat(name string) (fs.FileInfo, error) { return f.root.Lstat(name) }

// ReadLink returns where a link leads.
func (f folder) ReadLink(name string) (string, error) { return f.root.Readlink(name) }
