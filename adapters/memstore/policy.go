package memstore

import (
	"context"
	"fmt"

	"github.com/grps/grps/domain"
)

// PolicyDocuments returns what is kept under a revision; see ports.PolicyReader.
func (s *Store) PolicyDocuments(ctx context.Context, revision string) (string, error) {
	return read(ctx, s, "read a policy", func(kept *tables) (string, error) {
		documents, ok := kept.policies[revision]
		if !ok {
			return "", fmt.Errorf("read the policy %q: %w", revision, domain.ErrNotFound)
		}
		return documents, nil
	})
}

func (u *unit) KeepPolicy(ctx context.Context, revision, documents string) error {
	return u.call(ctx, "keep a policy", func() error {
		if _, kept := u.policies.get(revision); !kept {
			u.policies.put(revision, documents)
		}
		return nil
	})
}
