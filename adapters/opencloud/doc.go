// Package opencloud talks to Roblox Open Cloud over HTTP on behalf of one group: it reads and changes the roles of members, forbids
// and allows joining universes, mirrors standings into a data store, announces decisions to live servers and reads the data store's
// entries.
//
// It decides nothing about ranks: it carries out single calls and tells by the kind of an error whether another try can succeed. It
// never repeats a write by itself, except that the mirror reads again when somebody else changed the entry first. Every answer is
// untrusted: bounded, checked against what was asked, and refused when it speaks of somebody else.
//
// Calls are metered per endpoint by the limits that Roblox documents, those of lower lanes first, together with other processes that use
// the key where a store is given to agree through. An endpoint that Roblox asked to leave alone is left alone by every caller until the
// time it named.
//
// The API key is sent in the x-api-key header (for Introspect in the body) to the configured host only: redirects are not followed,
// proxies named by the environment are not used, and no error, log line or URL holds the key.
package opencloud
