// Command grps runs the Group Rank Points System: `grps serve` answers games and dashboards, the other commands look after it.
package main

import (
	"context"
	"io"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// The exit codes, as every command uses them.
const (
	exitOK    = 0
	exitFault = 1 // what was asked for could not be done
	exitUsage = 2 // it was asked for wrongly: arguments, configuration, documents
)

// run executes one command line and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	if cmd, err := root.ExecuteContextC(ctx); err != nil {
		if cmd == root {
			err = unknownHere(root, args, err) // root itself does nothing but find commands
		}
		return explain(stderr, err)
	}
	return exitOK
}
