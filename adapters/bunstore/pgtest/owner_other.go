//go:build !unix

package pgtest

import (
	"errors"
	"syscall"
)

// owner is the user whose server it is.
type owner struct{}

// ownerOfServer says that servers are started on Unix only.
func ownerOfServer() (owner, error) {
	return owner{}, errors.New("test servers are started on Unix only")
}

func (owner) take(string) error { return nil }

func (owner) attributes() *syscall.SysProcAttr { return nil }
