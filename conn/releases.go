package conn

import "github.com/barnabas-go/kafka/protocol"

// release is a Kafka release before 0.10, which cannot be asked for its API
// versions (KIP-35).
type release struct {
	name string
	// probe is a request, sent as version 0, that the release answers and older
	// ones do not: they close the connection. It changes nothing.
	probe protocol.Request
	apis  map[protocol.APIKey]VersionRange
}

// oldReleases are tried in this order.
var oldReleases = []release{
	{
		name:  "0.9",
		probe: &protocol.LeaveGroupRequest{Members: make([]protocol.LeaveGroupRequestMember, 1)},
		apis: map[protocol.APIKey]VersionRange{
			protocol.Produce:         {0, 1},
			protocol.Fetch:           {0, 1},
			protocol.ListOffsets:     {0, 0},
			protocol.Metadata:        {0, 0},
			protocol.OffsetCommit:    {0, 2},
			protocol.OffsetFetch:     {0, 1},
			protocol.FindCoordinator: {0, 0},
			protocol.JoinGroup:       {0, 0},
			protocol.Heartbeat:       {0, 0},
			protocol.LeaveGroup:      {0, 0},
			protocol.SyncGroup:       {0, 0},
			protocol.DescribeGroups:  {0, 0},
			protocol.ListGroups:      {0, 0},
		},
	},
	{
		name:  "0.8.2",
		probe: &protocol.MetadataRequest{},
		apis: map[protocol.APIKey]VersionRange{
			protocol.Produce:         {0, 0},
			protocol.Fetch:           {0, 0},
			protocol.ListOffsets:     {0, 0},
			protocol.Metadata:        {0, 0},
			protocol.OffsetCommit:    {0, 1},
			protocol.OffsetFetch:     {0, 1},
			protocol.FindCoordinator: {0, 0},
		},
	},
}
