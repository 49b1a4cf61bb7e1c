package sandbox

// ring keeps the latest cap items; the zero ring keeps none.
type ring[T any] struct {
	items []T
	next  int // where the oldest is, once full
	cap   int
}

func (r *ring[T]) add(item T) {
	if len(r.items) < r.cap {
		r.items = append(r.items, item)
		return
	}
	if r.cap == 0 {
		return
	}
	r.items[r.next] = item
	r.next = (r.next + 1) % r.cap
}

// all returns a copy, oldest first; never nil.
func (r *ring[T]) all() []T {
	out := make([]T, 0, len(r.items))
	out = append(out, r.items[r.next:]...)
	return append(out, r.items[:r.next]...)
}
