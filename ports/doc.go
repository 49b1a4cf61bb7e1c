// Package ports declares what the use cases need from the outside and what the outside may ask of them: small interfaces whose
// comments are promises. What a storage promises is proved by the suite in ports/storetest; what is promised of remote services is
// mocked from ports/portsmock.
//
// Everywhere: a method honours its context and returns an error of kind unavailable or internal when it could not do its work;
// errors are domain errors with a kind; a value handed out is a copy. Instants are UTC in microseconds, what is finer is cut. An empty list
// is no error and does nothing. A context that has ended makes a call fail with kind unavailable or internal.
package ports
