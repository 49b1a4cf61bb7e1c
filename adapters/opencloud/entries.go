package opencloud

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// entriesPerPage is Roblox's largest page of entries; parallelReads is how many of them are read at a time; entryReadsGranted is how many
// reads a minute Roblox grants a universe before it counts any player.
const (
	entriesPerPage    = 256
	parallelReads     = 8
	entryReadsGranted = 300
)

type entriesDTO struct {
	Entries []struct {
		Path string `json:"path"`
		ID   string `json:"id"`
	} `json:"dataStoreEntries"`
	NextPageToken string `json:"nextPageToken"`
}

// entryReads lets a whole page through at once, and n a minute after it.
func entryReads(n int) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(float64(n)/time.Minute.Seconds()), entriesPerPage)
}

// Entries lists up to limit entries of the store whose ids begin with the prefix, at most 256 whatever the limit, and reads each of
// them: Roblox's list tells their ids only. A page is read whole or not at all; when the reads of a minute do not suffice for it the
// error is of kind exhausted. A cursor belongs to the size of page that it was given for: with a smaller limit it is refused, with a
// larger one the pages stay as they were.
func (c *Client) Entries(ctx context.Context, cursor string, limit int) (ports.EntryPage, error) {
	page, err := c.entries(ctx, cursor, limit)
	if err != nil {
		return ports.EntryPage{}, fmt.Errorf("read the data store's entries: %w", err)
	}
	return page, nil
}

func (c *Client) entries(ctx context.Context, cursor string, limit int) (ports.EntryPage, error) {
	home, err := c.home()
	if err != nil {
		return ports.EntryPage{}, err
	}
	size, token, err := parseCursor(cursor, limit)
	if err != nil {
		return ports.EntryPage{}, err
	}
	ids, next, err := c.listIDs(ctx, home, size, token)
	if err != nil {
		return ports.EntryPage{}, err
	}
	page := ports.EntryPage{}
	if next != "" {
		page.Next = strconv.Itoa(size) + "." + next
	}
	if len(ids) == 0 {
		return page, nil
	}
	if err := c.turnsForPage(ctx, len(ids)); err != nil {
		return ports.EntryPage{}, err
	}
	defer c.readEntries.done(len(ids), true)
	reports, err := c.readAll(ctx, home, ids)
	if err != nil {
		return ports.EntryPage{}, err
	}
	for _, r := range reports {
		if r == nil {
			page.Skipped++
		} else {
			page.Reports = append(page.Reports, *r)
		}
	}
	return page, nil
}

// turnsForPage takes the turns to read a whole page: of all reads of entries, and of what of them is for Entries.
func (c *Client) turnsForPage(ctx context.Context, n int) error {
	if err := c.readEntries.take(ctx, ports.LaneObserve, n, c.requestPatience()); err != nil {
		return err
	}
	now := c.clock.Now()
	turn := c.syncReads.ReserveN(now, n)
	delay := turn.DelayFrom(now)
	if delay == 0 && turn.OK() {
		return nil
	}
	turn.CancelAt(now)
	c.readEntries.done(n, false)
	return spent(c.readEntries.name, min(delay, longestClose))
}

// requestPatience is how long a call may wait for its turn when somebody waits for the answer of a request.
func (c *Client) requestPatience() time.Duration { return min(c.patience, requestPatience) }

// parseCursor returns the size of the page that a cursor begins, and Roblox's token for it. Roblox refuses a token when the size of
// the page changes, so the cursor is "size.token".
func parseCursor(cursor string, limit int) (size int, token string, err error) {
	refused := func(field, message string) error {
		return &domain.Error{
			Kind: domain.KindInvalid, Code: "page_invalid", Message: "the page cannot be read",
			Fields: []domain.FieldError{{Field: field, Message: message}},
		}
	}
	if limit < 1 {
		return 0, "", refused("limit", "must be 1 or more")
	}
	if cursor == "" {
		return min(limit, entriesPerPage), "", nil
	}
	digits, token, ok := strings.Cut(cursor, ".")
	size, err = strconv.Atoi(digits)
	if !ok || err != nil || size < 1 || size > entriesPerPage || token == "" {
		return 0, "", refused("cursor", "is none that was given out; begin without one")
	}
	if limit < size {
		return 0, "", refused("cursor", fmt.Sprintf("belongs to pages of %d; keep that limit, or begin without a cursor", size))
	}
	return size, token, nil
}

