package webhook

import (
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

// readFile returns the content of the file. It opens it once and judges what it opened, so that nothing can be swapped in between, and
// never waits, as opening a named pipe otherwise would. The error reads on from the file's name.
func readFile(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("does not exist; name another file, or leave WEBHOOKS_FILE empty to tell nobody")
	case err != nil:
		return nil, errors.New("cannot be opened; let the user that GRPS runs as read it")
	}
	defer func() { _ = file.Close() }() // it was only read
	facts, err := file.Stat()
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	mode := facts.Mode()
	if !mode.IsRegular() {
		return nil, fmt.Errorf("is not a regular file (mode %s); put the document itself there", mode)
	}
	// On Windows the bits are made up from the read-only flag and say nothing about other users.
	if mode.Perm()&0o002 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("can be changed by every user (mode %s); run: chmod o-w on it", mode)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	if len(content) > maxFileSize {
		return nil, errors.New("is larger than 1 MiB; no list of webhooks needs that much")
	}
	return content, nil
}
