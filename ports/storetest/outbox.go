package storetest

import "testing"

func outbox(t *testing.T, h Harness) {
	t.Helper()
	outboxOrder(t, h)
	outboxRooms(t, h)
	outboxWaits(t, h)
	outboxReplaces(t, h)
	outboxDepth(t, h)
	outboxKinds(t, h)
	outboxDelays(t, h)
}
