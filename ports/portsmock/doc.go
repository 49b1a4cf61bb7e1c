// Package portsmock holds generated mocks of the remote and inbound ports, for tests. A method whose function is unset panics. Storage
// is never mocked: adapters/memstore is its double.
package portsmock
