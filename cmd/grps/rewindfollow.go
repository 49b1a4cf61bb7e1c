package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// rewindAnswer is what is read of a rewind in an answer.
type rewindAnswer struct {
	sweepAnswer

	Scope   rewindScope  `json:"scope"`
	Counts  rewindCounts `json:"counts"`
	Decided rewindCounts `json:"decided"`
}

type rewindScope struct {
	Key        string `json:"key"`
	Experience string `json:"experience"`
	Server     string `json:"server"`
	Since      string `json:"since"`
	Until      string `json:"until"`
}

type rewindCounts struct {
	Snapshots int64 `json:"snapshots"`
	Players   int64 `json:"players"`
	Changed   int64 `json:"changed"`
	Unseen    int64 `json:"unseen"`
	Undone    int64 `json:"undone"`
	Left      int64 `json:"left"`
	Promote   int64 `json:"promote"`
	Demote    int64 `json:"demote"`
	Suspend   int64 `json:"suspend"`
	Ban       int64 `json:"ban"`
	Restore   int64 `json:"restore"`
}

// decided returns how many decisions the rules make.
func (c rewindCounts) decided() int64 { return c.Promote + c.Demote + c.Suspend + c.Ban + c.Restore }

// rewindDoing says which of its walks a rewind is on in a phase.
func rewindDoing(phase string) string {
	switch phase {
	case "collect":
		return "search"
	case "apply":
		return "rewind"
	}
	return "look"
}

// rewoundPlayer is what a rewind comes to for a player.
type rewoundPlayer struct {
	UserID    int64             `json:"userId"`
	Outcome   string            `json:"outcome"`
	Snapshots int64             `json:"snapshots"`
	Applied   bool              `json:"applied"`
	Before    rewoundState      `json:"before"`
	After     rewoundState      `json:"after"`
	Decisions []rewoundDecision `json:"decisions"`
}

type rewoundState struct {
	Rank             string `json:"rank"`
	RankPoints       int64  `json:"rankPoints"`
	Kos              int64  `json:"kos"`
	Wos              int64  `json:"wos"`
	Warnings         int64  `json:"warnings"`
	Recommendations  int64  `json:"recommendations"`
	PunishmentStatus string `json:"punishmentStatus,omitempty"`
	PunishmentUntil  string `json:"punishmentExpiresAt,omitempty"`
	Hold             bool   `json:"hold"`
}

type rewoundDecision struct {
	ID     string `json:"requestId,omitempty"`
	Action string `json:"action"`
	From   string `json:"fromRank"`
	To     string `json:"targetRank"`
	Reason string `json:"reasonCode"`
	Status string `json:"status,omitempty"`
	Undoes string `json:"undoes,omitempty"`
	Left   string `json:"left,omitempty"`
}

// rewind makes a call that is answered with a rewind.
func (c *client) rewind(ctx context.Context, method, path string, in any) (rewindAnswer, error) {
	return callForSweep[rewindAnswer](ctx, c, method, path, in, "rewinds")
}

// followRewind begins a rewind, shows on stderr how far it is until it is not under way any more, and prints it.
func (c *client) followRewind(
	ctx context.Context, stderr io.Writer, o rewindOptions, begin func(context.Context) (rewindAnswer, error),
) error {
	rewind, err := begin(ctx)
	if err != nil {
		return err
	}
	if o.detach && rewind.underWay() && !c.asJSON {
		_, err := fmt.Fprintf(c.out, "rewind %s is %s; 'grps rewind show %s' shows how far it is\n", rewind.ID, rewind.State, rewind.ID)
		return err
	}
	if !o.detach {
		if rewind, err = c.watchRewind(ctx, stderr, rewind); err != nil {
			return err
		}
	}
	return c.showRewind(ctx, rewind, o)
}

// watchRewind looks at a rewind until it is not under way any more.
func (c *client) watchRewind(ctx context.Context, stderr io.Writer, rewind rewindAnswer) (rewindAnswer, error) {
	words := sweepWords{"rewind", "rewind", rewindDoing}
	return watchSweep(ctx, stderr, words, rewind, func(ctx context.Context) (rewindAnswer, error) {
		return c.rewind(ctx, http.MethodGet, rewindPath(rewind.ID, ""), nil)
	})
}

// showRewind prints a rewind with who changes by it. The error says that it stopped before its end.
func (c *client) showRewind(ctx context.Context, rewind rewindAnswer, o rewindOptions) error {
	players, err := c.rewoundPlayers(ctx, rewind.ID, o.all)
	if err != nil {
		return err
	}
	if c.asJSON {
		err = writeJSON(c.out, map[string]any{"rewind": rewind.raw, "players": players})
	} else {
		err = printRewind(c.out, rewind, players)
	}
	if err == nil && !rewind.underWay() && rewind.State != "done" {
		err = fmt.Errorf("the rewind is %s; 'grps rewind resume %s' lets it go on", rewind.State, rewind.ID)
	}
	return err
}

// rewoundPlayers reads everything that a rewind comes to.
func (c *client) rewoundPlayers(ctx context.Context, id string, all bool) ([]rewoundPlayer, error) {
	players := []rewoundPlayer{}
	for cursor := ""; ; {
		query := url.Values{"limit": {"100"}, "all": {fmt.Sprint(all)}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		var page struct {
			Players    []rewoundPlayer `json:"players"`
			NextCursor string          `json:"nextCursor"`
		}
		if err := c.call(ctx, http.MethodGet, rewindPath(id, "/players?"+query.Encode()), nil, &page); err != nil {
			return nil, err
		}
		players = append(players, page.Players...)
		if cursor = page.NextCursor; cursor == "" {
			return players, nil
		}
	}
}
