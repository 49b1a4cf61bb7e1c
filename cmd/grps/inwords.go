package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/grps/grps/domain"
)

// inWords returns the text of an error, with what the standard library says of files and connections put in the words of whoever named them.
func inWords(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*domain.Error](err); ok && e.Cause != nil && strings.HasPrefix(e.Code, "store_") {
		text = strings.Replace(text, e.Error(), storeWords(e), 1)
	}
	for _, of := range inside(err) {
		text = strings.Replace(text, of.Error(), worded(of), 1)
	}
	return text
}

// storeWords returns what an error of the store says where nobody made a request that could be repeated, and where there is no log.
func storeWords(e *domain.Error) string {
	message := strings.TrimSuffix(strings.TrimSuffix(e.Message, "; repeat the request"), "; the log says why")
	return message + ": " + inWords(e.Cause)
}

// inside returns the errors of files and connections in the chain, the outermost of each sort.
func inside(err error) []error {
	var found []error
	if e, ok := errors.AsType[*url.Error](err); ok {
		found = append(found, e)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		found = append(found, e)
	} else if e, ok := errors.AsType[*net.DNSError](err); ok {
		found = append(found, e)
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		found = append(found, e)
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		found = append(found, e)
	}
	return found
}

// worded returns what one of those errors says.
func worded(err error) string {
	switch e := err.(type) { //nolint:errorlint // it is that very error
	case *url.Error:
		return inWords(e.Err) // what surrounds it names the address
	case *fs.PathError:
		return e.Path + ": " + e.Err.Error()
	case *os.LinkError:
		return e.New + ": " + e.Err.Error()
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		if e.IsNotFound {
			return "there is no host " + e.Name
		}
		return "the name " + e.Name + " cannot be looked up now"
	}
	switch e, timeout := errors.AsType[net.Error](err); {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.Is(err, syscall.EADDRINUSE):
		return "the address is taken"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine has no such address"
	case errors.Is(err, syscall.EACCES):
		return "this user may not"
	case errors.Is(err, context.DeadlineExceeded), timeout && e.Timeout():
		return "no answer in time"
	}
	return innermostText(err)
}

// innermostText returns the text of what lies at the bottom of a chain.
func innermostText(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err.Error()
}
