package main

import (
	"fmt"
	"strings"

	"github.com/grps/grps/adapters/webhook"
	"github.com/grps/grps/app"
)

// tellWebhooks adds the webhooks of WEBHOOKS_FILE to what the use cases may reach. Without a file there are none.
func (s *service) tellWebhooks(remote app.Remote) (app.Remote, error) {
	if s.config.webhooksFile == "" {
		return remote, nil
	}
	client, err := webhook.New(webhook.Options{
		File: s.config.webhooksFile, AllowPrivate: s.config.webhookPrivate, Clock: systemClock{},
	})
	if err != nil {
		return app.Remote{}, err
	}
	s.stops = append(s.stops, client.Close)
	remote.Webhooks, remote.Targets = client, client.Webhooks()
	s.webhooks = remote.Targets
	return remote, nil
}

// webhooksText names the webhooks and their formats.
func (s *service) webhooksText() string {
	var names []string
	for _, w := range s.webhooks {
		names = append(names, fmt.Sprintf("%s (%s)", w.Name, w.Format))
	}
	text := strings.Join(names, ", ")
	if s.config.webhookPrivate {
		text += "; private addresses are allowed"
	}
	return text
}
