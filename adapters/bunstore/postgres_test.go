package bunstore_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/grps/grps/adapters/bunstore"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

func TestEveryFormOfAPostgresAddressIsUnderstood(t *testing.T) {
	dsn := freshPostgres(t)
	rest := strings.TrimPrefix(dsn, "postgres://")
	for _, address := range []string{dsn, "postgresql://" + rest, "postgresql+asyncpg://" + rest, "postgresql+asyncpg://" + rest + "&ssl=prefer"} {
		openPostgres(t, address)
	}
}

func TestAnAddressThatCannotBeReadIsInvalidAndNotRepeated(t *testing.T) {
	for _, address := range []string{
		"", "grps.db", "mysql://root:hunter2@localhost/grps", "host=localhost password=hunter2", "postgres://user:hunter2@localhost:port/grps",
		"postgres://user:hunter2%zz@localhost/grps", "postgresql+asyncpg://user:hunter2%zz@localhost/grps",
		"postgresql+asyncpg://user:hunter2@local host/grps",
	} {
		_, err := bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{DSN: address})
		if domain.KindOf(err) != domain.KindInvalid {
			t.Errorf("%q: got %v of kind %s, want invalid", address, err, domain.KindOf(err))
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %q, want the password left out", address, err)
		}
	}
}

func TestAServerThatDoesNotAnswerIsUnavailable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	silent, gone := listener.Addr().String(), "127.0.0.1:1"
	defer listener.Close()
	for _, host := range []string{silent, gone} {
		begun := time.Now()
		_, err := bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{
			DSN: "postgres://grps:hunter2@" + host + "/grps?sslmode=disable", ConnectTimeout: 200 * time.Millisecond,
		})
		if domain.KindOf(err) != domain.KindUnavailable || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v of kind %s, want unavailable and no password", host, err, domain.KindOf(err))
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s: got the answer after %s, want it soon after 200ms", host, took)
		}
	}
}

func TestTheAddressSaysFirstHowLongAConnectionMayTake(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, err = bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{
		DSN: "postgres://grps@" + listener.Addr().String() + "/grps?sslmode=disable&connect_timeout=1", ConnectTimeout: time.Minute,
	})
	if err == nil || !strings.Contains(err.Error(), "does not answer within 1s") {
		t.Errorf("got %v, want no answer within the second that the address allows", err)
	}
}

func TestWorkOnTheServerIsBounded(t *testing.T) {
	s := openPostgres(t, freshPostgres(t))
	for setting, want := range map[string]string{
		"statement_timeout": "15s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "30s", "application_name": "grps",
		"standard_conforming_strings": "on", "client_encoding": "UTF8", "TimeZone": "UTC",
	} {
		if got := texts(t, s, "SELECT current_setting('"+setting+"')"); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q", setting, got, want)
		}
	}
	s = openPostgres(t, freshPostgres(t)+"&statement_timeout=1234")
	if got := texts(t, s, "SELECT current_setting('statement_timeout')"); !slices.Equal(got, []string{"1234ms"}) {
		t.Errorf("statement_timeout given in the address: got %q, want 1234ms", got)
	}
}

// TestAPoolerThatRefusesSettingsIsAskedWithoutThem talks to a stand-in for PgBouncer, which answers like this.
func TestAPoolerThatRefusesSettingsIsAskedWithoutThem(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go pool(conn)
		}
	}()
	s, err := bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{DSN: "postgres://grps@" + listener.Addr().String() + "/grps?sslmode=disable"})
	if err != nil {
		t.Fatalf("OpenPostgres: got error %v, want none", err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: got error %v, want none", err)
	}
	s.Close()
}

// pool answers one connection: an error when it asks for a timeout, and every statement with success.
func pool(conn net.Conn) {
	defer conn.Close()
	backend := pgproto3.NewBackend(conn, conn)
	message, err := backend.ReceiveStartupMessage()
	if err != nil {
		return
	}
	start, ok := message.(*pgproto3.StartupMessage)
	if !ok {
		return
	}
	if _, asked := start.Parameters["statement_timeout"]; asked {
		backend.Send(&pgproto3.ErrorResponse{
			Severity: "FATAL", Code: "08P01", Message: "unsupported startup parameter: statement_timeout",
		})
		backend.Flush()
		return
	}
	backend.Send(&pgproto3.AuthenticationOk{})
	backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	for backend.Flush() == nil {
		message, err := backend.Receive()
		if err != nil {
			return
		}
		switch message.(type) {
		case *pgproto3.Query:
			backend.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
			backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		case *pgproto3.Terminate:
			return
		}
	}
}

func TestAfterAllConnectionsWereCutTheNextCallsWork(t *testing.T) {
	dsn := freshPostgres(t)
	s := openPostgres(t, dsn)
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		return w.SaveStandings(ctx, []ports.PlacedStanding{{Standing: domain.Standing{UserID: user(7), Username: "Seven"}}})
	})
	for name, call := range map[string]func(ctx context.Context) error{
		"Standing": func(ctx context.Context) error { _, err := s.Standing(ctx, user(7)); return err },
		"Claim":    func(ctx context.Context) error { _, err := s.Claim(ctx, ports.AnyLane(1), time.Second); return err },
		"Ping":     s.Ping,
		"Write": func(ctx context.Context) error {
			return s.Write(ctx, func(ctx context.Context, w ports.Writer) error {
				_, err := w.LockStandings(ctx, []domain.UserID{user(7)})
				return err
			})
		},
	} {
		occupy(t, s, 6) // every connection of the pool is open
		cut(t.Context(), t, dsn)
		if err := call(t.Context()); err != nil {
			t.Errorf("%s: got error %v, want none", name, err)
		}
	}
}

