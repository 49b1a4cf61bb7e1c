package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"

	"github.com/grps/grps/adapters/httpapi"
)

// drainTime is how long requests under way may take once the service was asked to stop. What else is under way has 4 s more, so it has
// ended within 15 s.
const drainTime = 10 * time.Second

// answer serves requests until ctx ends, then drains: first whoever watches hears that the process is not ready, so that nothing more is
// sent here, then nothing more is accepted, then what is under way is answered.
func (s *service) answer(ctx context.Context, listener net.Listener, api http.Handler, leave func()) error {
	server := s.server(api)
	listener = httpapi.LimitConnections(server, listener, s.connections())
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	leave()
	s.log.Info("stopping: requests under way are answered first")
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-time.After(s.config.drainDelay):
	}
	if err := server.Shutdown(draining); err != nil {
		s.log.Warn("some requests were cut off", zap.Error(err))
		_ = server.Close()
	}
	s.log.Info("stopped: what is not settled is taken up at the next start")
	return nil
}

// connections returns how many connections may be open.
func (s *service) connections() int {
	files, err := openFiles()
	if err != nil {
		return s.config.connections // the system does not tell; then it says so when there are too many
	}
	most, warning := fitting(s.config.connections, files)
	if warning != "" {
		s.log.Warn(warning)
	}
	return most
}
