package sandbox

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"slices"
	"strconv"
)

// defaultPageSize is what Roblox returns at most when maxPageSize is absent.
const defaultPageSize = 10

// cursor is the content of a page token: the last key sent, and a hash of every other parameter of the listing.
type cursor[K cmp.Ordered] struct {
	After  K      `json:"after"`
	Params uint64 `json:"params"`
}

// page cuts one page out of keys, which are in ascending order and unique, and returns the token of the next page,
// empty at the end. Page sizes above largest are set to largest, as Roblox documents.
func page[K cmp.Ordered](q *request, keys []K, largest int) ([]K, string, error) {
	size := defaultPageSize
	if text := q.query.Get("maxPageSize"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, "", invalidArgument("maxPageSize must be a whole number, 0 or more")
		}
		if n > 0 {
			size = min(n, largest)
		}
	}
	if token := q.query.Get("pageToken"); token != "" {
		from, err := decodeCursor[K](token)
		if err != nil {
			return nil, "", invalidArgument("pageToken is not one of ours")
		}
		if from.Params != q.paramsHash() {
			return nil, "", invalidArgument("pageToken belongs to a call with other parameters")
		}
		at, found := slices.BinarySearch(keys, from.After)
		if found {
			at++
		}
		keys = keys[at:]
	}
	if len(keys) <= size {
		return keys, "", nil
	}
	next, err := json.Marshal(cursor[K]{After: keys[size-1], Params: q.paramsHash()})
	if err != nil {
		return nil, "", err
	}
	return keys[:size], base64.RawURLEncoding.EncodeToString(next), nil
}

func decodeCursor[K cmp.Ordered](token string) (cursor[K], error) {
	var c cursor[K]
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(text, &c)
}

// paramsHash covers the path and every query parameter but the page token.
func (q *request) paramsHash() uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(q.path))
	names := make([]string, 0, len(q.query))
	for name := range q.query {
		if name != "pageToken" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range q.query[name] {
			_, _ = h.Write([]byte("\x00" + name + "\x00" + value))
		}
	}
	return h.Sum64()
}
