// Package contract holds exchanges with the HTTP API against its OpenAPI document, for tests. An answer must be one that the document
// promises, to the last header and key; so must a request be that was answered well.
package contract
