package conn

import "github.com/barnabas-go/kafka/protocol"

// telltale is what a release of Kafka was the first to have, on the listeners
// for clients, with ZooKeeper and without.
type telltale struct {
	release string
	api     protocol.APIKey
	version int16
	// metadata is the level of metadata.version (KIP-778) that tells the same for
	// brokers without ZooKeeper, where it is needed.
	metadata int16
}

// telltales by descending release: those of kafka-python's check_version, and where
// not all brokers of a release show them, those that its APIs' schemas have.
var telltales = []telltale{
	{release: "4.3", api: protocol.DescribeLogDirs, version: 5},
	{release: "4.2", api: protocol.ListOffsets, version: 11},
	{release: "4.1", api: protocol.Produce, version: 13},
	{release: "4.0", api: protocol.ListOffsets, version: 10},
	{release: "3.9", api: protocol.Fetch, version: 17},
	{release: "3.8", api: protocol.Produce, version: 11},
	{release: "3.7", api: protocol.Fetch, version: 16},
	{release: "3.6", api: protocol.AddPartitionsToTxn, version: 4},
	{release: "3.5", api: protocol.Fetch, version: 15},
	{release: "3.4", api: protocol.LeaderAndIsr, version: 7},
	{release: "3.4", api: protocol.UpdateMetadata, version: 8, metadata: 8},
	{release: "3.3", api: protocol.DescribeAcls, version: 3},
	{release: "3.3", api: protocol.DescribeLogDirs, version: 4},
	{release: "3.2", api: protocol.JoinGroup, version: 9},
	{release: "3.1", api: protocol.Fetch, version: 13},
	{release: "3.0", api: protocol.ListOffsets, version: 7},
	{release: "2.8", api: protocol.Produce, version: 9},
	{release: "2.7", api: protocol.Fetch, version: 12},
	{release: "2.6", api: protocol.DescribeClientQuotas, version: 0},
	{release: "2.5", api: protocol.DescribeAcls, version: 2},
	{release: "2.5", api: protocol.InitProducerId, version: 3},
	{release: "2.4", api: protocol.Produce, version: 8},
	{release: "2.3", api: protocol.Fetch, version: 11},
	{release: "2.2", api: protocol.ListOffsets, version: 5},
	{release: "2.1", api: protocol.Fetch, version: 10},
	{release: "2.0", api: protocol.Fetch, version: 8},
	{release: "1.1", api: protocol.Fetch, version: 7},
	{release: "1.0", api: protocol.Metadata, version: 5},
	{release: "0.11.0", api: protocol.Metadata, version: 4},
	{release: "0.10.2", api: protocol.OffsetFetch, version: 2},
	{release: "0.10.2", api: protocol.CreateTopics, version: 1},
	{release: "0.10.1", api: protocol.Metadata, version: 2},
}

// Release returns the release of Apache Kafka that the broker seems to be, such
// as "2.8": the last that this package knows a sign of among the broker's APIs.
// A newer release than "4.3" is taken for that. Brokers before 0.10, which do not
// tell their APIs, are "0.9", "0.8.2", "0.8.1" or "0.8.0". Other
// brokers than Apache's, which speak the protocol, are what they resemble most.
func (v *Versions) Release() string {
	if v.Assumed != "" {
		return v.Assumed
	}
	for _, t := range telltales {
		if v.shows(t) {
			return t.release
		}
	}
	return "0.10.0" // it is the first that tells at all
}

func (v *Versions) shows(t telltale) bool {
	if r, ok := v.apis[t.api]; ok && r.Max >= t.version {
		return true
	}
	return t.metadata > 0 && v.SupportedFeatures["metadata.version"].Max >= t.metadata
}
