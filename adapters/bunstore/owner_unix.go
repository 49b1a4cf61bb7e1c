//go:build unix

package bunstore

import (
	"io/fs"
	"os"
	"syscall"
)

// sameOwner gives a file to the owner of another. Who restores as root must not lock the service out.
func sameOwner(path string, as fs.FileInfo) error {
	of, ok := as.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	own, err := os.Stat(path)
	if err != nil {
		return err
	}
	if is, ok := own.Sys().(*syscall.Stat_t); ok && is.Uid == of.Uid && is.Gid == of.Gid {
		return nil
	}
	return os.Chown(path, int(of.Uid), int(of.Gid))
}
