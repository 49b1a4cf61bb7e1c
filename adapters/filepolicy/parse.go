package filepolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxDepth        = 32     // levels of nesting; a policy needs four
	maxValues       = 20_000 // values in a document; one for the 255 roles that a group can have needs a tenth of that
	maxNumberLength = 40     // bytes of a number as written
	maxExponent     = 400    // larger than that of any double
)

// node is a JSON value and where it stands.
type node struct {
	value  any // as encoding/json decodes it, numbers as json.Number; nil also for a number that is refused
	offset int // in bytes; of the key for a member of an object
	line   int // from 1
	fields map[string]*node
	keys   []string // of an object, in the order of the document
	items  []*node
}

// parse takes a document apart. It refuses what two readers could understand differently: bytes that are no UTF-8, keys
// given twice, halves of surrogate pairs, and numbers that cannot be kept exactly. The node is nil when the document is no
// single JSON value; else every fault has a pointer to what is wrong, and of a repeated key the first one counts.
func parse(file string, content []byte) (*node, []fault) {
	if wrong, at := malformed(content); wrong != "" {
		line := 1 + bytes.Count(content[:at], []byte("\n"))
		return nil, []fault{{file: file, line: line, message: wrong}}
	}
	p := parser{file: file, content: content, decoder: json.NewDecoder(bytes.NewReader(content)), line: 1}
	p.decoder.UseNumber()
	tree := p.node(p.start())
	if p.excess != "" {
		return nil, []fault{{file: file, line: p.line, message: p.excess}}
	}
	return tree, p.faults
}

// malformed says why content is not exactly one JSON value in UTF-8, and at which byte, or returns "".
func malformed(content []byte) (string, int) {
	if bytes.HasPrefix(content, []byte("\xef\xbb\xbf")) {
		return "begins with a byte order mark; save it as UTF-8 without one", 0
	}
	for i := 0; i < len(content); {
		r, size := utf8.DecodeRune(content[i:])
		if r == utf8.RuneError && size == 1 {
			return "is not UTF-8 text; save it as UTF-8", i
		}
		i += size
	}
	if len(bytes.TrimSpace(content)) == 0 {
		return "is empty; write {} for the defaults, or the document", 0
	}
	var whole json.RawMessage
	err := json.Unmarshal(content, &whole)
	if err == nil {
		return "", 0
	}
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	if !ok {
		return "is not JSON: " + err.Error(), 0
	}
	at := int(min(max(syntax.Offset-1, 0), int64(len(content)-1)))
	hint := ""
	switch before := bytes.TrimSpace(content[:at]); {
	case content[at] == '/':
		hint = "; JSON has no comments"
	case (content[at] == '}' || content[at] == ']') && bytes.HasSuffix(before, []byte(",")):
		hint = "; remove the comma before it"
	case content[at] == '\'':
		hint = "; write texts in double quotes"
	}
	return "is not JSON: " + syntax.Error() + hint, at
}

// parser walks through a document that is known to be well-formed.
type parser struct {
	file    string
	content []byte
	decoder *json.Decoder
	path    []string
	line    int // of the byte at counted
	counted int
	values  int    // read so far
	excess  string // why the rest is not read; "" as long as it is
	faults  []fault
}

func (p *parser) fault(format string, args ...any) {
	p.faults = append(p.faults, fault{file: p.file, at: slices.Clone(p.path), message: fmt.Sprintf(format, args...)})
}

// start returns where the next token begins.
func (p *parser) start() int {
	at := int(p.decoder.InputOffset())
	for at < len(p.content) && strings.IndexByte(" \t\r\n,:", p.content[at]) >= 0 {
		at++
	}
	p.line += bytes.Count(p.content[p.counted:at], []byte("\n"))
	p.counted = at
	return at
}

// node reads the next value. offset is where it, or its key, begins.
func (p *parser) node(offset int) *node {
	n := &node{offset: offset, line: p.line}
	p.values++
	if p.values > maxValues {
		p.excess = fmt.Sprintf("holds more than %d values; no policy needs that many", maxValues)
	}
	if len(p.path) > maxDepth {
		p.excess = fmt.Sprintf("is nested more than %d levels deep; no policy needs that", maxDepth)
	}
	if p.excess != "" {
		return n
	}
	begin := p.start()
	token := p.token()
	switch v := token.(type) {
	case json.Delim:
		if v == '{' {
			p.object(n)
		} else {
			p.list(n)
		}
	case json.Number:
		if wrong := numberFault(string(v)); wrong != "" {
			p.fault("%s", wrong)
		} else {
			n.value = v
		}
	case string:
		p.checkPairs(v, begin)
		n.value = v
	default:
		n.value = v
	}
	return n
}

