package httpapi

import (
	"net/http"
	"time"
)

// NewHTTPServer returns a server for addr that a slow or greedy client cannot hold: it must send its headers within 5 s and at most
// 16 KiB of them, the whole request within 10 s, take its answer within 30 s, and an idle connection is closed after 60 s.
func NewHTTPServer(addr string, handler http.Handler) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
}
