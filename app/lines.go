package app

import "slices"

// arrival is an item that waits.
type arrival[T any] struct {
	item T
	with *load
}

// load is the items of one request. They may be taken at different times, but in one lane at a time.
type load struct {
	left  int           // items that are not done
	under int           // items that are under way
	done  chan struct{} // closed when none is left
}

// line is what waits for one caller, in the order of arrival.
type line[T any] struct {
	whose    string
	arrivals []arrival[T]
}

// lines is what waits for everybody: a line each, those first whose turn it is. None is empty.
type lines[T any] []*line[T]

// of returns the line of a caller; nil when nothing of theirs waits.
func (l lines[T]) of(whose string) *line[T] {
	for _, own := range l {
		if own.whose == whose {
			return own
		}
	}
	return nil
}

// count returns how many items wait.
func (l lines[T]) count() int {
	n := 0
	for _, own := range l {
		n += len(own.arrivals)
	}
	return n
}

// upTo returns how many items are taken until the n-th of a caller is: as callers take turns, no more of anybody else.
func (l lines[T]) upTo(whose string, n int) int {
	taken := n
	for _, other := range l {
		if other.whose != whose {
			taken += min(len(other.arrivals), n)
		}
	}
	return taken
}

// add puts items at the end of a caller's line.
func (l *lines[T]) add(whose string, items []T, with *load) {
	own := l.of(whose)
	if own == nil {
		own = &line[T]{whose: whose}
		*l = append(*l, own)
	}
	for _, item := range items {
		own.arrivals = append(own.arrivals, arrival[T]{item, with})
	}
}

// take takes at most that many items: as many of each line as there are turns for it, the longest waiting first. What belongs to a load
// that is under way stays where it is.
func (l *lines[T]) take(most int) []arrival[T] {
	taken := make([]arrival[T], 0, min(most, l.count()))
	for before := -1; len(taken) > before && len(taken) < most; {
		before = len(taken)
		share := max((most-before)/max(len(*l), 1), 1)
		for range *l {
			taken = l.first(min(share, most-len(taken)), taken)
		}
	}
	return taken
}

// first takes at most that many items of the caller whose turn it is, who is the last then, and adds them to those taken.
func (l *lines[T]) first(most int, taken []arrival[T]) []arrival[T] {
	if most == 0 {
		return taken
	}
	own := (*l)[0]
	later, n := own.arrivals[:0], 0
	for _, a := range own.arrivals {
		if n < most && a.with.under == 0 {
			taken, n = append(taken, a), n+1
		} else {
			later = append(later, a)
		}
	}
	clear(own.arrivals[len(later):])
	own.arrivals = later
	*l = slices.Delete(*l, 0, 1)
	if len(later) > 0 {
		*l = append(*l, own)
	}
	return taken
}

// drop takes out what belongs to a load.
func (l *lines[T]) drop(with *load) {
	for _, own := range *l {
		own.arrivals = slices.DeleteFunc(own.arrivals, func(a arrival[T]) bool { return a.with == with })
	}
	*l = slices.DeleteFunc(*l, func(own *line[T]) bool { return len(own.arrivals) == 0 })
}
