package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// The settings of a server that nobody minds losing.
const settings = "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" +
	" -c shared_buffers=32MB -c max_wal_size=256MB -c autovacuum=off -c log_min_messages=fatal"

// supervisor runs the server, with further settings, until the other end of its standard input is gone, which is when the process of the
// tests ends. Then it stops the server and removes the folder. What it reads before is a signal to stop the server with, which it answers
// once that has ended, or an empty line to start it again.
const supervisor = `
run() { "$1/postgres" -D "$2/data" -k "$2" ` + settings + ` $3 >>"$2/log" 2>&1 </dev/null & server=$!; }
run "$@"
while read -r signal; do
	if [ -z "$signal" ]; then run "$@"; continue; fi
	kill -"$signal" "$server"
	wait "$server"
	echo ended
done
kill -QUIT "$server"
wait "$server"
cd /
rm -rf "$2"`

// started is a server that this process started.
type started struct {
	dsn  string         // of its first database
	life io.WriteCloser // the server ends with it, also when nothing refers to it any more
	said *bufio.Reader  // what the supervisor answers
}

// start starts a server with further settings.
func start(further string) (started, error) {
	folders := programs()
	if len(folders) == 0 {
		return started{}, errors.New("initdb is neither on the PATH nor below /usr/lib/postgresql")
	}
	owner, err := ownerOfServer()
	if err != nil {
		return started{}, err
	}
	var faults []error
	for _, folder := range folders {
		server, err := startFrom(folder, further, owner)
		if err == nil {
			return server, nil
		}
		faults = append(faults, err)
	}
	return started{}, errors.Join(faults...)
}

// programs returns the folders that hold initdb and postgres, that of the PATH first, then Debian's, the newest first.
func programs() []string {
	var folders []string
	if found, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(found); err == nil {
			found = real
		}
		folders = append(folders, filepath.Dir(found))
	}
	debian, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err == nil {
		slices.SortFunc(debian, func(a, b string) int { return len(b) - len(a) + strings.Compare(b, a) })
		for _, found := range debian {
			folders = append(folders, filepath.Dir(found))
		}
	}
	folders = slices.DeleteFunc(folders, func(folder string) bool {
		_, err := os.Stat(filepath.Join(folder, "postgres"))
		return err != nil
	})
	return slices.Compact(folders)
}

// startFrom makes a cluster in a temporary folder and starts the server of it.
func startFrom(programs, further string, as owner) (started, error) {
	folder, err := os.MkdirTemp(place(), "pgtest")
	if err != nil {
		folder, err = os.MkdirTemp("", "pgtest")
	}
	if err != nil {
		return started{}, fmt.Errorf("make a folder for the test server: %w", err)
	}
	server, err := startIn(folder, programs, further, as)
	if err != nil {
		os.RemoveAll(folder) //nolint:errcheck // the system cleans temporary folders up too
	}
	return server, err
}

func startIn(folder, programs, further string, as owner) (started, error) {
	if err := as.take(folder); err != nil {
		return started{}, fmt.Errorf("give the test server its folder: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	initdb := exec.CommandContext(ctx, filepath.Join(programs, "initdb"), "-D", filepath.Join(folder, "data"),
		"--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = folder, as.attributes()
	if output, err := initdb.CombinedOutput(); err != nil {
		return started{}, fmt.Errorf("%s: %w: %s", initdb.Path, err, lastLine(output))
	}
	server := exec.CommandContext(context.WithoutCancel(ctx), "/bin/sh", "-c", supervisor, "sh", programs, folder, further)
	server.Dir, server.SysProcAttr = folder, as.attributes()
	life, err := server.StdinPipe()
	if err != nil {
		return started{}, fmt.Errorf("start the test server: %w", err)
	}
	said, err := server.StdoutPipe()
	if err != nil {
		return started{}, fmt.Errorf("start the test server: %w", err)
	}
	if err := server.Start(); err != nil {
		return started{}, fmt.Errorf("start the test server: %w", err)
	}
	address := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {folder}}.Encode()}
	if err := answers(ctx, address.String()); err != nil {
		log, _ := os.ReadFile(filepath.Join(folder, "log"))
		life.Close()
		server.Wait() //nolint:errcheck // the fault is the one above
		return started{}, fmt.Errorf("wait for the test server: %w: %s", err, lastLine(log))
	}
	return started{address.String(), life, bufio.NewReader(said)}, nil
}

// answers waits until a server does.
func answers(ctx context.Context, dsn string) error {
	for {
		conn, err := pgx.Connect(ctx, dsn)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func lastLine(output []byte) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return lines[len(lines)-1]
}
