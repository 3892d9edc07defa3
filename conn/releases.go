package conn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/barnabas-go/kafka/protocol"
)

// release is a release of Kafka, and what it changed in the APIs for clients.
type release struct {
	name    string
	highest apiVersions // of APIs that are new, or have new versions
	lowest  apiVersions // of APIs that have fewer or more old ones than before
}

type apiVersions map[protocol.APIKey]int16

// versions returns the versions of all APIs that the release has.
func (r *release) versions() *Versions {
	v := &Versions{Assumed: r.name, FinalizedEpoch: -1, apis: make(map[protocol.APIKey]VersionRange)}
	for i := range releases {
		for key, highest := range releases[i].highest {
			v.apis[key] = VersionRange{v.apis[key].Min, highest}
		}
		for key, lowest := range releases[i].lowest {
			v.apis[key] = VersionRange{lowest, v.apis[key].Max}
		}
		if &releases[i] == r {
			break
		}
	}
	return v
}

// named returns the release with a name that the table has.
func named(name string) *release {
	i := slices.IndexFunc(releases, func(r release) bool { return r.name == name })
	return &releases[i]
}

// firstWith returns the index of the first release that has an API, -1 if none
// has.
func firstWith(key protocol.APIKey) int {
	return slices.IndexFunc(releases, func(r release) bool {
		_, ok := r.highest[key]
		return ok
	})
}

// ParseRelease returns the release of Kafka, as [Versions.Release] names it, that
// a text stands for: "2.8", "0.10.2.1", or in kafka-python's way "(0, 10, 2)". A
// release that this package does not know is taken for the latest before it, so
// "2.8.2" for "2.8" and "7.1" for the newest. Brokers before "0.8.0" speak another
// protocol.
func ParseRelease(text string) (string, error) {
	r, err := parseRelease(text)
	if err != nil {
		return "", err
	}
	return r.name, nil
}

func parseRelease(text string) (*release, error) {
	numbers, ok := releaseNumbers(text)
	if !ok {
		return nil, fmt.Errorf("%q is not a release of Kafka, such as %s, 0.10.2 or (0, 10, 2)", text, releases[len(releases)-1].name)
	}
	for i := len(releases) - 1; i >= 0; i-- {
		if known, _ := releaseNumbers(releases[i].name); slices.Compare(known, numbers) <= 0 {
			return &releases[i], nil
		}
	}
	return nil, fmt.Errorf("%q is a release of Kafka with another protocol: the oldest that clients of today can speak to is %s", text, releases[0].name)
}

// releaseNumbers reads the numbers of a release, without zeros at the end.
func releaseNumbers(text string) (numbers []int, ok bool) {
	text = strings.TrimSpace(text)
	separator := "."
	if inner, isTuple := strings.CutPrefix(text, "("); isTuple {
		if text, ok = strings.CutSuffix(inner, ")"); !ok {
			return nil, false
		}
		separator = ","
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(text, ","), separator) {
		n, err := strconv.ParseUint(strings.TrimSpace(part), 10, 16)
		if err != nil {
			return nil, false
		}
		numbers = append(numbers, int(n))
	}
	for len(numbers) > 0 && numbers[len(numbers)-1] == 0 {
		numbers = numbers[:len(numbers)-1]
	}
	return numbers, true
}
