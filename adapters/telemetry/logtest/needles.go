package logtest

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// needles are texts to be found. They are kept so that a line is read once, whatever their number.
type needles struct {
	texts   map[string]string        // what each is
	lengths map[[shortest]byte][]int // of those that begin so
}

func newNeedles() needles { return needles{map[string]string{}, map[[shortest]byte][]int{}} }

// add seeks a text as well, or how it begins, unless it is too short or a word.
func (n needles) add(text, what string) {
	text = text[:min(len(text), 2*opening)]
	if len(text) < shortest || word(text) || n.texts[text] != "" {
		return
	}
	n.texts[text] = what
	key := [shortest]byte([]byte(text[:shortest]))
	if !slices.Contains(n.lengths[key], len(text)) {
		n.lengths[key] = append(n.lengths[key], len(text))
	}
}

// in returns what is found in a line, "" for nothing, and the line around the first one with every one of them masked.
func (n needles) in(line []byte) (what, masked string) {
	const around = 120
	var shown strings.Builder
	first, copied := 0, 0
	for i := 0; i+shortest <= len(line); {
		found, length := n.at(line[i:])
		if length == 0 {
			i++
			continue
		}
		if what == "" {
			what, first = found, i
			copied = max(0, first-around)
		}
		if i < first+around {
			shown.Write(line[copied:i])
			shown.WriteString("****")
			copied = i + length
		}
		i += length
	}
	if what != "" {
		shown.Write(line[min(copied, len(line)):min(max(copied, first+around), len(line))])
	}
	return what, shown.String()
}

// at returns what the longest text is that the line begins with, and its length.
func (n needles) at(line []byte) (what string, longest int) {
	for _, length := range n.lengths[[shortest]byte(line)] {
		if length <= longest || length > len(line) || n.texts[string(line[:length])] == "" {
			continue
		}
		if length < len(line) && counts(line[:length]) && digit(line[length]) {
			continue // "kos":25 shows nothing of "kos":2
		}
		what, longest = n.texts[string(line[:length])], length
	}
	return what, longest
}

// counts reports whether a text is a member of JSON that is a number, such as "kos":25.
func counts(text []byte) bool {
	name := bytes.TrimRight(text, "0123456789")
	return len(name) < len(text) && bytes.HasSuffix(name, []byte(`":`))
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

// word reports whether a text may well stand somewhere for its own sake, such as "whatever" or "00000000".
func word(text string) bool {
	const longest = 16
	return len(text) <= longest && (strings.Trim(text, "abcdefghijklmnopqrstuvwxyz") == "" || strings.Trim(text, "0123456789") == "")
}

// unescaped returns the line without the escapes of JSON, wherever they stand.
func unescaped(line []byte) []byte {
	plain := make([]byte, 0, len(line))
	for i := 0; i < len(line); i++ {
		if line[i] != '\\' || i+1 == len(line) {
			plain = append(plain, line[i])
			continue
		}
		i++
		switch line[i] {
		case 'n':
			plain = append(plain, '\n')
		case 't':
			plain = append(plain, '\t')
		case 'r':
			plain = append(plain, '\r')
		case 'u':
			if r, err := strconv.ParseUint(string(line[i+1:min(i+5, len(line))]), 16, 32); err == nil {
				plain = append(plain, string(rune(r))...)
				i += 4
				continue
			}
			plain = append(plain, 'u')
		default:
			plain = append(plain, line[i])
		}
	}
	return plain
}

// ended returns nil for the end of a file.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
