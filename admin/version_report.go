package admin

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// versionJSON is a [BrokerVersion] in JSON. The names do not change.
type versionJSON struct {
	Node           int32         `json:"node"`
	Host           string        `json:"host"`
	Port           int32         `json:"port"`
	Rack           string        `json:"rack,omitempty"`
	Release        string        `json:"release"`
	Assumed        bool          `json:"assumed"`
	APIs           []apiJSON     `json:"apis"`
	Features       []featureJSON `json:"features"`
	FinalizedEpoch *int64        `json:"finalized_epoch"`
}

type apiJSON struct {
	Key  protocol.APIKey `json:"key"`
	Name string          `json:"name"`
	Min  int16           `json:"min"`
	Max  int16           `json:"max"`
	Used *int16          `json:"used"`
}

type featureJSON struct {
	Name      string `json:"name"`
	Min       *int16 `json:"min"`
	Max       *int16 `json:"max"`
	Finalized *int16 `json:"finalized"`
}

// MarshalJSON returns all that there is to know as an object:
//
//	{
//	  "node": 1, "host": "kafka-1", "port": 9092, "rack": "eu-1a",
//	  "release": "4.3",
//	  "assumed": false,
//	  "apis": [{"key": 0, "name": "Produce", "min": 0, "max": 13, "used": 13}, ...],
//	  "features": [{"name": "metadata.version", "min": 7, "max": 30, "finalized": 30}, ...],
//	  "finalized_epoch": 42
//	}
//
// There is no rack if it is not known. The APIs are in the order of their keys;
// "assumed" tells that their versions are those of the release, as the broker is
// too old to tell its own. "used" is the highest version that this client speaks,
// too, null if there is none. Of the features, by name, "min" and "max" are what
// the broker knows and "finalized" is the level that is in effect in the cluster,
// null where it has none, as of "finalized_epoch", null if that is not known.
func (v BrokerVersion) MarshalJSON() ([]byte, error) {
	j := versionJSON{
		Node: v.Node.ID, Host: v.Node.Host, Port: v.Node.Port, Rack: v.Node.Rack,
		Release: v.Release, Assumed: v.Versions.Assumed != "",
		APIs: []apiJSON{}, Features: []featureJSON{},
	}
	for _, key := range v.Versions.APIs() {
		r, _ := v.Versions.Range(key)
		api := apiJSON{Key: key, Name: key.String(), Min: r.Min, Max: r.Max}
		if used, ok := v.Versions.Highest(key); ok {
			api.Used = &used
		}
		j.APIs = append(j.APIs, api)
	}
	for _, name := range v.features() {
		f := featureJSON{Name: name}
		if r, ok := v.Versions.SupportedFeatures[name]; ok {
			f.Min, f.Max = &r.Min, &r.Max
		}
		if r, ok := v.Versions.FinalizedFeatures[name]; ok {
			f.Finalized = &r.Max
		}
		j.Features = append(j.Features, f)
	}
	if v.Versions.FinalizedEpoch >= 0 {
		j.FinalizedEpoch = &v.Versions.FinalizedEpoch
	}
	return json.Marshal(j)
}

// features returns the names of all features that the broker knows, or that are in
// effect.
func (v BrokerVersion) features() []string {
	all := maps.Clone(v.Versions.SupportedFeatures)
	if all == nil {
		all = make(map[string]conn.VersionRange)
	}
	maps.Copy(all, v.Versions.FinalizedFeatures)
	return slices.Sorted(maps.Keys(all))
}

// Table returns the versions of all APIs and features as tables to read: of each
// API which ones the broker and this client speak, and which of these is used; of
// each feature which levels the broker knows, and which is in effect.
func (v BrokerVersion) Table() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "API\tKEY\tBROKER\tCLIENT\tUSED\n")
	for _, key := range v.Versions.APIs() {
		r, _ := v.Versions.Range(key)
		client, used := "-", "-"
		if api := protocol.Lookup(key); api != nil {
			client = span(conn.VersionRange{Min: api.Min, Max: api.Max})
		}
		if highest, ok := v.Versions.Highest(key); ok {
			used = fmt.Sprint(highest)
		}
		fmt.Fprintf(w, "%v\t%d\t%s\t%s\t%s\n", key, int16(key), span(r), client, used)
	}
	if features := v.features(); len(features) > 0 {
		w.Flush()
		fmt.Fprint(w, "\nFEATURE\tBROKER\tFINALIZED\n")
		for _, name := range features {
			known, finalized := "-", "-"
			if r, ok := v.Versions.SupportedFeatures[name]; ok {
				known = span(r)
			}
			if r, ok := v.Versions.FinalizedFeatures[name]; ok {
				finalized = fmt.Sprint(r.Max)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\n", name, known, finalized)
		}
	}
	w.Flush() // a Builder takes everything
	return b.String()
}

// span writes a range as "4 to 12", or one version as "0".
func span(r conn.VersionRange) string {
	if r.Min == r.Max {
		return fmt.Sprint(r.Max)
	}
	return fmt.Sprintf("%d to %d", r.Min, r.Max)
}
