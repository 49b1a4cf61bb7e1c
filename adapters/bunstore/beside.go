package bunstore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/grps/grps/domain"
)

// absolute makes a path one that does not depend on the working folder, as an address of SQLite must be.
func absolute(path *string) error {
	whole, err := filepath.Abs(*path)
	if err != nil {
		return fileError("find "+*path, err)
	}
	*path = whole
	return nil
}

// beside makes an empty file in the folder of path, for this user alone.
func beside(path string) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.part")
	if err != nil {
		return "", fileError("make a file beside "+path, err)
	}
	return file.Name(), file.Close()
}

// stalePart is how long nothing was written to a file beside a copy until whoever made it is taken for gone: one that is at work writes all the
// time, or reads for a while what it wrote.
const stalePart = time.Hour

// discardStale takes away what was made beside path for it, has its name from beside, and was left there by a process that was killed. What it
// cannot take away, or is not sure of, stays.
func discardStale(path string) {
	folder, before := filepath.Dir(path), "."+filepath.Base(path)+"-"
	entries, err := os.ReadDir(folder)
	if err != nil {
		return // whoever makes a file there will be told why not
	}
	for _, e := range entries {
		number, ours := strings.CutPrefix(e.Name(), before)
		number, whole := strings.CutSuffix(number, ".part")
		if !ours || !whole || number == "" || strings.Trim(number, "0123456789") != "" {
			continue
		}
		facts, err := e.Info()
		if err == nil && facts.Mode().IsRegular() && time.Since(facts.ModTime()) > stalePart {
			discard(filepath.Join(folder, e.Name()))
		}
	}
}

// discard takes a file away that did not become what it was made for, with all that SQLite put beside it.
func discard(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal", "-migrate.lock"} {
		_ = os.Remove(path + suffix) // of most there is none
	}
}

// install puts a file in its place, in a way that a crash leaves either what was there or the whole of the new one.
func install(temp, path string, overwrite bool) error {
	if err := onDisk(temp); err != nil {
		return fileError("write "+temp, err)
	}
	var err error
	if overwrite {
		err = os.Rename(temp, path)
	} else if err = os.Link(temp, path); err == nil {
		err = os.Remove(temp)
	} else if !errors.Is(err, fs.ErrExist) {
		err = renameNew(temp, path) // not every file system has links
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return occupied(path)
	case err != nil:
		return fileError("put "+path+" in its place", err)
	}
	if runtime.GOOS == "windows" { // where folders cannot be written out
		return nil
	}
	if err := onDisk(filepath.Dir(path)); err != nil {
		return fileError("write the folder of "+path, err)
	}
	return nil
}

func renameNew(temp, path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fs.ErrExist
	}
	return os.Rename(temp, path)
}

// onDisk returns once the file or folder is on the disk.
func onDisk(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

func occupied(path string) error {
	return &domain.Error{Kind: domain.KindInvalid, Code: "backup_place", Message: path + " is there already; name another file, or replace it with --force"}
}

// fileError is the error of what the file system refused.
func fileError(doing string, err error) error {
	reason := err.Error()
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		reason = e.Err.Error()
	} else if e, ok := errors.AsType[*os.LinkError](err); ok {
		reason = e.Err.Error()
	}
	return &domain.Error{Kind: domain.KindUnavailable, Code: "store_file", Message: doing + ": " + reason, Cause: err}
}
