package storetest

import "testing"

func roundTrip(t *testing.T, h Harness) {
	t.Helper()
	standingRoundTrip(t, h)
	snapshotRoundTrip(t, h)
	answerRoundTrip(t, h)
	decisionRoundTrip(t, h)
	entryRoundTrip(t, h)
}