func (p *parser) object(n *node) {
	values := make(map[string]any)
	n.fields = make(map[string]*node)
	for p.excess == "" && p.decoder.More() {
		offset := p.start()
		key, _ := p.token().(string)
		p.path = append(p.path, key)
		p.checkPairs(key, offset)
		_, twice := n.fields[key]
		if twice {
			p.fault("is given twice, here and on line %d; keep one of them", p.line)
		}
		value := p.node(offset)
		p.path = p.path[:len(p.path)-1]
		if !twice {
			n.fields[key], values[key] = value, value.value
			n.keys = append(n.keys, key)
		}
	}
	if p.excess == "" {
		p.token()
	}
	n.value = values
}

func (p *parser) list(n *node) {
	values := []any{}
	for p.excess == "" && p.decoder.More() {
		p.path = append(p.path, strconv.Itoa(len(n.items)))
		item := p.node(p.start())
		p.path = p.path[:len(p.path)-1]
		n.items, values = append(n.items, item), append(values, item.value)
	}
	if p.excess == "" {
		p.token()
	}
	n.value = values
}

// token returns the next token; nil stands for JSON's null. There is always one, for the document is well-formed.
func (p *parser) token() json.Token {
	token, err := p.decoder.Token()
	if err != nil {
		return nil
	}
	return token
}

// checkPairs refuses a text with half of a surrogate pair, which has no character: decoders put one of their choice there.
func (p *parser) checkPairs(text string, begin int) {
	const replacement = string(utf8.RuneError)
	raw := string(p.content[begin:p.decoder.InputOffset()])
	meant := strings.Count(raw, replacement) + strings.Count(strings.ToLower(raw), `\ufffd`)
	if strings.Count(text, replacement) > meant {
		p.fault("holds half of a surrogate pair (\\ud800 … \\udfff); write the character itself")
	}
}

// numberFault refuses numbers that are costly to compare, or returns "".
func numberFault(text string) string {
	_, exponent, scaled := strings.Cut(strings.ToLower(text), "e")
	if scaled {
		e, err := strconv.Atoi(exponent)
		scaled = err != nil || e > maxExponent || e < -maxExponent
	}
	if scaled || len(text) > maxNumberLength {
		return "is a number with too many digits; write it in plain digits"
	}
	return ""
}

// nearest returns the node at a pointer, or the innermost one above it that exists.
func (n *node) nearest(at []string) *node {
	for _, token := range at {
		next := n.field(token)
		if i, err := strconv.Atoi(token); next == nil && err == nil && i >= 0 && i < len(n.items) {
			next = n.items[i]
		}
		if next == nil {
			break
		}
		n = next
	}
	return n
}

// field returns the member of that name, and nil when n is no object that has it.
func (n *node) field(key string) *node {
	if n == nil {
		return nil
	}
	return n.fields[key]
}

// text returns the text that n is, and "" when it is none.
func (n *node) text() string {
	if n == nil {
		return ""
	}
	text, _ := n.value.(string)
	return text
}

// flag returns the truth value that n is, and absent when it is none.
func (n *node) flag(absent bool) bool {
	if n != nil {
		if flag, ok := n.value.(bool); ok {
			return flag
		}
	}
	return absent
}

// integer returns the whole number that n is, and absent when it is none that an int64 holds. 150.0 and 1.5e2 are whole.
func (n *node) integer(absent int64) int64 {
	if n == nil {
		return absent
	}
	number, ok := n.value.(json.Number)
	if !ok {
		return absent
	}
	exact, ok := new(big.Rat).SetString(string(number))
	if !ok || !exact.IsInt() || !exact.Num().IsInt64() {
		return absent
	}
	return exact.Num().Int64()
}

// number returns the number that n is, and 0 when it is none.
func (n *node) number() float64 {
	if number, ok := n.value.(json.Number); ok {
		value, err := number.Float64()
		if err == nil {
			return value
		}
	}
	return 0
}
