package httpapi

import (
	"net/http"
	"sync"
	"time"
)

// refusalLines is how many lines a second tell of requests that were refused as they came in floods.
const refusalLines = 20

// hush keeps a flood of refusals from filling the log.
type hush struct {
	mu     sync.Mutex
	second int64 // which one is counted, in Unix time
	told   int   // in that second
	untold int   // since the last that was told
}

// tell reports whether the line of a refusal is to be written, and how many were left out since the last that was.
func (h *hush) tell(at time.Time) (write bool, untold int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if second := at.Unix(); second != h.second {
		h.second, h.told = second, 0
	}
	if h.told == refusalLines {
		h.untold++
		return false, 0
	}
	h.told++
	untold, h.untold = h.untold, 0
	return true, untold
}

// floods reports whether a problem is one that whoever asks too much, or has no key, meets any number of times.
func (p problem) floods() bool {
	return p.Status == http.StatusTooManyRequests || p.Status == http.StatusUnauthorized || p.Code == codeOverloaded
}
