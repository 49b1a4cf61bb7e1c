//go:build unix

package pgtest

import (
	"errors"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// owner is the user whose server it is; the server refuses to run as root. The zero value is whoever runs the tests.
type owner struct {
	other    bool
	uid, gid int
}

// ownerOfServer returns the user postgres, else nobody, when the tests run as root.
func ownerOfServer() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	for _, name := range [...]string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.Atoi(account.Uid)
		if err != nil {
			continue
		}
		gid, err := strconv.Atoi(account.Gid)
		if err != nil {
			continue
		}
		return owner{true, uid, gid}, nil
	}
	return owner{}, errors.New("the tests run as root, as which PostgreSQL does not start, and there is no user postgres or nobody")
}

// take gives a folder to the owner.
func (o owner) take(folder string) error {
	if !o.other {
		return nil
	}
	return os.Chown(folder, o.uid, o.gid)
}

// attributes are those of a process of the owner. It has a session of its own, so that an interrupt from a terminal does not reach it.
func (o owner) attributes() *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if o.other {
		attributes.Credential = &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}
	}
	return attributes
}
