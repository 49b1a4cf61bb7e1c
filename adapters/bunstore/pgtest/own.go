package pgtest

import (
	"fmt"
	"io"
	"testing"
)

// Stop is how a server is stopped.
type Stop string

// The ways to stop a server: at once, as in a crash, or by cutting its clients off first.
const (
	Immediate Stop = "QUIT"
	Fast      Stop = "INT"
)

// Server is a server of one test, which that may stop and start. What it acknowledged survives that, as it does in production; only a
// crash of the whole machine would not be survived.
type Server struct {
	tb      testing.TB
	started started
}

// Own starts a server for one test, which ends with it. Without the programs of a server the test is skipped, or fails where CI=true.
func Own(tb testing.TB) *Server {
	tb.Helper()
	running, err := start("-c synchronous_commit=on")
	if err != nil {
		without(tb, err, "install PostgreSQL (Debian: apt-get install postgresql)")
	}
	tb.Cleanup(func() {
		_ = running.life.Close()
		_, _ = running.said.ReadString('\n') // there is nothing more to read: this waits until the server and its folder are gone
	})
	return &Server{tb, running}
}

// Empty returns the address of a fresh database without any table. It ends with the server.
func (s *Server) Empty() string {
	s.tb.Helper()
	const name = "grps_own"
	Execute(s.tb, s.started.dsn, "CREATE DATABASE "+name)
	dsn, err := (&server{started: s.started}).address(name)
	if err != nil {
		s.tb.Fatal(err)
	}
	return dsn
}

// Stop stops the server and returns once it has ended.
func (s *Server) Stop(how Stop) {
	s.tb.Helper()
	if _, err := fmt.Fprintln(s.started.life, string(how)); err != nil {
		s.tb.Fatalf("stop the test server: %v", err)
	}
	if answer, err := s.started.said.ReadString('\n'); err != nil || answer != "ended\n" {
		s.tb.Fatalf("stop the test server: it said %q (%v)", answer, err)
	}
}

// Start starts the stopped server again and returns once it answers.
func (s *Server) Start() {
	s.tb.Helper()
	if _, err := io.WriteString(s.started.life, "\n"); err != nil {
		s.tb.Fatalf("start the test server again: %v", err)
	}
	if err := answers(soon(s.tb), s.started.dsn); err != nil {
		s.tb.Fatalf("wait for the test server: %v", err)
	}
}
