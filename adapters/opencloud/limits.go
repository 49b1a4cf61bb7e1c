package opencloud

// Limits are how many calls are made at most, in any stretch of time as long as the unit: by the Client, or by all processes that use its
// key and agree through Options.Budget. Each is 0 for its default. Roblox counts the limits of the group calls and of publishing per owner
// of the key: keys of one account share them. Set them lower where there are several.
type Limits struct {
	// GroupPerMinute is for each group call; 300, which Roblox documents for each group endpoint and key owner.
	GroupPerMinute int

	// MemberPagesPerMinute is how many pages Members lists; 60, a fifth of what Roblox grants for reading memberships. It counts in
	// GroupPerMinute too, where every other read goes first.
	MemberPagesPerMinute int

	// RestrictionsPerSecond is for each universe; 10, which Roblox documents for updates in one universe. As many are read, of 50.
	RestrictionsPerSecond int

	// RestrictionsPerUser is a minute's, for each user and universe; 2, which Roblox documents.
	RestrictionsPerUser int

	// MirrorPerMinute is how many entries PutStanding reads, and how many it writes; 60. Roblox grants a universe 300 reads and 300
	// writes a minute, and more for each player, which the game's own servers draw on too: the mirror must never starve them.
	MirrorPerMinute int

	// EntryReadsPerMinute is how many entries Entries reads a minute after the first page of 256; 240. With the mirror's that is what
	// Roblox grants a universe before it counts any player.
	EntryReadsPerMinute int

	// EntryListsPerMinute is how many pages Entries lists; 60 of the 300 that Roblox grants a universe.
	EntryListsPerMinute int

	// MessagesPerMinute is for each universe; 120, which is what a topic may receive while the game has a single server (40, and 80
	// for each server). Publishing itself Roblox limits to 5,000 a minute.
	MessagesPerMinute int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		GroupPerMinute:        orDefault(l.GroupPerMinute, 300),
		MemberPagesPerMinute:  orDefault(l.MemberPagesPerMinute, 60),
		RestrictionsPerSecond: orDefault(l.RestrictionsPerSecond, 10),
		RestrictionsPerUser:   orDefault(l.RestrictionsPerUser, 2),
		MirrorPerMinute:       orDefault(l.MirrorPerMinute, 60),
		EntryReadsPerMinute:   orDefault(l.EntryReadsPerMinute, 240),
		EntryListsPerMinute:   orDefault(l.EntryListsPerMinute, 60),
		MessagesPerMinute:     orDefault(l.MessagesPerMinute, 120),
	}
}

func (l Limits) negative() bool {
	return min(l.GroupPerMinute, l.MemberPagesPerMinute, l.RestrictionsPerSecond, l.RestrictionsPerUser, l.MirrorPerMinute, l.EntryReadsPerMinute,
		l.EntryListsPerMinute, l.MessagesPerMinute) < 0
}
