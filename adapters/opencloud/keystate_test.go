package opencloud_test

import (
	"testing"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestAKeyIsExaminedByWhatRobloxSays(t *testing.T) {
	expiry := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		status int
		body   string
		want   ports.KeyState
	}{
		"good":     {200, `{"name":"k","enabled":true,"expirationTimeUtc":"2026-12-01T00:00:00Z"}`, ports.KeyState{Usable: true, ExpiresAt: expiry}},
		"for ever": {200, `{"name":"k","enabled":true}`, ports.KeyState{Usable: true}},
		"disabled": {200, `{"name":"k","enabled":false}`, ports.KeyState{Reason: "the key is disabled"}},
		"expired":  {200, `{"name":"k","enabled":true,"expired":true}`, ports.KeyState{Reason: "the key is expired"}},
		"refused":  {401, `{}`, ports.KeyState{Reason: "Roblox refuses the key: it is wrong, or may not be used from this address"}},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := answering(t, says(c.status, c.body))
			got, err := client.ExamineKey(t.Context())
			wantNoError(t, "ExamineKey", err)
			equal(t, "the key", got, c.want)
		})
	}
}

func TestARobloxThatIsDownSaysNothingAboutTheKey(t *testing.T) {
	client, _ := answering(t, says(503, `{}`))
	_, err := client.ExamineKey(t.Context())
	if domain.KindOf(err) != domain.KindUnavailable {
		t.Errorf("got %v, want unavailable", err)
	}
}
