// Package httpapi is the HTTP face of GRPS: routes, keys, strict decoding, the shapes of answers and problem documents (RFC 9457). It
// calls the use cases through the inbound interfaces of ports and decides nothing itself.
//
// A request passes, in this order: request id, access log, recovery from panics, security headers, CORS, rate of its address, body limit,
// deadline, key or signature, rate of its key, gate, scope, handler. Whatever goes wrong on that way is an error that one function,
// problemOf, turns into an answer; no other text leaves.
package httpapi