func TestAUnitWhoseConnectionIsCutIsUnavailableAndLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		last func(ctx context.Context, w ports.Writer) error
	}{
		{"before a statement", func(ctx context.Context, w ports.Writer) error {
			_, err := w.LockStandings(ctx, []domain.UserID{user(7)})
			return err
		}},
		{"before the commit", func(context.Context, ports.Writer) error { return nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dsn := freshPostgres(t)
			s := openPostgres(t, dsn)
			err := s.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
				saved := []ports.PlacedStanding{{Standing: domain.Standing{UserID: user(7), Username: "Seven"}}}
				if err := w.SaveStandings(ctx, saved); err != nil {
					return err
				}
				cut(ctx, t, dsn)
				return c.last(ctx, w)
			})
			if domain.KindOf(err) != domain.KindUnavailable || domain.RetryAfterOf(err) <= 0 {
				t.Errorf("Write: got %v of kind %s, want unavailable", err, domain.KindOf(err))
			}
			if _, err := s.Standing(t.Context(), user(7)); !errors.Is(err, domain.ErrNotFound) {
				t.Errorf("Standing: got error %v, want not found", err)
			}
		})
	}
}

func TestAUnitThatWaitsTooLongForALockIsUnavailable(t *testing.T) {
	dsn := freshPostgres(t)
	s := openPostgres(t, dsn)
	hasty := opened(t)(bunstore.OpenPostgres(t.Context(), bunstore.PostgresOptions{DSN: dsn, LockTimeout: 30 * time.Millisecond}))
	known(t, s, 7)
	write(t, s, func(ctx context.Context, w ports.Writer) error {
		if _, err := w.LockStandings(ctx, []domain.UserID{user(7)}); err != nil {
			return err
		}
		err := hasty.Write(ctx, func(ctx context.Context, w ports.Writer) error {
			_, err := w.LockStandings(ctx, []domain.UserID{user(7)})
			return err
		})
		if domain.KindOf(err) != domain.KindUnavailable {
			t.Errorf("the second writer: got %v of kind %s, want unavailable", err, domain.KindOf(err))
		}
		return nil
	})
}

func TestUnitsThatLockInOppositeOrderDoNotHang(t *testing.T) {
	s := openPostgres(t, freshPostgres(t))
	known(t, s, 1, 2)
	both := make(chan struct{}, 2)
	lock := func(first, second int64) error {
		return s.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
			if _, err := w.LockStandings(ctx, []domain.UserID{user(first)}); err != nil {
				return err
			}
			both <- struct{}{}
			for len(both) < 2 && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			_, err := w.LockStandings(ctx, []domain.UserID{user(second)})
			return err
		})
	}
	results := make(chan error, 2)
	go func() { results <- lock(1, 2) }()
	go func() { results <- lock(2, 1) }()
	conflicts := 0
	for range 2 {
		if err := <-results; errors.Is(err, domain.ErrConflict) {
			conflicts++
		} else if err != nil {
			t.Errorf("got error %v, want none or a conflict", err)
		}
	}
	if conflicts != 1 {
		t.Errorf("got %d conflicts, want that of the one that PostgreSQL chose", conflicts)
	}
}

func TestUnitsThatLockManyPlayersInOneCallNeverDeadlock(t *testing.T) {
	s := openPostgres(t, freshPostgres(t))
	known(t, s, 1, 2, 3, 4, 5)
	forwards := []domain.UserID{user(1), user(2), user(3), user(4), user(5)}
	backwards := slices.Clone(forwards)
	slices.Reverse(backwards)
	results := make(chan error)
	for _, users := range [][]domain.UserID{forwards, backwards, forwards, backwards} {
		go func() {
			for range 25 {
				if err := s.Write(t.Context(), func(ctx context.Context, w ports.Writer) error {
					standings, err := w.LockStandings(ctx, users)
					if err != nil {
						return err
					}
					var changed []ports.PlacedStanding
					for _, standing := range slices.Backward(standings) {
						standing.Points++
						changed = append(changed, ports.PlacedStanding{Standing: standing})
					}
					return w.SaveStandings(ctx, changed)
				}); err != nil {
					results <- err
					return
				}
			}
			results <- nil
		}()
	}
	for range 4 {
		if err := <-results; err != nil {
			t.Errorf("got error %v, want none", err)
		}
	}
	if got := standing(t, s, 3).Points; got != 100 {
		t.Errorf("points: got %d, want 100: one for every unit", got)
	}
}

// known stores plain players of those numbers.
func known(t *testing.T, s *bunstore.Store, numbers ...int64) {
	t.Helper()
	var standings []ports.PlacedStanding
	for _, n := range numbers {
		standings = append(standings, ports.PlacedStanding{Standing: domain.Standing{UserID: user(n), Username: "p"}})
	}
	write(t, s, func(ctx context.Context, w ports.Writer) error { return w.SaveStandings(ctx, standings) })
}

// occupy opens n connections at once and gives them back.
func occupy(t *testing.T, s *bunstore.Store, n int) {
	t.Helper()
	for range n {
		conn, err := s.Writer().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
}

// cut ends every connection to the database of dsn on the side of the server, and waits until they are gone.
func cut(ctx context.Context, t *testing.T, dsn string) {
	t.Helper()
	admin, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(ctx)
	const others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
	if _, err := admin.Exec(ctx, "SELECT pg_terminate_backend(pid) "+others); err != nil {
		t.Fatal(err)
	}
	for left := 1; left > 0; {
		if err := admin.QueryRow(ctx, "SELECT count(*) "+others).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
}
