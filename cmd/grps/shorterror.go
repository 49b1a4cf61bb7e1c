package main

import (
	"errors"
	"strings"

	"github.com/grps/grps/domain"
)

// plainError is an error with a text for people; what it came from decides the exit code.
type plainError struct {
	text  string
	cause error
}

func (e *plainError) Error() string { return e.text }
func (e *plainError) Unwrap() error { return e.cause }

// shortError returns what is wrong in a sentence, without the words of libraries that led to it.
func shortError(err error) string {
	e, ok := errors.AsType[*domain.Error](err)
	if !ok {
		return oneLine(err)
	}
	if e.Code == "store_failed" && e.Cause != nil && strings.HasSuffix(e.Message, "the log says why") {
		return oneLine(e.Cause) // this is where a log would be
	}
	text := e.Message
	for i, f := range e.Fields {
		if i == 0 {
			text += ":"
		}
		text += " " + f.Field + " " + f.Message
	}
	return text
}