// listIDs returns the ids on a page and the token of the next one, "" at the end.
func (c *Client) listIDs(ctx context.Context, home domain.UniverseID, size int, token string) ([]string, string, error) {
	query := url.Values{"maxPageSize": {strconv.Itoa(size)}}
	if c.store.Prefix != "" {
		query.Set("filter", `id.startsWith("`+c.store.Prefix+`")`)
	}
	if token != "" {
		query.Set("pageToken", token)
	}
	var list entriesDTO
	err := c.do(ctx, call{at: c.listEntries, lane: ports.LaneObserve, method: http.MethodGet, path: c.entriesPath(home), query: query}, &list)
	if err != nil {
		return nil, "", err
	}
	if len(list.Entries) > size || list.NextPageToken != "" && list.NextPageToken == token {
		return nil, "", unreadable("the list of entries is longer than asked for, or leads back to the same page")
	}
	ids := make([]string, 0, len(list.Entries))
	for _, entry := range list.Entries {
		if err := (entryDTO{Path: entry.Path, ID: entry.ID}).speaksOf(home, entry.ID); err != nil || entry.ID == "" {
			return nil, "", unreadable("the list names an entry of another universe, or one without an id")
		}
		ids = append(ids, entry.ID)
	}
	return ids, list.NextPageToken, nil
}

// readAll returns what each entry reports, nil for one that reports nothing, or the first error that keeps it from knowing.
func (c *Client) readAll(ctx context.Context, home domain.UniverseID, ids []string) ([]*domain.Report, error) {
	reading, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	reports := make([]*domain.Report, len(ids))
	indexes := make(chan int)
	var workers sync.WaitGroup
	for range min(parallelReads, len(ids)) {
		workers.Go(func() {
			for i := range indexes {
				report, err := c.readReport(reading, home, ids[i])
				if err != nil {
					cancel(err) // the first cause stays
				}
				reports[i] = report
			}
		})
	}
	for i := range ids {
		indexes <- i
	}
	close(indexes)
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, interrupted(c.readEntries.name, err)
	}
	return reports, context.Cause(reading)
}

// readReport returns what one entry reports; nil when that is nothing, when it is gone, or too long to be a player's.
func (c *Client) readReport(ctx context.Context, home domain.UniverseID, id string) (*domain.Report, error) {
	if err := ctx.Err(); err != nil {
		return nil, interrupted(c.readEntries.name, err)
	}
	key, ok := strings.CutPrefix(id, c.store.Prefix)
	if !ok {
		return nil, nil
	}
	entry, err := c.readEntry(ctx, call{at: c.readEntries, taken: true}, home, id)
	switch {
	case domain.KindOf(err) == domain.KindNotFound && err != nil, hasCode(err, codeTooLarge):
		return nil, nil
	case err != nil:
		return nil, err
	case entry.deleted():
		return nil, nil
	}
	now := c.clock.Now()
	if report, ok := reportFrom(entry.Value, key, now); ok {
		report = entry.observedAt(report, now)
		return &report, nil
	}
	return nil, nil
}

// readEntry reads an entry by the call r. An id with @ would be read as a revision, unless one is named behind it.
func (c *Client) readEntry(ctx context.Context, r call, home domain.UniverseID, id string) (entryDTO, error) {
	r.method, r.path = http.MethodGet, c.entriesPath(home)+"/"+segment(id)
	if strings.Contains(id, "@") {
		r.path += "@latest"
	}
	var entry entryDTO
	if err := c.do(ctx, r, &entry); err != nil {
		return entryDTO{}, err
	}
	if err := entry.speaksOf(home, id); err != nil {
		return entryDTO{}, err
	}
	return entry, nil
}
