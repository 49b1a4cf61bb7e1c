package httpapi

// each returns what every one of the items is answered as, in their order; an empty list, not null, where there are none.
func each[From, To any](items []From, become func(From) To) []To {
	all := make([]To, len(items))
	for i, item := range items {
		all[i] = become(item)
	}
	return all
}
