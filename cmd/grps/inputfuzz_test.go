package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/viper"

	"github.com/grps/grps/adapters/httpapi"
	"github.com/grps/grps/app"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// FuzzImportedRows reads any file of players. Lines are counted up, what holds no player is a line's own fault, and a player that is taken
// is the same in a file of the other kind.
func FuzzImportedRows(f *testing.F) {
	const names = "userId,username,displayName,rank,rankSince,rankPoints,kos,wos,warnings,recommendations,punishmentStatus,punishmentExpiresAt,observedAt,metadata\n"
	f.Add(true, []byte(names+`77,"V ""x""",é,Orbit Cadet,2026-01-02T15:04:05.5+01:00,7,1,2,3,4,Trial_Punishment,2027-01-01T00:00:00Z,,"{""a"": 1}"`+"\n78,b,,,,,,,,,,,,\r\n"))
	f.Add(true, []byte("\ufeffuserId,username\n1,a\n\"x\n2,b\n3"))
	f.Add(true, []byte("username,userId,userId\na,1,2\nb,,x\n"))
	f.Add(false, []byte(`{"userId":77,"username":"V","rank":"Cadet","metadata":{"a":[1]},"observedAt":"2026-01-01T00:00:00Z"}`+"\n\n"+`{"USERNAME":"b","userId":1,"who":1}`+"\n{\n7\n"))
	f.Add(false, []byte(`{"userId":9007199254740992,"username":"x"}`+"\n"+`{"userId":1.5}`+"\n"+`{"userId":1,"username":"x","rankSince":"0000-01-01T00:00:00+23:59"}`))
	f.Add(false, []byte(`{"userId":2,"username":"`+strings.Repeat("x", maxLineBytes)+`"}`+"\n"+`{"userId":3,"username":"c"}`))
	f.Fuzz(func(t *testing.T, asCSV bool, text []byte) {
		path := map[bool]string{true: "players.csv", false: "players.jsonl"}[asCSV]
		rows, err := rowsOf(path, bytes.NewReader(text), func(key string, _ int) {
			if slices.Contains(playerColumns(), key) {
				t.Errorf("the key %q is said to be unknown", key)
			}
		})
		if err != nil {
			return
		}
		last := 0
		for range len(text) + 2 {
			row, line, err := rows.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if _, bad := errors.AsType[lineError](err); err != nil && !bad {
				t.Fatalf("got the error %v, want only faults of lines", err)
			}
			if line <= last {
				t.Errorf("line %d comes after line %d", line, last)
			}
			last = line
			if err == nil {
				comparePlayer(t, row)
			}
		}
		t.Error("the file does not end")
	})
}

// comparePlayer writes a row that holds a player as JSON and as CSV, and wants the same player back.
func comparePlayer(t *testing.T, row playerRow) {
	t.Helper()
	player, err := row.player()
	if err != nil {
		if strings.ContainsAny(oneLine(err), "\r\n") {
			t.Errorf("got the fault %q, want one line", oneLine(err))
		}
		return
	}
	for _, at := range []time.Time{player.RankSince, player.Report.PunishmentUntil, player.Report.ObservedAt} {
		if !at.IsZero() && (at.UTC().Year() < 1 || at.UTC().Year() > 9999) {
			t.Errorf("took the instant %s, which not every database can keep", at.UTC())
		}
	}
	asJSON, err := json.Marshal(row)
	if err != nil {
		t.Fatal(err)
	}
	var asCSV bytes.Buffer
	w := csv.NewWriter(&asCSV)
	if err := errors.Join(w.Write(playerColumns()), w.Write(row.texts())); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	for path, text := range map[string][]byte{"x.jsonl": asJSON, "x.csv": asCSV.Bytes()} {
		if path == "x.csv" && strings.Contains(asCSV.String(), "\r") {
			continue // CSV has one kind of line end
		}
		if !strings.HasSuffix(path, "csv") && len(text) > maxLineBytes {
			continue
		}
		rows, err := rowsOf(path, bytes.NewReader(text), func(string, int) {})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		again, _, err := rows.next()
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		same, err := again.player()
		if diff := cmp.Diff(metadataCompact(player), metadataCompact(same), alike[domain.UserID](), alike[domain.UniverseID](), alike[domain.Count]()); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got)\n%s", text, err, diff)
		}
	}
}

// alike compares values by ==.
func alike[T comparable]() cmp.Option { return cmp.Comparer(func(a, b T) bool { return a == b }) }

// metadataCompact returns the player with metadata as they come out of the encoder.
func metadataCompact(p app.ImportedPlayer) app.ImportedPlayer {
	if short, err := json.Marshal(json.RawMessage(p.Report.Metadata)); err == nil && p.Report.Metadata != "" {
		p.Report.Metadata = string(short)
	}
	return p
}

