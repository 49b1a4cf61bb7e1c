package httpapi_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzIngest sends any body with any headers to every route that takes one, over use cases that never fail.
func FuzzIngest(f *testing.F) {
	for _, body := range []string{
		goodReport, "[]", "", report("metadata", `{"a":[1,{"b":1e999}]}`), report("username", `"\ud83d"`), report("observedAt", "1e10"),
		report("experience", `{"placeId":"1","server":"x"}`), report("punishmentExpiresAt", `"9999-12-31T23:59:59-10:00"`), goodPull,
		`{"userId":1,"apply":true,"reason":"x"}`, string(zipped(f, strings.NewReader(goodReport))),
	} {
		f.Add([]byte(body), "application/json", "gzip", "true", "5", "key", "experience", uint8(0))
		f.Add([]byte(body), "application/json", "", "0", "", "", "", uint8(1))
	}
	f.Add([]byte(batchOf(goodReport, "1", `{"userId":5}`)), "application/json", "", "true", "", "k", "", uint8(3))
	paths := []string{pathIngest, pathDecide, pathSync, pathBatch}
	f.Fuzz(func(t *testing.T, body []byte, contentType, encoding, flag, actor, key, experience string, path uint8) {
		a := newAPI(t, withOddRequests)
		r := httptest.NewRequestWithContext(t.Context(), "POST", paths[int(path)%len(paths)], bytes.NewReader(body))
		for name, value := range map[string]string{
			"Content-Type": contentType, "Content-Encoding": encoding, "X-Grps-Apply": flag, "X-Grps-Actor": actor,
			"Idempotency-Key": key, "X-Roblox-Experience": experience, "X-Request-Id": key,
		} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := a.do(r)
		if w.Code >= 500 {
			t.Errorf("status: got %d %s, want none of the service's faults", w.Code, w.Body)
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("body: got %q, want JSON", w.Body)
		}
		if w.Code != 200 {
			problem(t, w)
		} else if a.calls() != 1 {
			t.Errorf("calls of use cases: got %d, want 1", a.calls())
		}
	})
}
