package domain_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/grps/grps/domain"
)

func TestKindOfIsThatOfTheFirstErrorInTheChain(t *testing.T) {
	denied := &domain.Error{Kind: domain.KindDenied, Code: "denied"}
	tests := []struct {
		name string
		err  error
		want domain.Kind
	}{
		{"no error", nil, domain.KindInternal},
		{"an error of somebody else", io.EOF, domain.KindInternal},
		{"an error without a kind", &domain.Error{Code: "odd"}, domain.KindInternal},
		{"an error itself", denied, domain.KindDenied},
		{"an error wrapped twice", fmt.Errorf("outer: %w", fmt.Errorf("inner: %w", denied)), domain.KindDenied},
		{"a joined error", errors.Join(io.EOF, denied), domain.KindDenied},
		{"the outer of two", &domain.Error{Kind: domain.KindUnavailable, Cause: denied}, domain.KindUnavailable},
		{"a sentinel", fmt.Errorf("load: %w", domain.ErrNotFound), domain.KindNotFound},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := domain.KindOf(test.err); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestErrorsMatchByKindAndCode(t *testing.T) {
	rich := &domain.Error{
		Kind: domain.KindConflict, Code: "conflict", Message: "player 5 changed", Cause: io.ErrUnexpectedEOF,
	}
	tests := []struct {
		name   string
		target error
		want   bool
	}{
		{"the sentinel of the same kind and code", domain.ErrConflict, true},
		{"another sentinel", domain.ErrNotFound, false},
		{"the same kind with another code", &domain.Error{Kind: domain.KindConflict, Code: "other"}, false},
		{"the same code with another kind", &domain.Error{Kind: domain.KindInvalid, Code: "conflict"}, false},
		{"its cause", io.ErrUnexpectedEOF, true},
		{"an error of somebody else", io.EOF, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := errors.Is(fmt.Errorf("save: %w", rich), test.target); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
		})
	}
}

func TestTheSentinelsDiffer(t *testing.T) {
	sentinels := map[string]error{
		"not found": domain.ErrNotFound, "conflict": domain.ErrConflict,
		"closed": domain.ErrClosed, "unavailable": domain.ErrUnavailable,
	}
	for a, one := range sentinels {
		for b, other := range sentinels {
			if got := errors.Is(one, other); got != (a == b) {
				t.Errorf("%s is %s: got %t, want %t", a, b, got, a == b)
			}
		}
	}
}

func TestTheTextOfAnErrorNamesItsFieldsAndItsCause(t *testing.T) {
	fields := []domain.FieldError{{Field: "kos", Message: "must be 0 or more"}, {Field: "wos", Message: "is required"}}
	tests := []struct {
		name string
		err  domain.Error
		want string
	}{
		{"a sentence", domain.Error{Message: "there is no such record"}, "there is no such record"},
		{"fields", domain.Error{Message: "refused", Fields: fields}, "refused: kos must be 0 or more; wos is required"},
		{"a cause", domain.Error{Message: "refused", Cause: io.EOF}, "refused: EOF"},
		{"both", domain.Error{Message: "refused", Fields: fields[:1], Cause: io.EOF}, "refused: kos must be 0 or more: EOF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.err.Error(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRetryAfterOfIsThatOfTheFirstErrorInTheChain(t *testing.T) {
	busy := &domain.Error{Kind: domain.KindExhausted, RetryAfter: time.Minute}
	tests := []struct {
		name string
		err  error
		want time.Duration
	}{
		{"no error", nil, 0},
		{"an error of somebody else", io.EOF, 0},
		{"an error that does not say", domain.ErrConflict, 0},
		{"a wrapped error", fmt.Errorf("call: %w", busy), time.Minute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := domain.RetryAfterOf(test.err); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
