package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// consent is the word of a person to what a command is about to do.
type consent struct {
	question string // what is asked
	blind    string // what to do where nobody can be asked
	no       string // what is said to anything but yes
}

// ask asks whoever sits at the terminal, unless that was answered beforehand. It returns nil when the answer is yes. With JSON on its way
// nobody is asked, as a program reads along.
func (q consent) ask(in io.Reader, errs io.Writer, yes, asJSON bool) error {
	if yes {
		return nil
	}
	if file, ok := in.(io.Writer); !ok || !terminal(file) || asJSON {
		return q.nobody()
	}
	return q.confirmed(in, errs)
}

// confirmed asks, and returns nil when the answer is yes.
func (q consent) confirmed(in io.Reader, out io.Writer) error {
	fmt.Fprintf(out, "%s [y/N] ", q.question)
	line, err := bufio.NewReader(in).ReadString('\n')
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("read the answer: %w", err)
	case err != nil && line == "":
		return q.nobody() // such as at /dev/null
	}
	if answer := strings.ToLower(strings.TrimSpace(line)); answer != "y" && answer != "yes" {
		return errors.New(q.no)
	}
	return nil
}

func (q consent) nobody() error {
	return usageError{errors.New("nobody can be asked here: " + q.blind)}
}
