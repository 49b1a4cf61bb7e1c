package main

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/grps/grps/domain"
)

// keysInForce is a number of keys without names.
type keysInForce int

func (n keysInForce) Keys() []domain.Key { return make([]domain.Key, n) }

func TestWhoMayCallIsSaidWithTheKeysOfTheFileAndThePortThatWasTaken(t *testing.T) {
	anywhere := &net.TCPAddr{IP: net.IPv6unspecified, Port: 43210}
	for want, s := range map[string]*service{
		"open to this machine: no INBOUND_API_KEYS, so it listens on loopback only": {},
		"1 inbound and 0 admin keys, on every address of this machine, port 43210":  {config: config{inboundKeys: make([]Secret, 1)}},
		"3 keys in KEYS_FILE, on every address of this machine, port 43210":         {config: config{keysFile: "keys.json"}, named: keysInForce(3)},
		"0 inbound and 2 admin keys, 1 key in KEYS_FILE, on every address of this machine, port 43210": {
			config: config{adminKeys: make([]Secret, 2), keysFile: "keys.json"}, named: keysInForce(1),
		},
	} {
		if got := s.accessText(anywhere); got != want {
			t.Errorf("access: got %q, want %q", got, want)
		}
	}
	s := &service{config: config{inboundKeys: make([]Secret, 1)}}
	if got := s.accessText(&net.TCPAddr{IP: net.IPv4(10, 0, 0, 7), Port: 80}); !strings.HasSuffix(got, ", on 10.0.0.7:80") {
		t.Errorf("access: got %q, want it to end with the address", got)
	}
}

func TestADatabaseIsNamedWithoutItsPassword(t *testing.T) {
	for dsn, want := range map[string]string{
		"postgres://grps:canary@db:5433/ranks?sslmode=disable": "Postgres, ranks at db:5433",
		"postgres://grps:canary@db":                            "Postgres, the database of the user at db",
		"postgres:///ranks?host=/run/postgresql":               "Postgres",
		"postgres://grps:can%zzary@db/ranks":                   "Postgres",
	} {
		if got := (database{postgres: dsn}).String(); got != want {
			t.Errorf("%s: got %q, want %q", dsn, got, want)
		}
	}
}

func TestWhoeverLooksForTheDatabaseIsToldWhereItMayBe(t *testing.T) {
	t.Chdir(t.TempDir())
	db := database{path: defaultDatabase}
	if got := db.absent().Error(); !strings.HasSuffix(got, "grps.db does not exist; 'grps serve' makes it, or set DATABASE_URL to another") {
		t.Errorf("an empty folder: got %q", got)
	}
	if err := os.WriteFile(sandboxDatabase, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := db.absent().Error(); !strings.Contains(got, "DATABASE_URL=sqlite:///grps-sandbox.db") {
		t.Errorf("beside the database of a sandbox: got %q, want what leads to it", got)
	}
	if got := (database{path: "other.db"}).absent().Error(); strings.Contains(got, "sandbox") {
		t.Errorf("a file that was named: got %q", got)
	}
	if got, other := unreachedHint(syscall.ECONNREFUSED), unreachedHint(os.ErrPermission); !strings.Contains(got, "start the server") || got == other {
		t.Errorf("hints: got %q where nothing listens and %q otherwise", got, other)
	}
}
