// Package filepolicy reads the policy of a group from a folder of JSON documents and keeps it up to date while the folder
// changes.
//
// A document passes four gates before it counts: the file must be a regular one that not everybody can write; the bytes
// must be one JSON value that every reader reads alike; the value must fit the JSON Schema that package policy ships; and
// the documents together must satisfy the constructors of domain. Every fault of every document is told at once, each with
// its file, its JSON pointer, its line and what to write instead.
//
// [Load] and [LoadDir] read once. [Open] returns a [Source], which watches the folder and never gives up the last good
// policy for a broken one.
package filepolicy
