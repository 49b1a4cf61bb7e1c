package domain

import (
	"errors"
	"strings"
	"time"
)

// Kind is the category of an error: what a caller can do about it. It is the only thing that edges translate (to an HTTP status, to
// an exit code, to "try again").
type Kind uint8

// The kinds. KindInternal is the zero value, so an error that nobody classified is internal.
const (
	KindInternal    Kind = iota // a fault of ours; the text may hold secrets and is never sent
	KindInvalid                 // the input is wrong; the same input will always be refused
	KindNotFound                // what was named does not exist
	KindConflict                // somebody else changed it first; read again and retry
	KindDenied                  // the caller may not do this
	KindBlocked                 // the state forbids it now
	KindExhausted               // a limit is used up; try again after a while
	KindUnavailable             // something that is needed does not answer; try again
)

// String returns the stable lower-case word for k that logs and metrics use.
func (k Kind) String() string {
	switch k {
	case KindInvalid:
		return "invalid"
	case KindNotFound:
		return "not_found"
	case KindConflict:
		return "conflict"
	case KindDenied:
		return "denied"
	case KindBlocked:
		return "blocked"
	case KindExhausted:
		return "exhausted"
	case KindUnavailable:
		return "unavailable"
	case KindInternal:
	}
	return "internal"
}

// FieldError says what is wrong with one field of an input. Field is a path in the words of the caller ("experience.placeId").
type FieldError struct {
	Field   string
	Message string
}

// Error is an error with a kind for programs, a stable code for machines and a sentence for people. Message is safe to show to the
// caller; Cause is not.
type Error struct {
	Kind    Kind
	Code    string       // lower_snake_case, stable across releases
	Message string       // one sentence: what is wrong and what to do
	Fields  []FieldError // for KindInvalid: every field that is wrong, in the order of the input
	Cause   error        // what led to it, or nil; never shown to a caller

	// RetryAfter is how long to wait before the same request can succeed, for KindExhausted and KindUnavailable; 0 when unknown.
	RetryAfter time.Duration
}

// The sentinels that callers branch on with errors.Is.
var (
	// ErrNotFound says that what was named does not exist.
	ErrNotFound = &Error{Kind: KindNotFound, Code: "not_found", Message: "there is no such record"}
	// ErrConflict says that the record changed since it was read; reading again and repeating can succeed.
	ErrConflict = &Error{Kind: KindConflict, Code: "conflict", Message: "the record changed meanwhile; read it again and repeat"}
	// ErrClosed says that the store was closed; nothing was done.
	ErrClosed = &Error{Kind: KindUnavailable, Code: "closed", Message: "the service is stopping; repeat the request"}
	// ErrAutomationStopped says that nothing is carried out, and nothing leaves to Roblox, until an administrator resumes automation.
	ErrAutomationStopped = &Error{Kind: KindBlocked, Code: "automation_stopped", Message: "automation is stopped; an administrator resumes it"}
	// ErrUnavailable says that something that is needed does not answer; repeating later can succeed.
	ErrUnavailable = &Error{Kind: KindUnavailable, Code: "unavailable", Message: "the service cannot do this now; repeat the request"}
)

// Error returns the sentence, the fields and the cause, for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for i, f := range e.Fields {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(f.Field)
		b.WriteString(" ")
		b.WriteString(f.Message)
	}
	if e.Cause != nil {
		b.WriteString(": ")
		b.WriteString(e.Cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an Error of the same kind and code, so that an adapter's richer error still matches a sentinel.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Code == e.Code
}

// KindOf returns the kind of the first Error in err's chain, and KindInternal for any other error. KindOf(nil) is KindInternal too:
// ask only when there is an error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// RetryAfterOf returns the RetryAfter of the first Error in err's chain; 0 when there is none.
func RetryAfterOf(err error) time.Duration {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.RetryAfter
	}
	return 0
}

// invalid returns an error of KindInvalid that names fields.
func invalid(code, message string, fields ...FieldError) *Error {
	return &Error{Kind: KindInvalid, Code: code, Message: message, Fields: fields}
}

// blocked returns an error of KindBlocked.
func blocked(code, message string) *Error {
	return &Error{Kind: KindBlocked, Code: code, Message: message}
}
