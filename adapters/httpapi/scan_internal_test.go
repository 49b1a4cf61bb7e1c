package httpapi

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzDecode compares the scanner with encoding/json, which accepts more: what the scanner accepts must be JSON of the same meaning, and
// what it refuses for its grammar must not be JSON.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"a":1,"b":[true,false,null,"x\u0041\ud83d\ude00"],"c":{"d":-0.5e+10}}`, `[]`, ` {} `, `{"a":1,"a":2}`, `{"a":"\ud83d"}`,
		`{"a":01}`, `{"a":1.}`, `{"a":"\u0000"}`, strings.Repeat(`{"a":`, 17), `{"a":"` + "\xff" + `"}`, `{"a":tru}`, "{\"a\":\"\x01\"}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		members, err := scanObject(string(text))
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Errorf("error: got %q, want valid UTF-8", err)
			}
			if strings.Contains(err.Error(), "is not valid JSON") && json.Valid(text) {
				t.Errorf("refused as no JSON, and it is: %q: %v", text, err)
			}
			return
		}
		if !utf8.Valid(text) {
			t.Fatalf("accepted, and it is no UTF-8: %q", text)
		}
		if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
			if len(members) > 0 || !json.Valid(text) {
				t.Errorf("members of %q: got %v, want none", text, members)
			}
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatalf("accepted, and encoding/json refuses it: %q: %v", text, err)
		}
		if len(members) != len(want) {
			t.Errorf("members of %q: got %d, want %d", text, len(members), len(want))
		}
		for _, m := range members {
			compareMember(t, m, want[m.name])
		}
	})
}

func compareMember(t *testing.T, m member, want json.RawMessage) {
	t.Helper()
	if string(m.value) != string(want) {
		t.Errorf("value of %q: got %q, want %q", m.name, m.value, want)
	}
	switch {
	case m.value.isText():
		var text string
		if err := json.Unmarshal(want, &text); err != nil || m.value.text() != text {
			t.Errorf("text of %q: got %q, want %q (%v)", m.name, m.value.text(), text, err)
		}
	case m.value.isNumber():
		compareInteger(t, string(m.value))
	default:
		if !numbersFit(string(m.value)) && !strings.ContainsAny(string(m.value), "0123456789") {
			t.Errorf("numbers of %q: got one beyond a double, want none", m.value)
		}
	}
}

// compareInteger checks integerOf against exact arithmetic, for exponents that it can be done with.
func compareInteger(t *testing.T, number string) {
	t.Helper()
	_, power, _ := strings.Cut(strings.ToLower(number), "e")
	if len(power) > 5 || len(number) > 1000 {
		integerOf(number)
		return
	}
	exact, ok := new(big.Rat).SetString(number)
	if !ok {
		t.Fatalf("number %q: math/big cannot read it", number)
	}
	whole := exact.IsInt() && exact.Num().IsInt64()
	n, fault := integerOf(number)
	if (fault == "") != whole || whole && n != exact.Num().Int64() {
		t.Errorf("integer %q: got %d %q, want %s", number, n, fault, exact.Num())
	}
}

func TestIntegersAreReadToTheLastDigit(t *testing.T) {
	for number, want := range map[string]struct {
		n     int64
		fault string
	}{
		"0": {0, ""}, "-0": {0, ""}, "-0.0e5": {0, ""}, "0e999999999999999999999": {0, ""}, "520.0": {520, ""}, "1e3": {1000, ""},
		"1E+3": {1000, ""}, "12.5e1": {125, ""}, "1200e-2": {12, ""}, "9007199254740991": {9007199254740991, ""},
		"9.007199254740991e15": {9007199254740991, ""}, "9007199254740993.0": {9007199254740993, ""},
		"9223372036854775807": {9223372036854775807, ""}, "-9223372036854775808": {-9223372036854775808, ""},
		"9223372036854775808": {0, tooFar}, "-9223372036854775809": {0, tooFar}, "9.223372036854775808e18": {0, tooFar}, "1e19": {0, tooFar},
		"1e18": {1000000000000000000, ""}, "9.223372036854775807e18": {9223372036854775807, ""},
		"1e2147483647": {0, tooFar}, "1e99999999999999999999": {0, tooFar}, "1e-99999999999999999999": {0, notWhole},
		"0.5": {0, notWhole}, "1e-1": {0, notWhole}, "520.25": {0, notWhole}, "1.0000000000000000000000001": {0, notWhole},
	} {
		if n, fault := integerOf(number); n != want.n || fault != want.fault {
			t.Errorf("integer %s: got %d %q, want %d %q", number, n, fault, want.n, want.fault)
		}
	}
}

func TestOnlyNumbersOfADoubleFit(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a":1,"b":[-1.5e300,"1e999","\"1e999"]}`: true, `{"a":5e-324}`: true, `{"a":1e-400}`: true, `{}`: true,
		`{"a":1e309}`: false, `{"a":-1e309}`: false, `{"a":1e-401}`: false, `{"a":1e-99999999999999}`: false, `{"1e999":1e999}`: false,
		`{"a":0.` + strings.Repeat("1", 398) + `}`: true, `{"a":0.` + strings.Repeat("1", 399) + `}`: false,
	} {
		if got := numbersFit(text); got != want {
			t.Errorf("numbers of %.60s: got %t, want %t", text, got, want)
		}
	}
}
