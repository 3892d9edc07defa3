package conn

import (
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// clientPauses has, for the APIs that are older than KIP-219, the first version
// after whose response it is the client that pauses. Before, the broker held
// the response back for as long as it says.
var clientPauses = map[protocol.APIKey]int16{
	protocol.Produce:            6,
	protocol.Fetch:              8,
	protocol.ListOffsets:        3,
	protocol.Metadata:           6,
	protocol.OffsetCommit:       4,
	protocol.OffsetFetch:        4,
	protocol.FindCoordinator:    2,
	protocol.JoinGroup:          3,
	protocol.Heartbeat:          2,
	protocol.LeaveGroup:         2,
	protocol.SyncGroup:          2,
	protocol.DescribeGroups:     2,
	protocol.ListGroups:         2,
	protocol.ApiVersions:        2,
	protocol.CreateTopics:       3,
	protocol.DeleteTopics:       2,
	protocol.DeleteRecords:      1,
	protocol.InitProducerId:     1,
	protocol.AddPartitionsToTxn: 1,
	protocol.AddOffsetsToTxn:    1,
	protocol.EndTxn:             1,
	protocol.TxnOffsetCommit:    1,
	protocol.DescribeAcls:       1,
	protocol.CreateAcls:         1,
	protocol.DeleteAcls:         1,
	protocol.DescribeConfigs:    2,
	protocol.AlterConfigs:       1,
	protocol.CreatePartitions:   1,
}

// pauseAfter returns for how long nothing may be written after a response.
func pauseAfter(resp protocol.Response, version int16) time.Duration {
	t, ok := resp.(protocol.Throttled)
	if !ok || version < clientPauses[resp.APIKey()] {
		return 0
	}
	return t.Throttle()
}
