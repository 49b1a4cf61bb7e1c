package app

import (
	"context"
	"sync"

	"github.com/grps/grps/ports"
)

// archive remembers which policies the store keeps, so that not every decision writes its policy again.
type archive struct {
	mu   sync.Mutex
	kept map[string]bool // by revision; true once a unit that kept it is committed
}

func newArchive() *archive { return &archive{kept: make(map[string]bool)} }

func (a *archive) keeps(revision string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.kept[revision]
}

func (a *archive) committed(revisions []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, revision := range revisions {
		a.kept[revision] = true
	}
}

// archivingWriter is the Writer of a unit. It writes a policy only when no unit of this process is known to have kept it.
type archivingWriter struct {
	ports.Writer
	archive *archive
	kept    []string // in this unit, which may still fail
}

// KeepPolicy implements ports.PolicyWriter.
func (w *archivingWriter) KeepPolicy(ctx context.Context, revision, documents string) error {
	if w.archive.keeps(revision) {
		return nil
	}
	w.kept = append(w.kept, revision)
	return w.Writer.KeepPolicy(ctx, revision, documents)
}
