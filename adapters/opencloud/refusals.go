package opencloud

import (
	"errors"
	"fmt"
	"time"

	"github.com/grps/grps/domain"
)

var errNotSent = errors.New("not sent: Roblox asked to wait")

// refusedUntil is the refusal that closed a gate, with the time that is left of it.
func refusedUntil(because *domain.Error, left time.Duration) error {
	again := *because
	again.RetryAfter, again.Cause = left, errNotSent
	return &again
}

func spent(name string, wait time.Duration) error {
	return &domain.Error{
		Kind: domain.KindExhausted, Code: "open_cloud_budget", RetryAfter: wait,
		Message: fmt.Sprintf("this minute's calls to Roblox to %s are used up; try again in %s", name, wait.Round(time.Second)),
	}
}

// usedUp is why a gate is closed after the last call that Roblox allows for now.
func usedUp(name string) *domain.Error {
	return &domain.Error{
		Kind: domain.KindExhausted, Code: "open_cloud_budget",
		Message: fmt.Sprintf("Roblox allows no more calls to %s for now; try again later", name),
	}
}

func interrupted(name string, err error) error {
	return &domain.Error{
		Kind: domain.KindUnavailable, Code: "interrupted", Cause: err,
		Message: "the request ended before it was Roblox's turn to " + name + "; repeat it",
	}
}
