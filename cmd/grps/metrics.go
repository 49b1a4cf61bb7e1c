package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// serveMetrics serves the series and the profiles of the process on a port of their own, where METRICS_ADDRESS names one.
func (s *service) serveMetrics(ctx context.Context, registry *prometheus.Registry) error {
	if s.config.metricsAddress == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.config.metricsAddress)
	if err != nil {
		return fmt.Errorf("listen on METRICS_ADDRESS, %s: %w; set it to another", s.config.metricsAddress, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	s.background(s.server(mux), listener)
	return nil
}
