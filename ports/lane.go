package ports

// Lane orders what is done at Roblox: what protects players before what pleases them. Of two things that could be done next, that of the
// lower lane is.
type Lane int

// The lanes, first to last.
const (
	LaneBan Lane = iota
	LaneSuspend
	LaneDemote
	LaneRestore
	LanePromote
	LaneObserve // looking at what Roblox shows, without changing it
	LaneMirror
	LaneMessage
	LaneSpare   // looking that can wait for everything else: once more after a change, and at everybody
	LaneWebhook // what is told outside Roblox
)

// AnyLane returns room for so many entries of any lane.
func AnyLane(limit int) []Room { return []Room{{First: -1 << 31, Last: 1<<31 - 1, Limit: limit}} }

// Urgent reports whether the lane protects players: it never waits for what has spent the budget before it.
func (l Lane) Urgent() bool { return l <= LaneSuspend }
