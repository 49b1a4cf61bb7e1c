package httpapi_test

import (
	"net/http"
	"testing"
)

func TestAnAnswerIsIndentedWhenTheQuerySaysPretty(t *testing.T) {
	a := newAPI(t)
	if got, want := a.send(t, http.MethodGet, pathRecords+"?pretty", "").Body.String(), "{\n  \"kos\": [],\n  \"wos\": []\n}\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := a.send(t, http.MethodGet, pathRecords, "").Body.String(), `{"kos":[],"wos":[]}`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
