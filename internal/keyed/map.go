// Package keyed has values that are made when they are first asked for.
package keyed

import "sync"

// Map holds a value for each key. The zero Map is empty. It is safe for concurrent
// use.
type Map[K comparable, V any] struct {
	mu     sync.RWMutex
	values map[K]V
}

// Get returns the value of key, which create makes if there is none yet: once, as
// others wait meanwhile.
func (m *Map[K, V]) Get(key K, create func(K) V) V {
	m.mu.RLock()
	v, ok := m.values[key]
	m.mu.RUnlock()
	if ok {
		return v
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.values[key]; ok {
		return v
	}
	if m.values == nil {
		m.values = make(map[K]V)
	}
	v = create(key)
	m.values[key] = v
	return v
}
