package main

import (
	"encoding/json"
	"testing"
)

func TestWhatIsUnseenIsMarkedAndNothingElseIs(t *testing.T) {
	for text, want := range map[string]string{
		"Arc Trooper":                "Arc Trooper",
		"Zoë 名前 👨\u200d👩":            "Zoë 名前 👨\u200d👩",
		"a\x1b[2Jb":                  "a�[2Jb",
		"a\nb\tc\r":                  "a�b�c�",
		"a\u009b31m\u202e\u2028\xff": "a�31m���",
		"\uffff\U0001fffe":           "��",
		"":                           "",
	} {
		if got := visible(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
		document, err := json.Marshal(map[string]any{text: []any{text, 1, nil}})
		if err != nil {
			t.Fatal(err)
		}
		var shown map[string][]any
		if err := json.Unmarshal(legible(document), &shown); err != nil || len(shown[want]) != 3 || shown[want][0] != want {
			t.Errorf("%s: got %v (%v), want %q in it", document, shown, err, want)
		}
	}
}

func TestJSONSaysTheSameWithoutWhatIsUnseen(t *testing.T) {
	const text = "a\x1b\n\u009b\u202e\u2028\uffff\U0001fffeé👩\\\""
	document, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	safe := escaped(document)
	for _, r := range string(safe) {
		if unseen(r) {
			t.Errorf("%q holds %U", safe, r)
		}
	}
	var same string
	if err := json.Unmarshal(safe, &same); err != nil || same != text {
		t.Errorf("%q says %q (%v), want %q", safe, same, err, text)
	}
}

func TestEscapesOfJSONAreReadAsTheyAreWritten(t *testing.T) {
	for document, want := range map[string]string{
		`{"a\\nb":"\\u001b"}`:        `{"a\\nb":"\\u001b"}`,
		`{"a":"\u001b\u009B\u202e"}`: `{"a":"\ufffd\ufffd\ufffd"}`,
		`{"a":"\ud83d\ude00\"\n"}`:   `{"a":"\ud83d\ude00\"\ufffd"}`,
		"{\n \"a\" : 1 }":            "{\n \"a\" : 1 }",
		`"\u00`:                      `"\u00`,
		`"\`:                         `"\`,
	} {
		if got := string(legible([]byte(document))); got != want {
			t.Errorf("%s: got %s, want %s", document, got, want)
		}
	}
}
