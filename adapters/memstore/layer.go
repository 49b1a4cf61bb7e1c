package memstore

import (
	"iter"
	"maps"
)

// layer is a map with changes above it that are not committed yet.
type layer[K comparable, V any] struct {
	under map[K]V
	over  map[K]change[V]
}

type change[V any] struct {
	value   V
	removed bool
}

func layerOn[K comparable, V any](under map[K]V) layer[K, V] {
	return layer[K, V]{under, make(map[K]change[V])}
}

func (l layer[K, V]) get(key K) (V, bool) {
	if c, ok := l.over[key]; ok {
		return c.value, !c.removed
	}
	value, ok := l.under[key]
	return value, ok
}

func (l layer[K, V]) put(key K, value V) { l.over[key] = change[V]{value: value} }

func (l layer[K, V]) remove(key K) { l.over[key] = change[V]{removed: true} }

// values yields what get would return for every key, in no order.
func (l layer[K, V]) values() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, c := range l.over {
			if !c.removed && !yield(c.value) {
				return
			}
		}
		for key := range maps.Keys(l.under) {
			if _, changed := l.over[key]; !changed && !yield(l.under[key]) {
				return
			}
		}
	}
}

// commit carries the changes into the map below.
func (l layer[K, V]) commit() {
	for key, c := range l.over {
		if c.removed {
			delete(l.under, key)
		} else {
			l.under[key] = c.value
		}
	}
}
