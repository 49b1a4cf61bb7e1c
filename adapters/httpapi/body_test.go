package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

func zipped(tb testing.TB, text io.Reader) []byte {
	tb.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.Copy(w, text); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return packed.Bytes()
}

func TestABodyMustBeOneStrictJSONObject(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for name, c := range map[string]struct{ body, names string }{
		"only space":                           {" \r\n\t ", "empty"},
		"null":                                 {"null", "object"},
		"a string":                             {`"x"`, "object"},
		"a number":                             {"5", "object"},
		"a list with an object":                {"[" + goodReport + "]", "object"},
		"no JSON":                              {"userId=77&username=Vex", "byte 0"},
		"truncated in a value":                 {goodReport[:len(goodReport)-1], "before it is complete"},
		"truncated in a name":                  {`{"userId":77,"user`, "before it is complete"},
		"truncated in a text":                  {`{"username":"Ve`, "username"},
		"truncated in an escape":               {`{"username":"Ve\`, "username"},
		"truncated in a code unit":             {`{"username":"Ve\u00`, "username"},
		"truncated in a number":                {`{"userId":77,"kos":-`, "kos"},
		"NaN":                                  {report("rankPoints", "NaN"), "rankPoints"},
		"nan as Luau writes it":                {report("rankPoints", "nan"), "rankPoints"},
		"infinity as Luau writes it":           {report("rankPoints", "inf"), "rankPoints"},
		"Infinity":                             {report("rankPoints", "-Infinity"), "rankPoints"},
		"a plus sign":                          {report("rankPoints", "+5"), "rankPoints"},
		"a leading zero":                       {report("rankPoints", "05"), "body"},
		"a point without digits":               {report("rankPoints", "5."), "rankPoints"},
		"a point without a whole":              {report("rankPoints", ".5"), "rankPoints"},
		"an exponent without digits":           {report("rankPoints", "5e"), "rankPoints"},
		"a hexadecimal number":                 {report("rankPoints", "0x1F"), "body"},
		"a name twice":                         {`{"userId":1,"userId":1}`, "userId"},
		"a name twice, others between":         {`{"userId":1,"kos":2,"wos":3,"userId":1}`, "userId"},
		"a name twice, once escaped":           {`{"userId":1,"\u0075serId":1}`, "userId"},
		"a name in two spellings":              {report("USERNAME", `"x"`), "username"},
		"an optional name in two spellings":    {`{"warnings":1,` + report("Warnings", "2")[1:], "warnings"},
		"a name of an experience twice":        {report("experience", `{"server":"a","server":"b"}`), "experience.server"},
		"a name of an experience twice spelt":  {report("experience", `{"server":"a","SERVER":"b"}`), "experience.server"},
		"a name in metadata twice":             {report("metadata", `{"a":[{"b":1,"b":2}]}`), "metadata.a.b"},
		"a name in an unknown field twice":     {report("other", `{"b":1,"b":2}`), "other.b"},
		"many names and one twice":             {manyNames("b"), `"b"`},
		"bytes that are no UTF-8":              {report("username", "\"V\xffx\""), "username"},
		"an overlong encoding":                 {report("username", "\"V\xc0\xaf\""), "username"},
		"an encoded surrogate":                 {report("username", "\"V\xed\xa0\x80\""), "username"},
		"a name that is no UTF-8":              {"{\"a\xff\":1}", "UTF-8"},
		"a lone high surrogate":                {report("username", `"V\ud83d"`), "username"},
		"a lone low surrogate":                 {report("username", `"V\ude00"`), "username"},
		"two low surrogates":                   {report("username", `"V\udc00\udc00"`), "username"},
		"a name of 5,000 bytes":                {report("x"+long(5000, 'é'), "nan"), "éé…"},
		"two high surrogates":                  {report("username", `"V\ud83d\ud83d"`), "username"},
		"a surrogate before another character": {report("username", `"V\ud83dx"`), "username"},
		"U+0000":                               {report("username", `"V\u0000"`), "username"},
		"U+0000 in metadata":                   {report("metadata", `{"a":"\u0000"}`), "metadata.a"},
		"U+0000 in a name":                     {report("metadata", `{"a\u0000":1}`), "metadata"},
		"a raw zero byte":                      {report("username", "\"V\x00\""), "username"},
		"a raw line break":                     {report("username", "\"V\n\""), "username"},
		"an unknown escape":                    {report("username", `"V\x41"`), "username"},
		"single quotes":                        {`{'userId':1}`, "byte 1"},
		"a comma at the end":                   {`{"userId":1,}`, "byte"},
		"a comma at the end of a list":         {report("other", `[1,]`), "other"},
		"no comma":                             {`{"userId":1 "kos":2}`, "byte"},
		"no colon":                             {`{"userId" 1}`, "byte"},
		"a name that is no text":               {`{1:1}`, "byte"},
		"a comment":                            {`{/* hi */}`, "byte"},
		"a byte order mark":                    {"\ufeff" + goodReport, "byte 0"},
		"two objects":                          {goodReport + goodReport, "more text"},
		"an object and a word":                 {goodReport + " x", "more text"},
		"an object and a zero byte":            {goodReport + "\x00", "more text"},
		"seventeen levels":                     {deep(17), "nested"},
		"seventeen levels in metadata":         {report("metadata", deep(16)), "metadata.a"},
		"a thousand lists":                     {report("other", strings.Repeat("[", 1000)), "other"},
		"a literal cut short":                  {report("other", "tru"), "other"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			p := wantProblem(t, a.send(t, "POST", pathIngest, c.body), 400, "body_malformed")
			if !strings.Contains(p.Detail, c.names) || len(p.Detail) > 400 {
				t.Errorf("detail: got %q, want one that names %q", p.Detail, c.names)
			}
			if a.calls() > 0 {
				t.Errorf("calls of use cases: got %d, want 0", a.calls())
			}
		})
	}
}

func TestDepthCountsOnlyWhatIsOpen(t *testing.T) {
	a := newAPI(t)
	body := report("other", "["+strings.Repeat(`{"a":[1]},`, 50)+"{}]")
	if w := a.send(t, "POST", pathIngest, body); w.Code != 200 {
		t.Errorf("answer: got %d %s, want 200", w.Code, w.Body)
	}
}

// manyNames returns an object with more names than are compared one by one, and one more at its end.
func manyNames(last string) string {
	body := "{"
	for name := 'a'; name <= 'z'; name++ {
		body += fmt.Sprintf(`"%c":1,`, name)
	}
	return body + fmt.Sprintf(`"%s":1}`, last)
}

func TestSixteenLevelsAreAccepted(t *testing.T) {
	a := newAPI(t)
	body := report("metadata", strings.Repeat(`{"a":`, 15)+"1"+strings.Repeat("}", 15))
	if w := a.send(t, "POST", pathIngest, body); w.Code != 200 {
		t.Errorf("answer: got %d %s, want 200", w.Code, w.Body)
	}
}

func TestAnEmptyListIsAnEmptyObject(t *testing.T) {
	for _, body := range []string{"[]", "{}", " [ ]\n"} {
		a := newAPI(t)
		p := wantProblem(t, a.send(t, "POST", pathIngest, body), 422, "validation_failed")
		if got := p.fields(); got != "userId username rankPoints kos wos" {
			t.Errorf("fields of %s: got %q, want all that are required", body, got)
		}
	}
}

func TestAnEmptyBodyIsRefused(t *testing.T) {
	a := newAPI(t)
	for _, path := range []string{pathIngest, pathDecide, pathSync} {
		wantProblem(t, a.send(t, "POST", path, ""), 400, "body_malformed")
		wantProblem(t, a.send(t, "POST", path, "", "content-type: application/json"), 400, "body_malformed")
	}
	if a.calls() > 0 {
		t.Errorf("calls of use cases: got %d, want 0", a.calls())
	}
}

func TestOnlyJSONIsTaken(t *testing.T) {
	for contentType, status := range map[string]int{
		"application/json": 200, "application/json; charset=utf-8": 200, "Application/JSON;charset=\"UTF-8\"": 200,
		"application/json; x=y": 200,
		"":                      415, "text/plain": 415, "text/json": 415, "application/xml": 415, "application/json, text/plain": 415,
		"application/jsonx": 415, "application/x-www-form-urlencoded": 415, "multipart/form-data; boundary=x": 415,
		"application/json; charset=utf-16": 415, "application/problem+json": 415, ";": 415,
	} {
		t.Run(contentType, func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "POST", pathIngest, goodReport, "content-type: "+contentType)
			if w.Code != status {
				t.Errorf("status: got %d, want %d", w.Code, status)
			}
			if status == 415 {
				wantProblem(t, w, 415, "content_type_unsupported")
			}
		})
	}
}

