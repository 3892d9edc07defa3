package kafkabroker

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// releases is what "all" in KAFKA_VERSION stands for: the last of each line whose
// protocol or behaviour changed.
const releases = "0.8.0,0.8.1.1,0.8.2.2,0.9.0.1,0.10.0.1,0.10.2.2,0.11.0.3,1.0.2,1.1.1,2.0.1,2.4.1,2.8.2,3.3.2,3.9.1,4.0.1,4.1.1,4.2.1,4.3.1"

// A release is a version number of Apache Kafka: three parts since 1.0, four
// before.
type release []int

// oldest is the first release whose jars are in Maven's central repository and
// start with this package's recipe.
var oldest = release{0, 8, 0}

// parseRelease reads "4.3.1" or "0.10.2.2".
func parseRelease(version string) (release, error) {
	var r release
	for part := range strings.SplitSeq(version, ".") {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("kafkabroker: %q is not a Kafka version such as 4.3.1", version)
		}
		r = append(r, int(n))
	}
	if len(r) < 3 || len(r) > 4 {
		return nil, fmt.Errorf("kafkabroker: %q is not a Kafka version: want three or four numbers", version)
	}
	if !r.atLeast(oldest...) {
		return nil, fmt.Errorf("kafkabroker: Kafka %s is older than %s, the oldest that can be started", version, oldest)
	}
	return r, nil
}

// atLeast says whether r is the version given by its leading parts, or later.
func (r release) atLeast(parts ...int) bool {
	return slices.Compare(r, parts) >= 0
}

// kraft says whether clusters of r keep their metadata in a KRaft quorum; all
// others use ZooKeeper.
func (r release) kraft() bool { return r.atLeast(3, 3) }

func (r release) String() string {
	parts := make([]string, len(r))
	for i, n := range r {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ".")
}
