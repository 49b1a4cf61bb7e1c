package bunstore

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/uptrace/bun"
)

// policyRow is a row of policies.
type policyRow struct {
	bun.BaseModel `bun:"table:policies,alias:r"`

	Revision  string `bun:"revision,pk"`
	Documents string `bun:"documents"`
	FirstUsed stamp  `bun:"first_used_at"`
}

// KeepPolicy keeps the documents of a policy; see ports.PolicyWriter.
func (u *unit) KeepPolicy(ctx context.Context, revision, documents string) error {
	return u.do(ctx, "keep a policy", func() error {
		_, err := u.tx.NewInsert().Model(&policyRow{Revision: revision, Documents: documents}).
			Value("first_used_at", "?", u.dialect.now).
			On("CONFLICT (revision) DO NOTHING").
			Returning("NULL").
			Exec(ctx)
		return err
	})
}

// PolicyDocuments returns what is kept under a revision; see ports.PolicyReader.
func (s *Store) PolicyDocuments(ctx context.Context, revision string) (string, error) {
	var documents string
	err := s.query(ctx, "read a policy", func() error {
		if strings.IndexByte(revision, 0) >= 0 {
			return sql.ErrNoRows // no database holds such a text
		}
		return s.read.NewSelect().Model((*policyRow)(nil)).Column("documents").Where("revision = ?", revision).Scan(ctx, &documents)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", notFound("policy")
	}
	return documents, err
}
