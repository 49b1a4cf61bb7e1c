// Package policy carries the policy documents that GRPS ships with, and the JSON Schema of each.
//
// The documents are an example: a complete ladder with invented ranks and role ids, which a group copies to a folder of
// its own and edits. They are what GRPS runs on when no folder is configured. The schemas refuse what is wrong in one
// entry by itself (a wrong type, a number out of range, an unknown key) and explain every key to editors; rules that
// relate one entry to another, such as unique names or the order of thresholds, are checked where the documents are
// loaded.
//
// The package only holds files. It imports nothing of GRPS and parses nothing.
package policy
