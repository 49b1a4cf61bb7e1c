package ports

import "github.com/grps/grps/domain"

// Keys is where keys come from that change while the service runs.
type Keys interface {
	// Keys returns the keys in force, no two of them with the same name or the same digest. What is taken out is not among them two seconds
	// later. Nobody changes the slice, nor what it holds. It may be called from any goroutine.
	Keys() []domain.Key
}