// FuzzSettings reads any texts for any two settings, beside the defaults. What is wrong is told of a setting and shows no secret; what is
// taken is within its bounds.
func FuzzSettings(f *testing.F) {
	const hidden = "canary-secret-of-a-setting"
	all := settings()
	texts := []string{
		"0", "-1", "0.5:10", "NaN", "1e400:1", "10.0.0.0/8,::1%eth0,x", "http://[::1]:1", "* * * * *", "@every 1h", "9999999h", "yes", ",,", "[", "::1", "a:1",
	}
	for i, s := range all {
		f.Add(uint8(i), s.example, uint8(0), "")
		f.Add(uint8(i), texts[i%len(texts)], uint8(len(all)-1-i), s.value)
		if s.secret {
			f.Add(uint8(i), hidden+",short", uint8(i+1), hidden)
		}
	}
	for key, wrong := range map[string]string{"RATE_LIMIT": "NaN", "RATE_LIMIT_FAILURES": "1e400:1", "REVIEW_SCHEDULE": "@every 1h", "HOST": "0.0.0.0:80", "ROBLOX_GROUP_ID": "-1"} {
		f.Add(uint8(slices.IndexFunc(all, func(s setting) bool { return s.key == key })), wrong, uint8(0), "")
	}
	f.Fuzz(func(t *testing.T, one uint8, text string, two uint8, other string) {
		v := viper.New()
		for _, s := range all {
			v.SetDefault(s.key, s.value)
		}
		v.Set(all[int(two)%len(all)].key, other)
		v.Set(all[int(one)%len(all)].key, text)
		c, faults := source{v}.config()
		for _, fault := range faults {
			at := slices.IndexFunc(all, func(s setting) bool { return s.key == fault.Field })
			if at < 0 || fault.Message == "" || strings.Contains(fault.Message, hidden) && (all[at].secret || !strings.Contains(v.GetString(fault.Field), hidden)) {
				t.Errorf("got the fault %+v, want one of a setting that shows no secret", fault)
			}
		}
		if len(faults) > 0 {
			return
		}
		_, port, err := net.SplitHostPort(c.address())
		rates := []domain.Rate{c.keyRate, c.addressRate, c.failureRate}
		broken := slices.ContainsFunc(rates, func(r domain.Rate) bool {
			return r != domain.Rate{} && !(r.PerSecond >= leastRate && r.PerSecond <= mostRate && r.Burst >= 1 && r.Burst <= mostRate)
		})
		if err != nil || port == "" || c.port < 0 || c.port > 65535 || broken || c.applyWait < 0 || c.applyWait > 8*time.Second || c.drainDelay > 5*time.Second ||
			c.approvalTTL < time.Second || c.reconcile != 0 && c.reconcile < time.Second || c.connections < leastConnections || c.maxPunish > 100 {
			t.Errorf("took %+v (%v)", c, err)
		}
		if c.open() && c.host != "" && !loopback(c.host) {
			t.Errorf("it listens on %s without a key", c.host)
		}
		if c.reviews != nil && !c.reviews(time.Now()).After(time.Now().Add(-time.Minute)) {
			t.Errorf("the schedule %q never comes", v.GetString("REVIEW_SCHEDULE"))
		}
		for _, origin := range c.allowedOrigins {
			if !httpapi.UsableOrigin(origin) {
				t.Errorf("took the origin %q", origin)
			}
		}
	})
}

// FuzzStanding reads any standing on paper. Whatever can be read is decided about, in words, and the same way each time.
func FuzzStanding(f *testing.F) {
	policy := shippedPolicy(f)
	for _, text := range []string{
		`{"rank":"Volt Specialist II","rankPoints":520,"warnings":1}`, `{"rank":"Suspended","formerRank":"Orbit Cadet","punishmentStatus":"Trial_Punishment","punishmentExpiresAt":"2020-01-01T00:00:00Z"}`,
		`{"rank":"Meridian Colonel","rankPoints":16500,"rankSince":"2026-01-01T00:00:00Z","nextRank":null}`, `{"rank":"Orbit Cadet","warnings":7,"servedWarnings":7,"hold":true}`,
		`{"rank":"nobody","rankPoints":-1,"userId":9007199254740991}`, `{"rank":"A"}{}`, `{"rank":1}`, `[]`, ``,
	} {
		f.Add([]byte(text), int64(1_790_000_000))
	}
	f.Fuzz(func(t *testing.T, text []byte, at int64) {
		standing, err := readStanding(bytes.NewReader(text), nil)
		if err != nil {
			if _, usage := errors.AsType[usageError](err); !usage {
				t.Errorf("got the error %#v, want one of usage", err)
			}
			return
		}
		now := time.Unix(at%maxUnix, 0)
		decision := domain.Evaluate(policy, standing, now)
		var told bytes.Buffer
		if err := printDecision(&told, decision); err != nil || !strings.HasPrefix(told.String(), decision.Action.String()) {
			t.Errorf("%s: told as %q (%v)", text, told.String(), err)
		}
		document := func(d domain.Decision) []byte {
			written, err := json.Marshal(httpapi.Document(ports.DecisionRecord{UserID: standing.UserID, Decision: d, Status: domain.StatusAdvisory, CreatedAt: domain.Instant(now)}))
			if err != nil {
				t.Fatal(err)
			}
			return written
		}
		if first, again := document(decision), document(domain.Evaluate(policy, standing, now)); !bytes.Equal(first, again) {
			t.Errorf("%s: decided %s and then %s", text, first, again)
		}
	})
}

// maxUnix is a second of the year 9999.
const maxUnix = 253_400_000_000
