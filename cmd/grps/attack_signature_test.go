package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

func signatureAttacks() []attack {
	report := ask("POST", ingestPath+"?pretty=1", aReport, "x-grps-actor: 5", "idempotency-key: once", "x-roblox-experience: Lobby")
	set := func(name, value string) func(*strike) {
		return func(o *strike) {
			for i, line := range o.headers {
				if left, _, _ := strings.Cut(line, ":"); strings.EqualFold(left, name) {
					o.headers[i] = name + ": " + value
					return
				}
			}
			o.headers = append(o.headers, name+": "+value)
		}
	}
	without := func(name string) func(*strike) {
		return func(o *strike) {
			var kept []string
			for _, line := range o.headers {
				if left, _, _ := strings.Cut(line, ":"); !strings.EqualFold(left, name) {
					kept = append(kept, line)
				}
			}
			o.headers = kept
		}
	}
	refused := func(name string, altered func(*strike)) attack {
		return attack{name, report.by("signer", 0, "a nonce", altered), 401, "signature_required"}
	}
	headers := func(name string, altered func(*strike)) attack {
		return attack{name, report.by("signer", 0, "a nonce", altered), 400, "header_invalid"}
	}
	return []attack{
		refused("a body that was changed", func(o *strike) { o.body = strings.Replace(o.body, "999", "998", 1) }),
		refused("a body with a space more", func(o *strike) { o.body += " " }),
		refused("another method", func(o *strike) { o.method = "PUT" }),
		refused("another path", func(o *strike) { o.target = batchPath + "?pretty=1" }),
		refused("a path that is written otherwise", func(o *strike) { o.target = strings.Replace(o.target, "player", "%70layer", 1) }),
		refused("another query", func(o *strike) { o.target += "&compact=true" }),
		refused("no query", func(o *strike) { o.target = ingestPath }),
		refused("another actor", set("x-grps-actor", "6")),
		refused("no actor", without("x-grps-actor")),
		refused("another idempotency key", set("idempotency-key", "twice")),
		refused("another experience", set("x-roblox-experience", "Arena")),
		refused("a switch more", set("x-grps-apply", "true")),
		refused("another nonce", set("x-grps-nonce", "another")),
		refused("no nonce where one was signed", without("x-grps-nonce")),
		refused("a later time", func(o *strike) {
			signed, _ := strconv.ParseInt(o.header("x-grps-timestamp"), 10, 64)
			set("x-grps-timestamp", strconv.FormatInt(signed+7, 10))(o)
		}),
		refused("another key that signs", set("x-grps-key-name", "other")),
		refused("a key that does not sign", set("x-grps-key-name", "game")),
		refused("a key that is none", set("x-grps-key-name", "nobody")),
		refused("no key's name", without("x-grps-key-name")),
		refused("no signature", without("x-grps-signature")),
		refused("an empty signature", set("x-grps-signature", "")),
		refused("a signature that is no hex", set("x-grps-signature", "signed, me")),
		refused("half a signature", func(o *strike) { set("x-grps-signature", o.header("x-grps-signature")[:32])(o) }),
		refused("the key's secret too", func(o *strike) { o.headers = append(o.headers, with("signer")) }),
		refused("another key's secret too", func(o *strike) { o.headers = append(o.headers, with("game")) }),
		headers("two times", func(o *strike) { o.headers = append(o.headers, "x-grps-timestamp: 1") }),
		headers("two actors", func(o *strike) { o.headers = append(o.headers, "x-grps-actor: 6") }),
		headers("a time that is written otherwise", func(o *strike) { set("x-grps-timestamp", "+"+o.header("x-grps-timestamp"))(o) }),
		headers("a time of letters", set("x-grps-timestamp", "now")),
		headers("a time with a fraction", set("x-grps-timestamp", fmt.Sprintf("%d.5", time.Now().Unix()))),
		headers("a time beyond 64 bits", set("x-grps-timestamp", "99999999999999999999")),
		headers("a nonce that is too long", set("x-grps-nonce", strings.Repeat("n", 129))),
		{"no time: the rest of a signature is none", report.by("signer", 0, "a nonce", without("x-grps-timestamp")), 401, "key_required"},
		{"a time 301 s ago", report.by("signer", -301*time.Second, "old", nil), 401, "signature_required"},
		{"a time 303 s ahead", report.by("signer", 303*time.Second, "new", nil), 401, "signature_required"}, // it may be 302 s when it arrives
		{"a signature with another key's secret", func() strike {
			o := report.by("signer", 0, "a nonce", nil)
			o.signed.secret = secretOf("other")
			return o
		}(), 401, "signature_required"},
		{"a signature with a secret of nothing", func() strike {
			o := report.by("nobody", 0, "a nonce", nil)
			o.signed.secret = ""
			return o
		}(), 401, "signature_required"},
		{"what is signed is beyond the scope", ask("POST", "/players/77/hold", "{}").by("signer", 0, "", nil), 403, "admin_required"},
		{"the signature of a pull alone", ask("POST", "/sync/roblox", aSync, "x-grps-signature: "+signed("canary-of-the-sync", aSync)), 401, "key_required"},
		{"a pull with a key and no signature", ask("POST", "/sync/roblox", aSync, with("game")), 401, "signature_required"},
		{"a pull with the signature of another", ask("POST", "/sync/roblox", aSync, with("game"),
			"x-grps-signature: "+signed("canary-of-the-sync", aSync+" ")), 401, "signature_required"},
	}
}

