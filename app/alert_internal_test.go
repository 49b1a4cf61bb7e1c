package app

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/grps/grps/adapters/memstore"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
	"github.com/grps/grps/ports/portsmock"
)

type rules struct{}

func (rules) Current() domain.Policy { return domain.Policy{} }

type clock struct{}

func (clock) Now() time.Time { return time.Now() }

type quiet struct{}

func (quiet) Record(context.Context, ports.Event) {}

func TestAnAlertReachesEveryWebhookWhateverActionsItAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memstore.New()
		defer store.Close()
		var heard []ports.WebhookMessage
		said := make(chan ports.WebhookMessage, 10)
		service, dispatcher := New(Parts{
			Store: store, Policies: rules{}, Clock: clock{}, Recorder: quiet{},
			Remote: Remote{
				Webhooks: &portsmock.WebhooksMock{SendFunc: func(_ context.Context, m ports.WebhookMessage) error {
					said <- m
					return nil
				}},
				Targets: []ports.Webhook{{Name: "a"}, {Name: "b", Actions: []domain.Action{domain.ActionBan}}},
			},
		}, DispatcherOptions{})
		alert := domain.NewAlert("id", domain.AlertPaused, "20 demotions in an hour: automation is paused")
		err := service.unit(t.Context(), func(ctx context.Context, w ports.Writer) error {
			l, err := service.openLedger(ctx, w, rules{}.Current(), nil)
			if err != nil {
				return err
			}
			l.alert(alert)
			return l.write(ctx)
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go dispatcher.Run(ctx)
		time.Sleep(time.Minute)
		cancel()
		synctest.Wait()
		close(said)
		var names []string
		for m := range said {
			heard = append(heard, m)
			names = append(names, m.Webhook)
			if m.Alert != alert || m.ID != "id" || m.Decision.ID != "" || m.At.IsZero() {
				t.Errorf("heard %+v", m)
			}
		}
		slices.Sort(names)
		if want := []string{"a", "b"}; !slices.Equal(names, want) {
			t.Errorf("%d messages to %q, want one to each of %q", len(heard), names, want)
		}
	})
}
