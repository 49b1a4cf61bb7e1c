package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// schedule returns the instants of a schedule: the first after the one given, in UTC. nil stands for no schedule.
type schedule func(after time.Time) time.Time

// parseSchedule understands a cron expression of five fields, or a word such as @daily. "" gives nil. The error begins in the middle of a
// sentence about it.
func parseSchedule(text string, now time.Time) (schedule, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // no schedule is a value
	}
	parsed, err := cron.ParseStandard(text)
	if err != nil {
		return nil, fmt.Errorf(
			"is %q, which is no cron expression (%w): write five fields (minute, hour, day, month, weekday) such as \"0 4 * * *\", or @daily", text, err)
	}
	if _, every := parsed.(cron.ConstantDelaySchedule); every {
		return nil, errors.New("counts from when a process starts, so that replicas would differ: write a cron expression such as \"*/30 * * * *\"")
	}
	next := func(after time.Time) time.Time { return parsed.Next(after.UTC()).UTC() }
	if next(now).IsZero() {
		return nil, fmt.Errorf("is %q, which never comes", text)
	}
	return next, nil
}

// schedule reads a setting that holds a schedule.
func (r *reader) schedule(key string) schedule {
	next, err := parseSchedule(r.text(key), systemClock{}.Now())
	if err != nil {
		r.fault(key, "%s", err)
	}
	return next
}