// claimAttacks says to be somebody else.
func claimAttacks() []attack {
	hold := func(headers ...string) strike {
		return ask("POST", "/players/77/hold", "{}", append([]string{with("staff")}, headers...)...)
	}
	return []attack{
		{"an actor whom the key is not bound to", hold("x-grps-actor: 6"), 403, "actor_outside_key"},
		{"such an actor in the body", ask("POST", "/players/77/hold", `{"actorUserId":6}`, with("staff")), 403, "actor_outside_key"},
		{"one in the header and another in the body", ask("POST", "/players/77/hold", `{"actorUserId":6}`, with("staff"), "x-grps-actor: 5"), 403, "actor_outside_key"},
		{"two actors", hold("x-grps-actor: 5", "x-grps-actor: 6"), 400, "header_invalid"},
		{"two actors in one line", hold("x-grps-actor: 5, 6"), 400, "header_invalid"},
		{"an actor beyond numbers", hold("x-grps-actor: 18446744073709551621"), 400, "header_invalid"},
		{"an actor below zero", hold("x-grps-actor: -5"), 400, "header_invalid"},
		{"an actor of other digits", hold("x-grps-actor: \u0665"), 400, "header_invalid"},
		{"an actor who may not", ask("POST", "/automation/decisions", `{"userId":77,"actorUserId":78,"action":"BAN","apply":true}`,
			"x-grps-api-key: "+rootKey), 403, "actor_not_allowed"},
		{"an actor whom nobody knows", ask("POST", "/automation/decisions", `{"userId":77,"actorUserId":4711,"action":"BAN","apply":true}`,
			"x-grps-api-key: "+rootKey), 403, "actor_not_allowed"},
		{"an actor of a key without any", ask("POST", "/automation/decisions", aDecision, with("decide"), "x-grps-actor: 5"), 403, "actor_outside_key"},
		{"a forwarded address", ask("POST", ingestPath, aReport, "x-forwarded-for: 127.0.0.1", "forwarded: for=127.0.0.1;by=127.0.0.1;host=localhost",
			"x-real-ip: 127.0.0.1", "x-client-ip: 127.0.0.1", "true-client-ip: 127.0.0.1", "cf-connecting-ip: 127.0.0.1"), 401, "key_required"},
		{"a forwarded host and scheme", ask("POST", ingestPath, aReport, "x-forwarded-host: localhost", "x-forwarded-proto: https", "x-forwarded-prefix: /health/live"), 401, "key_required"},
		{"a forwarded user", ask("POST", ingestPath, aReport, "x-forwarded-user: admin", "x-remote-user: admin", "x-grps-principal: admin-1", "x-grps-scope: admin"), 401, "key_required"},
		{"the host of this machine", ask("POST", ingestPath, aReport, "host: localhost"), 401, "key_required"},
		{"another method in a header", ask("GET", "/players/77/hold", "", with("read"), "x-http-method-override: POST", "x-method-override: DELETE"), 405, "method_not_allowed"},
		{"another method in the query", ask("GET", "/players/77/hold?_method=DELETE", "", with("read")), 405, "method_not_allowed"},
		{"another path in a header", ask("POST", ingestPath, aReport, "x-original-url: /health/live", "x-rewrite-url: /health/live"), 401, "key_required"},
		{"a scope in the body", ask("POST", "/automation/decisions", `{"userId":78,"apply":true,"scope":"admin","privileged":true}`, with("decide")), 422, "validation_failed"},
	}
}
