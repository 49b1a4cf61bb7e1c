package httpapi

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzSplit compares the items of a batch with those that encoding/json finds: of a text that is JSON they are the same, and of one that
// is not nothing is read twice or out of order.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		`{"snapshots":[1,"]",{"a":[1,{"b":"\\\"}"}]} , null ]}`, `{"snapshots":[]}`, `{"x":1,"snapshots":[[[]]],"y":{"snapshots":[1]}}`,
		`{"snapshots":[1,`, `{"snapshots":["\`, `{"snapshots":[}]}`, `{"snapshots":[1,]}`, `{"":[1]}`, `{"snapshots":{}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, items, err := scanBatch(string(text), snapshotsName)
		if err != nil {
			return
		}
		end := 0
		for _, item := range items {
			at := strings.Index(string(text[end:]), string(item))
			if len(item) == 0 || at < 0 {
				t.Fatalf("items of %q: %q, want it not empty and in the text behind byte %d", text, item, end)
			}
			end += at + len(item)
		}
		if !json.Valid(text) {
			return // of such an item its reader says what is wrong
		}
		var members map[string]json.RawMessage
		var want []json.RawMessage
		if json.Unmarshal(text, &members) != nil || json.Unmarshal(members[snapshotsName], &want) != nil {
			return // there is no array
		}
		if len(items) != len(want) {
			t.Fatalf("items of %q: got %q, want %q", text, items, want)
		}
		for i, item := range items {
			if string(item) != string(want[i]) {
				t.Errorf("item %d of %q: got %q, want %q", i, text, item, want[i])
			}
		}
	})
}
