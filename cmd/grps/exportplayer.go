package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// exportPlayer writes everything that is held about a player: the rows of every table, as one JSON document.
func exportPlayer(ctx context.Context, store ports.Erasures, user domain.UserID, w io.Writer) error {
	out := bufio.NewWriter(w)
	table := ""
	err := store.Holdings(ctx, user, func(next string, row []byte) error {
		separator := ","
		switch {
		case table == "":
			separator = fmt.Sprintf("{\"userId\": %s, \"exportedAt\": %q, \"tables\": {\n%q: [", user, time.Now().UTC().Format(time.RFC3339), next)
		case next != table:
			separator = fmt.Sprintf("\n],\n%q: [", next)
		}
		table = next
		_, err := fmt.Fprintf(out, "%s\n  %s", separator, escaped(row))
		return err
	})
	if err != nil {
		return fmt.Errorf("read what is held about the player: %w", err)
	}
	if table == "" {
		return fmt.Errorf("nothing is held about the user %s", user)
	}
	_, err = out.WriteString("\n]}}\n")
	return errors.Join(err, out.Flush())
}