func TestABodyOverTheLimitIsRefused(t *testing.T) {
	fits := report("other", `"`+strings.Repeat("x", 64<<10-len(report("other", `""`)))+`"`)
	over := report("other", `"`+strings.Repeat("x", 64<<10-len(report("other", `""`))+1)+`"`)
	mega := report("other", `"`+strings.Repeat("x", 1<<20)+`"`)
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"exactly the limit": {fits, 200},
		"one byte more":     {over, 413},
		"a megabyte":        {mega, 413},
	} {
		for _, form := range []string{"with its length", "in chunks", "gzipped"} {
			t.Run(name+" "+form, func(t *testing.T) {
				a := newAPI(t)
				r := httptest.NewRequestWithContext(t.Context(), "POST", pathIngest, strings.NewReader(c.body))
				r.Header.Set("Content-Type", "application/json")
				switch form {
				case "in chunks":
					r.ContentLength = -1
				case "gzipped":
					packed := zipped(t, strings.NewReader(c.body))
					r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(packed)), int64(len(packed))
					r.Header.Set("Content-Encoding", "gzip")
				}
				w := a.do(r)
				if w.Code != c.status {
					t.Errorf("answer: got %d %s, want %d", w.Code, w.Body, c.status)
				}
				if c.status == 413 {
					wantProblem(t, w, 413, "body_too_large")
				}
				if got := len(a.ingester.IngestCalls()); (got == 1) != (c.status == 200) {
					t.Errorf("calls: got %d", got)
				}
			})
		}
	}
}

