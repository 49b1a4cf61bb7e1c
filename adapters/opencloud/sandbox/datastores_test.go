package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const entries = "/cloud/v2/universes/42/data-stores/GRPS_Points/entries"

type entryAnswer struct {
	Path, ID, Etag, State          string
	RevisionID                     string
	CreateTime, RevisionCreateTime string
	Value                          json.RawMessage
	Users                          []string
	Attributes                     map[string]any
}

func (r *rig) entry(target string) entryAnswer {
	r.Helper()
	var got entryAnswer
	r.get(target).want(200).into(&got)
	return got
}

func TestAnEntryPutByHandIsRead(t *testing.T) {
	r := newRig(t)
	r.s.PutEntry(universe, "GRPS_Points", "player:5", json.RawMessage(`{"points":9007199254740993}`))
	got := r.entry(entries + "/player:5")
	equal(t, "path", got.Path, "universes/42/data-stores/GRPS_Points/entries/player:5")
	equal(t, "id", got.ID, "player:5")
	equal(t, "value", string(got.Value), `{"points":9007199254740993}`)
	equal(t, "state", got.State, "ACTIVE")
	equal(t, "users", got.Users, []string{})
	equal(t, "created", got.CreateTime, "2026-11-22T12:00:00.123456789Z")
	if got.Etag == "" || got.RevisionID == "" {
		t.Fatalf("etag and revision: got %q and %q, want both", got.Etag, got.RevisionID)
	}
	equal(t, "the same by an encoded colon", r.entry(entries+"/player%3A5"), got)
	equal(t, "the same as the latest", r.entry(entries+"/player:5@latest"), got)
	equal(t, "the same by its revision", r.entry(entries+"/player:5@"+got.RevisionID), got)
	equal(t, "the same in the default scope", r.entry(
		"/cloud/v2/universes/42/data-stores/GRPS_Points/scopes/global/entries/player:5"), got)
	r.get(entries+"/player:5@other").wantError(404, "NOT_FOUND")
	r.get(entries+"/player:6").wantError(404, "NOT_FOUND")
	r.get("/cloud/v2/universes/43/data-stores/GRPS_Points/entries/player:5").wantError(404, "NOT_FOUND")
}

func TestAnEntryIsCreatedOnce(t *testing.T) {
	r := newRig(t)
	r.post(entries+"?id=p-1", `{"value":1,"users":["users/5"],"attributes":{"a":"b"}}`).want(200)
	r.post(entries+"?id=p-1", `{"value":2}`).wantError(400, "INVALID_ARGUMENT")
	got := r.entry(entries + "/p-1")
	equal(t, "value", string(got.Value), "1")
	equal(t, "users", got.Users, []string{"users/5"})
	equal(t, "attributes", got.Attributes, map[string]any{"a": "b"})
	r.post("/cloud/v2/universes/42/data-stores/GRPS_Points/scopes/other/entries?id=p-1", `{"value":3}`).want(200)
	value, found := r.s.Entry(universe, "GRPS_Points", "p-1")
	if string(value) != "1" || !found {
		t.Fatalf("entry: got %s (%v), want 1 of the default scope", value, found)
	}
}

func TestAnUpdateReplacesTheWholeEntry(t *testing.T) {
	r := newRig(t)
	r.post(entries+"?id=p-1", `{"value":1,"users":["users/5"],"attributes":{"a":"b"}}`).want(200)
	before := r.entry(entries + "/p-1")
	r.clock.advance(time.Second)
	r.patch(entries+"/p-1", `{"value":{"x":2}}`).want(200)
	after := r.entry(entries + "/p-1")
	equal(t, "value", string(after.Value), `{"x":2}`)
	equal(t, "users", after.Users, []string{})
	equal(t, "attributes", after.Attributes, map[string]any{})
	equal(t, "created", after.CreateTime, before.CreateTime)
	equal(t, "revised", after.RevisionCreateTime, "2026-11-22T12:00:01.123456789Z")
	if after.Etag == before.Etag || after.RevisionID == before.RevisionID {
		t.Fatalf("etag and revision: got %q and %q again, want new ones", after.Etag, after.RevisionID)
	}
}

func TestAnUpdateOfNothingNeedsAllowMissing(t *testing.T) {
	r := newRig(t)
	r.patch(entries+"/p-1", `{"value":1}`).wantError(404, "NOT_FOUND")
	r.patch(entries+"/p-1?allowMissing=false", `{"value":1}`).wantError(404, "NOT_FOUND")
	r.patch(entries+"/p-1?allowMissing=yes", `{"value":1}`).wantError(400, "INVALID_ARGUMENT")
	r.patch(entries+"/p-1?allowMissing=true", `{"value":1}`).want(200)
	equal(t, "value", string(r.entry(entries+"/p-1").Value), "1")
}

func TestAnEtagMakesAnUpdateCompareAndSet(t *testing.T) {
	r := newRig(t)
	r.s.PutEntry(universe, "GRPS_Points", "p-1", json.RawMessage(`1`))
	etag := r.entry(entries + "/p-1").Etag
	r.patch(entries+"/p-1", `{"value":2,"etag":"`+etag+`"}`).want(200)
	r.patch(entries+"/p-1", `{"value":3,"etag":"`+etag+`"}`).wantError(409, "ABORTED")
	equal(t, "changed", r.lastCall().Changed, false)
	r.patch(entries+"/p-2?allowMissing=true", `{"value":3,"etag":"`+etag+`"}`).wantError(409, "ABORTED")
	equal(t, "value", string(r.entry(entries+"/p-1").Value), "2")
}

