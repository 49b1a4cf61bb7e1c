package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// walkAnswer is what is read of a walk over the group in an answer.
type walkAnswer struct {
	sweepAnswer

	Counts walkCounts `json:"counts"`
	Asked  int64      `json:"asked"`
}

type walkCounts struct {
	Same      int64 `json:"same"`
	Mend      int64 `json:"mend"`
	Adopt     int64 `json:"adopt"`
	Restore   int64 `json:"restore"`
	Punish    int64 `json:"punish"`
	Leave     int64 `json:"leave"`
	Unmanaged int64 `json:"unmanaged"`
	Pending   int64 `json:"pending"`
	Unknown   int64 `json:"unknown"`
	Skipped   int64 `json:"skipped"`
	Absent    int64 `json:"absent"`
}

// differing returns how many members differ from the record.
func (c walkCounts) differing() int64 { return c.Mend + c.Adopt + c.Restore + c.Punish + c.Leave }

// walkDifference is where the record of a player and what the member held differed.
type walkDifference struct {
	UserID   int64    `json:"userId"`
	Recorded string   `json:"recorded"`
	Holds    []string `json:"holds"`
	Outcome  string   `json:"outcome"`
}

// reconciliation makes a call that is answered with a walk.
func (c *client) reconciliation(ctx context.Context, method, path string, in any) (walkAnswer, error) {
	return callForSweep[walkAnswer](ctx, c, method, path, in, "walks over the group")
}

// watchWalk looks at a walk until it is not under way any more.
func (c *client) watchWalk(ctx context.Context, stderr io.Writer, walk walkAnswer) (walkAnswer, error) {
	words := sweepWords{"walk", "reconcile", func(string) string { return "compare" }}
	return watchSweep(ctx, stderr, words, walk, func(ctx context.Context) (walkAnswer, error) {
		return c.reconciliation(ctx, http.MethodGet, reconciliationPath(walk.ID, ""), nil)
	})
}

// showWalk prints a walk with what it found. The error says that it stopped before its end.
func (c *client) showWalk(ctx context.Context, walk walkAnswer) error {
	found, err := c.differences(ctx, walk.ID)
	if err != nil {
		return err
	}
	if c.asJSON {
		err = writeJSON(c.out, map[string]any{"reconciliation": walk.raw, "differences": found})
	} else {
		err = printWalk(c.out, walk, found)
	}
	if err == nil && !walk.underWay() && walk.State != "done" {
		err = fmt.Errorf("the walk is %s; 'grps reconcile' begins another", walk.State)
	}
	return err
}

// differences reads everything that a walk found.
func (c *client) differences(ctx context.Context, id string) ([]walkDifference, error) {
	found := []walkDifference{}
	for cursor := ""; ; {
		query := url.Values{"limit": {"100"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		var page struct {
			Differences []walkDifference `json:"differences"`
			NextCursor  string           `json:"nextCursor"`
		}
		if err := c.call(ctx, http.MethodGet, reconciliationPath(id, "/differences?"+query.Encode()), nil, &page); err != nil {
			return nil, err
		}
		found = append(found, page.Differences...)
		if cursor = page.NextCursor; cursor == "" {
			return found, nil
		}
	}
}
