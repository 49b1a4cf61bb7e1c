package bunstore

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/grps/grps/domain"
)

// maxNames is how many names of a player are looked for.
const maxNames = 100

// EraseUser removes what is stored about a user; see ports.ErasureWriter.
func (u *unit) EraseUser(ctx context.Context, user domain.UserID) (leased bool, err error) {
	err = u.do(ctx, "erase a player", func() error {
		n := user.Int64()
		held, err := u.tx.NewSelect().Table("outbox").Where("user_id = ?", n).Where("leased_until > ?", u.dialect.now).Count(ctx)
		if err != nil {
			return err
		}
		leased = held > 0
		for _, h := range holdings() {
			if !h.goes {
				continue
			}
			if _, err := u.tx.NewDelete().Table(h.table).Where("? = ?", bun.Ident(h.user), n).Exec(ctx); err != nil {
				return err
			}
		}
		_, err = u.tx.NewRaw("UPDATE decision_transitions SET detail = NULL WHERE detail IS NOT NULL AND decision_id IN "+
			"(SELECT id FROM decisions WHERE user_id = ?)", n).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = u.tx.NewRaw("UPDATE decisions SET "+anonymous+" WHERE user_id = ?", n).Exec(ctx)
		return err
	})
	return leased && err == nil, err
}

// Strays returns users who are no players although something is stored about them; see ports.Erasures.
func (s *Store) Strays(ctx context.Context, after domain.UserID, limit int) ([]domain.UserID, error) {
	var numbers []int64
	err := s.query(ctx, "look for what is stored about nobody known", func() error {
		if limit <= 0 {
			return nil
		}
		var tables []string
		for _, h := range holdings() {
			if h.stray {
				tables = append(tables, "SELECT "+h.user+" AS user_id FROM "+h.table+" AS t WHERE "+h.user+" > ?0 AND "+h.user+" <= ?1"+
					" AND NOT EXISTS (SELECT 1 FROM players AS p WHERE p.user_id = t."+h.user+")")
			}
		}
		return s.read.NewRaw(strings.Join(tables, " UNION ")+" ORDER BY user_id LIMIT ?2", after.Int64(), int64(domain.MaxID), limit).Scan(ctx, &numbers)
	})
	if err != nil {
		return nil, err
	}
	users := make([]domain.UserID, len(numbers))
	for i, n := range numbers {
		users[i] = userFromNumber(n)
	}
	return users, nil
}

// NamesOf returns the names of a player; see ports.Erasures.
func (s *Store) NamesOf(ctx context.Context, user domain.UserID) ([]string, error) {
	var names []string
	err := s.query(ctx, "look for the names of a player", func() error {
		field := s.dialect.field
		return s.read.NewRaw(`
			SELECT DISTINCT name FROM (
				SELECT username AS name FROM players WHERE user_id = ?0
				UNION ALL SELECT display_name FROM players WHERE user_id = ?0
				UNION ALL SELECT `+field("payload", "username")+` FROM player_snapshots WHERE user_id = ?0
				UNION ALL SELECT `+field("payload", "displayName")+` FROM player_snapshots WHERE user_id = ?0
				UNION ALL SELECT `+field("input", "username")+` FROM decisions WHERE user_id = ?0
			) AS names WHERE name <> '' ORDER BY name LIMIT ?1`, user.Int64(), maxNames).Scan(ctx, &names)
	})
	slices.Sort(names) // the database may have an order of its own
	return names, err
}
