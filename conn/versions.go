package conn

import "github.com/barnabas-go/kafka/protocol"

// VersionRange is the lowest and highest version of an API, both included.
type VersionRange struct{ Min, Max int16 }

// Versions is what a broker told of itself.
type Versions struct {
	// Assumed names the release whose versions are taken for granted, such as
	// "0.9", if the broker is too old to tell its own; else it is empty.
	Assumed string

	apis map[protocol.APIKey]VersionRange
}

// Range returns the versions of an API that the broker speaks.
func (v *Versions) Range(key protocol.APIKey) (r VersionRange, ok bool) {
	r, ok = v.apis[key]
	return r, ok
}

// Highest returns the highest version of an API that client and broker both
// speak.
func (v *Versions) Highest(key protocol.APIKey) (version int16, ok bool) {
	r, ok := v.apis[key]
	api := protocol.Lookup(key)
	if !ok || api == nil {
		return 0, false
	}
	version = min(r.Max, api.Max)
	return version, version >= max(r.Min, api.Min)
}