func TestTheLimitOfABodyCanBeSet(t *testing.T) {
	a := newAPI(t, func(a *api) { a.options.Limits.Body = int64(len(goodReport)) - 1 })
	wantProblem(t, a.send(t, "POST", pathIngest, goodReport), 413, "body_too_large")
}

// zeros is a reader of n zero bytes.
type zeros struct{ n int }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(z.n, len(p))
	clear(p[:n])
	z.n -= n
	return n, nil
}

func TestABodyThatInflatesWithoutEndCostsLittle(t *testing.T) {
	packed := zipped(t, &zeros{60 << 20})
	if len(packed) > 64<<10 {
		t.Fatalf("the bomb has %d bytes and would be refused as it is", len(packed))
	}
	a := newAPI(t)
	r := httptest.NewRequestWithContext(t.Context(), "POST", pathIngest, bytes.NewReader(packed))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Content-Encoding", "gzip")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w := a.do(r)
	runtime.ReadMemStats(&after)
	wantProblem(t, w, 413, "body_too_large")
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 2<<20 {
		t.Errorf("memory: got %d bytes, want at most 2 MiB", spent)
	}
}

func TestContentEncodings(t *testing.T) {
	packed := string(zipped(t, strings.NewReader(goodReport)))
	for name, c := range map[string]struct {
		encoding, body string
		status         int
		code           string
	}{
		"gzip":                      {"gzip", packed, 200, ""},
		"GZIP":                      {"GZIP", packed, 200, ""},
		"two members":               {"gzip", packed + string(zipped(t, strings.NewReader("  "))), 200, ""},
		"identity":                  {"identity", goodReport, 200, ""},
		"gzip that is none":         {"gzip", goodReport, 400, "body_malformed"},
		"gzip cut short":            {"gzip", packed[:len(packed)-9], 400, "body_malformed"},
		"gzip with a wrong sum":     {"gzip", packed[:len(packed)-8] + "xxxxxxxx", 400, "body_malformed"},
		"gzip with more after it":   {"gzip", packed + "more", 400, "body_malformed"},
		"gzip of nothing":           {"gzip", string(zipped(t, strings.NewReader(""))), 400, "body_malformed"},
		"br":                        {"br", goodReport, 415, "content_encoding_unsupported"},
		"deflate":                   {"deflate", goodReport, 415, "content_encoding_unsupported"},
		"gzip twice":                {"gzip, gzip", packed, 415, "content_encoding_unsupported"},
		"plain with a gzip content": {"", packed, 400, "body_malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			w := a.send(t, "POST", pathIngest, c.body, "content-encoding: "+c.encoding)
			if w.Code != c.status {
				t.Errorf("answer: got %d %s, want %d", w.Code, w.Body, c.status)
			}
			if c.code != "" {
				wantProblem(t, w, c.status, c.code)
			}
		})
	}
}
