package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows a person how far a command has come, on one line of a terminal. Its zero value shows nothing.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress returns a progress on w for work of total steps; 0 or less means that nobody knows how many. It shows nothing unless w is a
// terminal, so that files and pipes get what the command prints and no more. end must follow.
func newProgress(w io.Writer, doing string, total int64) progress {
	if !terminal(w) {
		return progress{}
	}
	return drawProgress(w, doing, total)
}

// drawProgress returns a progress that w sees, whatever w is.
func drawProgress(w io.Writer, doing string, total int64) progress {
	if total <= 0 {
		total = -1 // which the library takes for unknown
	}
	return progress{progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(doing),
		progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0), // no goroutine of its own: it turns with every add
		progressbar.OptionSetRenderBlankState(true),
		progressbar.OptionClearOnFinish(),
	)}
}

// add says that n more steps are done. More than there are in all are as many as there are.
func (p progress) add(n int) {
	if p.bar != nil {
		_ = p.bar.Add(n) // what cannot be shown hinders no work
	}
}

// end takes the line away, so that what the command prints next stands alone. It may be called twice.
func (p progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