func TestADeletedEntryIsGone(t *testing.T) {
	r := newRig(t)
	r.s.PutEntry(universe, "GRPS_Points", "p-1", json.RawMessage(`1`))
	r.do(http.MethodDelete, entries+"/p-1", "").wantEmpty()
	r.do(http.MethodDelete, entries+"/p-1", "").wantError(404, "NOT_FOUND")
	r.get(entries+"/p-1").wantError(404, "NOT_FOUND")
	r.patch(entries+"/p-1", `{"value":1}`).wantError(404, "NOT_FOUND")
	equal(t, "listed", r.list(""), []string{})
	equal(t, "listed as deleted", r.list("?showDeleted=true"), []string{"p-1"})
	if _, found := r.s.Entry(universe, "GRPS_Points", "p-1"); found {
		t.Fatal("Entry: got one, want none")
	}
	r.post(entries+"?id=p-1", `{"value":2}`).want(200)
	equal(t, "listed again", r.list(""), []string{"p-1"})
}

func (r *rig) list(query string) []string {
	r.Helper()
	var got struct{ DataStoreEntries []map[string]any }
	r.get(entries + query).want(200).into(&got)
	ids := []string{}
	for _, e := range got.DataStoreEntries {
		if len(e) != 2 || e["path"] == nil {
			r.Fatalf("listed entry: got %v, want only path and id", e)
		}
		ids = append(ids, e["id"].(string))
	}
	return ids
}

func TestEntriesAreListedByPrefixAndPage(t *testing.T) {
	r := newRig(t)
	for i := range 300 {
		r.s.PutEntry(universe, "GRPS_Points", fmt.Sprintf("p-%03d", i), json.RawMessage(`0`))
	}
	r.s.PutEntry(universe, "GRPS_Points", "other", json.RawMessage(`0`))
	r.s.PutEntry(universe, "Another", "p-0", json.RawMessage(`0`))
	r.s.PutEntry(43, "GRPS_Points", "p-0", json.RawMessage(`0`))
	filter := "?filter=" + url.QueryEscape(`id.startsWith("p-")`)
	equal(t, "default page", len(r.list(filter)), 10)
	var got struct {
		DataStoreEntries []struct{ ID string }
		NextPageToken    string
	}
	r.get(entries + filter + "&maxPageSize=1000").want(200).into(&got)
	equal(t, "largest page", len(got.DataStoreEntries), 256)
	r.s.PutEntry(universe, "GRPS_Points", "p-0000", json.RawMessage(`0`))
	r.get(entries + filter + "&maxPageSize=1000&pageToken=" + got.NextPageToken).want(200).into(&got)
	equal(t, "the rest", len(got.DataStoreEntries), 44)
	equal(t, "first of the rest", got.DataStoreEntries[0].ID, "p-256")
	equal(t, "token", got.NextPageToken, "")
	equal(t, "by single quotes", r.list("?filter="+url.QueryEscape(`id.startsWith('oth')`)), []string{"other"})
	r.get(entries+"?filter="+url.QueryEscape(`id == "p-1"`)).wantError(400, "INVALID_ARGUMENT")
}

func TestTheWildcardScopeListsEveryScope(t *testing.T) {
	const store = "/cloud/v2/universes/42/data-stores/GRPS_Points/scopes/"
	r := newRig(t)
	r.s.PutEntry(universe, "GRPS_Points", "a", json.RawMessage(`0`))
	r.post(store+"west/entries?id=b", `{"value":1}`).want(200)
	var got struct{ DataStoreEntries []struct{ Path string } }
	r.get(store + "-/entries").want(200).into(&got)
	equal(t, "entries", got.DataStoreEntries, []struct{ Path string }{
		{"universes/42/data-stores/GRPS_Points/entries/a"},
		{"universes/42/data-stores/GRPS_Points/scopes/west/entries/b"},
	})
	equal(t, "in the default scope", r.list(""), []string{"a"})
	r.post(store+"-/entries?id=c", `{"value":1}`).wantError(400, "INVALID_ARGUMENT")
	r.get(store+"-/entries/a").wantError(400, "INVALID_ARGUMENT")
}

func TestEntryWritesAreRefused(t *testing.T) {
	long, longer := strings.Repeat("x", 51), strings.Repeat("x", 249)
	for _, c := range []struct{ name, method, target, body string }{
		{"no value", "PATCH", entries + "/p-1?allowMissing=true", `{"users":[]}`},
		{"a null value", "PATCH", entries + "/p-1?allowMissing=true", `{"value":null}`},
		{"users that are no paths", "PATCH", entries + "/p-1?allowMissing=true", `{"value":1,"users":["5"]}`},
		{"attributes in a list", "PATCH", entries + "/p-1?allowMissing=true", `{"value":1,"attributes":[]}`},
		{"a long attribute name", "POST", entries + "?id=p-1", `{"value":1,"attributes":{"` + long + `":1}}`},
		{"a long attribute value", "POST", entries + "?id=p-1", `{"value":1,"attributes":{"a":"` + longer + `"}}`},
		{"no id", "POST", entries, `{"value":1}`},
		{"an id of 51 characters", "POST", entries + "?id=" + long, `{"value":1}`},
		{"an id of 51 characters in the path", "PATCH", entries + "/" + long + "?allowMissing=true", `{"value":1}`},
		{"a store name of 51 characters", "POST", strings.Replace(entries, "GRPS_Points", long, 1) + "?id=a", `{"value":1}`},
		{"a value of 4 MiB and more", "POST", entries + "?id=p-1", `{"value":"` + strings.Repeat("x", 4_194_303) + `"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.do(c.method, c.target, c.body).wantError(400, "INVALID_ARGUMENT")
			equal(t, "changed", r.lastCall().Changed, false)
		})
	}
	newRig(t).post(entries+"?id=p-1", `{"value":"`+strings.Repeat("x", 4_194_302)+`"}`).want(200)
}
