package conn

import (
	"maps"
	"slices"

	"github.com/barnabas-go/kafka/protocol"
)

// VersionRange is the lowest and highest version of an API or a feature, both
// included.
type VersionRange struct{ Min, Max int16 }

// has tells whether a version is in the range.
func (r VersionRange) has(version int16) bool { return r.Min <= version && version <= r.Max }

// Versions is what a broker told of itself. It does not change.
type Versions struct {
	// Assumed names the release whose versions are taken for granted, such as
	// "0.9", if the broker is too old to tell its own, or if Config.APIVersion says
	// so; else it is empty.
	Assumed string
	// Fixed tells that Assumed is from Config.APIVersion.
	Fixed bool
	// SupportedFeatures are the features that the broker knows, by name
	// (KIP-584); nil before Kafka 2.7.
	SupportedFeatures map[string]VersionRange
	// FinalizedFeatures are the features that are in effect in the cluster, by
	// name, such as "group.version", as of FinalizedEpoch; -1 if unknown.
	FinalizedFeatures map[string]VersionRange
	FinalizedEpoch    int64

	apis map[protocol.APIKey]VersionRange
}

// newVersions takes over what a broker answered.
func newVersions(resp *protocol.ApiVersionsResponse) *Versions {
	v := &Versions{
		FinalizedEpoch: resp.FinalizedFeaturesEpoch,
		apis:           make(map[protocol.APIKey]VersionRange, len(resp.APIKeys)),
	}
	for _, a := range resp.APIKeys {
		v.apis[a.APIKey] = VersionRange{a.MinVersion, a.MaxVersion}
	}
	if len(resp.SupportedFeatures) > 0 {
		v.SupportedFeatures = make(map[string]VersionRange)
	}
	for _, f := range resp.SupportedFeatures {
		v.SupportedFeatures[f.Name] = VersionRange{f.MinVersion, f.MaxVersion}
	}
	if len(resp.FinalizedFeatures) > 0 {
		v.FinalizedFeatures = make(map[string]VersionRange)
	}
	for _, f := range resp.FinalizedFeatures {
		v.FinalizedFeatures[f.Name] = VersionRange{f.MinVersionLevel, f.MaxVersionLevel}
	}
	return v
}

// fixed returns the release that Config.APIVersion names, empty if it does not.
func (v *Versions) fixed() string {
	if v.Fixed {
		return v.Assumed
	}
	return ""
}

// Range returns the versions of an API that the broker speaks.
func (v *Versions) Range(key protocol.APIKey) (r VersionRange, ok bool) {
	r, ok = v.apis[key]
	return r, ok
}

// APIs returns the APIs that the broker has, by ascending key.
func (v *Versions) APIs() []protocol.APIKey { return slices.Sorted(maps.Keys(v.apis)) }

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

// is tells whether the broker seems to be of a release.
func (v *Versions) is(r release) bool { return r.name == v.Release() }

// pick returns the highest version by which both sides can speak the request.
func (c *Conn) pick(req protocol.Request) (int16, error) {
	key := req.APIKey()
	api := protocol.Lookup(key)
	r, known := c.versions.Range(key)
	if !known {
		r = VersionRange{-1, -1}
	}
	highest, lowest := int16(-1), int16(-1)
	if api != nil {
		lowest, highest = api.Min, api.Max
	}
	if l, ok := req.(protocol.VersionLimiter); ok {
		highest = min(highest, l.MaxVersion())
	}
	version := min(highest, r.Max)
	if version < 0 || version < max(lowest, r.Min) {
		err := &UnsupportedError{
			Broker: c.addr, API: key,
			ClientMin: lowest, ClientMax: highest, BrokerMin: r.Min, BrokerMax: r.Max,
			Fixed: c.versions.fixed(),
		}
		if is, since := slices.IndexFunc(releases, c.versions.is), firstWith(key); !known && is >= 0 && is < since {
			err.Release, err.Since = releases[is].name, releases[since].name
		}
		return 0, err
	}
	return version, nil
}
