package conn

import "github.com/barnabas-go/kafka/protocol"

// releases has Kafka's releases in ascending order. It is read off brokers of the
// releases, and off the schemas of those that lie between.
var releases = []release{
	{name: "0.8.0", highest: apiVersions{protocol.Produce: 0, protocol.Fetch: 0, protocol.ListOffsets: 0, protocol.Metadata: 0}},
	{name: "0.8.1", highest: apiVersions{protocol.OffsetCommit: 0, protocol.OffsetFetch: 0}},
	{name: "0.8.2", highest: apiVersions{protocol.OffsetCommit: 1, protocol.OffsetFetch: 1, protocol.FindCoordinator: 0}},
	{name: "0.9", highest: apiVersions{
		protocol.Produce: 1, protocol.Fetch: 1, protocol.OffsetCommit: 2, protocol.JoinGroup: 0, protocol.Heartbeat: 0,
		protocol.LeaveGroup: 0, protocol.SyncGroup: 0, protocol.DescribeGroups: 0, protocol.ListGroups: 0,
	}},
	{name: "0.10.0", highest: apiVersions{
		protocol.Produce: 2, protocol.Fetch: 2, protocol.Metadata: 1, protocol.SaslHandshake: 0, protocol.ApiVersions: 0,
	}},
	{name: "0.10.1", highest: apiVersions{
		protocol.Fetch: 3, protocol.ListOffsets: 1, protocol.Metadata: 2, protocol.JoinGroup: 1, protocol.CreateTopics: 0,
		protocol.DeleteTopics: 0,
	}},
	{name: "0.10.2", highest: apiVersions{protocol.OffsetFetch: 2, protocol.CreateTopics: 1}},
	{name: "0.11.0", highest: apiVersions{
		protocol.Produce: 3, protocol.Fetch: 5, protocol.ListOffsets: 2, protocol.Metadata: 4, protocol.OffsetCommit: 3,
		protocol.OffsetFetch: 3, protocol.FindCoordinator: 1, protocol.JoinGroup: 2, protocol.Heartbeat: 1,
		protocol.LeaveGroup: 1, protocol.SyncGroup: 1, protocol.DescribeGroups: 1, protocol.ListGroups: 1,
		protocol.ApiVersions: 1, protocol.CreateTopics: 2, protocol.DeleteTopics: 1, protocol.DeleteRecords: 0,
		protocol.InitProducerId: 0, protocol.OffsetForLeaderEpoch: 0, protocol.AddPartitionsToTxn: 0,
		protocol.AddOffsetsToTxn: 0, protocol.EndTxn: 0, protocol.WriteTxnMarkers: 0, protocol.TxnOffsetCommit: 0,
		protocol.DescribeAcls: 0, protocol.CreateAcls: 0, protocol.DeleteAcls: 0, protocol.DescribeConfigs: 0,
		protocol.AlterConfigs: 0,
	}},
	{name: "1.0", highest: apiVersions{
		protocol.Produce: 5, protocol.Fetch: 6, protocol.Metadata: 5, protocol.SaslHandshake: 1,
		protocol.AlterReplicaLogDirs: 0, protocol.DescribeLogDirs: 0, protocol.SaslAuthenticate: 0,
		protocol.CreatePartitions: 0,
	}},
	{name: "1.1", highest: apiVersions{
		protocol.Fetch: 7, protocol.DescribeConfigs: 1, protocol.CreateDelegationToken: 0,
		protocol.RenewDelegationToken: 0, protocol.ExpireDelegationToken: 0, protocol.DescribeDelegationToken: 0,
		protocol.DeleteGroups: 0,
	}},
	{name: "2.0", highest: apiVersions{
		protocol.Produce: 6, protocol.Fetch: 8, protocol.ListOffsets: 3, protocol.Metadata: 6, protocol.OffsetCommit: 4,
		protocol.OffsetFetch: 4, protocol.FindCoordinator: 2, protocol.JoinGroup: 3, protocol.Heartbeat: 2,
		protocol.LeaveGroup: 2, protocol.SyncGroup: 2, protocol.DescribeGroups: 2, protocol.ListGroups: 2,
		protocol.ApiVersions: 2, protocol.CreateTopics: 3, protocol.DeleteTopics: 2, protocol.DeleteRecords: 1,
		protocol.InitProducerId: 1, protocol.OffsetForLeaderEpoch: 1, protocol.AddPartitionsToTxn: 1,
		protocol.AddOffsetsToTxn: 1, protocol.EndTxn: 1, protocol.TxnOffsetCommit: 1, protocol.DescribeAcls: 1,
		protocol.CreateAcls: 1, protocol.DeleteAcls: 1, protocol.DescribeConfigs: 2, protocol.AlterConfigs: 1,
		protocol.AlterReplicaLogDirs: 1, protocol.DescribeLogDirs: 1, protocol.CreatePartitions: 1,
		protocol.CreateDelegationToken: 1, protocol.RenewDelegationToken: 1, protocol.ExpireDelegationToken: 1,
		protocol.DescribeDelegationToken: 1, protocol.DeleteGroups: 1,
	}},
	{name: "2.1", highest: apiVersions{
		protocol.Produce: 7, protocol.Fetch: 10, protocol.ListOffsets: 4, protocol.Metadata: 7, protocol.OffsetCommit: 6,
		protocol.OffsetFetch: 5, protocol.DeleteTopics: 3, protocol.OffsetForLeaderEpoch: 2, protocol.TxnOffsetCommit: 2,
	}},
	{name: "2.2", highest: apiVersions{
		protocol.ListOffsets: 5, protocol.JoinGroup: 4, protocol.SaslAuthenticate: 1, protocol.ElectLeaders: 0,
	}},
	{name: "2.3", highest: apiVersions{
		protocol.Fetch: 11, protocol.Metadata: 8, protocol.OffsetCommit: 7, protocol.JoinGroup: 5, protocol.Heartbeat: 3,
		protocol.SyncGroup: 3, protocol.DescribeGroups: 3, protocol.OffsetForLeaderEpoch: 3,
		protocol.IncrementalAlterConfigs: 0,
	}},
	{name: "2.4", highest: apiVersions{
		protocol.Produce: 8, protocol.Metadata: 9, protocol.OffsetCommit: 8, protocol.OffsetFetch: 6,
		protocol.FindCoordinator: 3, protocol.JoinGroup: 6, protocol.Heartbeat: 4, protocol.LeaveGroup: 4,
		protocol.SyncGroup: 4, protocol.DescribeGroups: 5, protocol.ListGroups: 3, protocol.ApiVersions: 3,
		protocol.CreateTopics: 5, protocol.DeleteTopics: 4, protocol.InitProducerId: 2, protocol.CreateDelegationToken: 2,
		protocol.DeleteGroups: 2, protocol.ElectLeaders: 2, protocol.IncrementalAlterConfigs: 1,
		protocol.AlterPartitionReassignments: 0, protocol.ListPartitionReassignments: 0, protocol.OffsetDelete: 0,
	}},
	{name: "2.5", highest: apiVersions{
		protocol.OffsetFetch: 7, protocol.JoinGroup: 7, protocol.SyncGroup: 5, protocol.InitProducerId: 3,
		protocol.TxnOffsetCommit: 3, protocol.DescribeAcls: 2, protocol.CreateAcls: 2, protocol.DeleteAcls: 2,
		protocol.SaslAuthenticate: 2, protocol.CreatePartitions: 2, protocol.RenewDelegationToken: 2,
		protocol.ExpireDelegationToken: 2, protocol.DescribeDelegationToken: 2,
	}},
	{name: "2.6", highest: apiVersions{
		protocol.ListGroups: 4, protocol.DeleteRecords: 2, protocol.DescribeConfigs: 3, protocol.DescribeLogDirs: 2,
		protocol.DescribeClientQuotas: 0, protocol.AlterClientQuotas: 0,
	}},
	{name: "2.7", highest: apiVersions{
		protocol.Fetch: 12, protocol.CreateTopics: 6, protocol.DeleteTopics: 5, protocol.InitProducerId: 4,
		protocol.AddPartitionsToTxn: 2, protocol.AddOffsetsToTxn: 2, protocol.EndTxn: 2, protocol.CreatePartitions: 3,
		protocol.DescribeUserScramCredentials: 0, protocol.AlterUserScramCredentials: 0, protocol.UpdateFeatures: 0,
	}},
	{name: "2.8", highest: apiVersions{
		protocol.Produce: 9, protocol.ListOffsets: 6, protocol.Metadata: 11, protocol.CreateTopics: 7,
		protocol.DeleteTopics: 6, protocol.OffsetForLeaderEpoch: 4, protocol.AddPartitionsToTxn: 3,
		protocol.AddOffsetsToTxn: 3, protocol.EndTxn: 3, protocol.WriteTxnMarkers: 1, protocol.DescribeConfigs: 4,
		protocol.AlterConfigs: 2, protocol.AlterReplicaLogDirs: 2, protocol.DescribeClientQuotas: 1,
		protocol.AlterClientQuotas: 1, protocol.DescribeCluster: 0, protocol.DescribeProducers: 0,
	}},
	{name: "3.0", highest: apiVersions{
		protocol.ListOffsets: 7, protocol.OffsetFetch: 8, protocol.FindCoordinator: 4, protocol.DescribeTransactions: 0,
		protocol.ListTransactions: 0,
	}},
	{name: "3.1", highest: apiVersions{protocol.Fetch: 13, protocol.Metadata: 12}},
	{name: "3.2", highest: apiVersions{protocol.JoinGroup: 9, protocol.LeaveGroup: 5, protocol.DescribeLogDirs: 3}},
	{name: "3.3", highest: apiVersions{
		protocol.DescribeAcls: 3, protocol.CreateAcls: 3, protocol.DeleteAcls: 3, protocol.DescribeLogDirs: 4,
		protocol.CreateDelegationToken: 3, protocol.DescribeDelegationToken: 3, protocol.DescribeQuorum: 1,
		protocol.UpdateFeatures: 1, protocol.UnregisterBroker: 0,
	}},
	{name: "3.4"},
	{name: "3.5", highest: apiVersions{protocol.Fetch: 15, protocol.ListOffsets: 8}},
	{name: "3.6", highest: apiVersions{protocol.AddPartitionsToTxn: 4}},
	{name: "3.7", highest: apiVersions{
		protocol.Produce: 10, protocol.Fetch: 16, protocol.OffsetCommit: 9, protocol.OffsetFetch: 9,
		protocol.DescribeCluster: 1, protocol.ConsumerGroupHeartbeat: 0, protocol.ListConfigResources: 0,
	}},
	{name: "3.8", highest: apiVersions{
		protocol.Produce: 11, protocol.FindCoordinator: 5, protocol.ListGroups: 5, protocol.InitProducerId: 5,
		protocol.AddPartitionsToTxn: 5, protocol.AddOffsetsToTxn: 4, protocol.EndTxn: 4, protocol.TxnOffsetCommit: 4,
		protocol.ListTransactions: 1, protocol.ConsumerGroupDescribe: 0, protocol.DescribeTopicPartitions: 0,
	}},
	{name: "3.9", highest: apiVersions{
		protocol.Fetch: 17, protocol.ListOffsets: 9, protocol.FindCoordinator: 6, protocol.ApiVersions: 4,
		protocol.DescribeQuorum: 2, protocol.AddRaftVoter: 0, protocol.RemoveRaftVoter: 0,
	}},
	{name: "4.0", lowest: dropped, highest: apiVersions{
		protocol.Produce: 12, protocol.ListOffsets: 10, protocol.Metadata: 13, protocol.DescribeGroups: 6,
		protocol.EndTxn: 5, protocol.TxnOffsetCommit: 5, protocol.UpdateFeatures: 2, protocol.DescribeCluster: 2,
		protocol.ConsumerGroupHeartbeat: 1, protocol.ConsumerGroupDescribe: 1,
	}},
	{name: "4.1", highest: apiVersions{
		protocol.Produce: 13, protocol.Fetch: 18, protocol.AlterPartitionReassignments: 1, protocol.ListTransactions: 2,
		protocol.ListConfigResources: 1, protocol.ShareGroupHeartbeat: 1, protocol.ShareGroupDescribe: 1,
		protocol.ShareFetch: 1, protocol.ShareAcknowledge: 1, protocol.InitializeShareGroupState: 0,
		protocol.ReadShareGroupState: 0, protocol.WriteShareGroupState: 0, protocol.DeleteShareGroupState: 0,
		protocol.ReadShareGroupStateSummary: 0, protocol.DescribeShareGroupOffsets: 0, protocol.AlterShareGroupOffsets: 0,
		protocol.DeleteShareGroupOffsets: 0,
	}, lowest: apiVersions{
		protocol.JoinGroup: 0, protocol.ShareGroupHeartbeat: 1, protocol.ShareGroupDescribe: 1, protocol.ShareFetch: 1,
		protocol.ShareAcknowledge: 1,
	}},
	{name: "4.2", highest: apiVersions{
		protocol.ListOffsets: 11, protocol.OffsetCommit: 10, protocol.OffsetFetch: 10, protocol.WriteTxnMarkers: 2,
		protocol.ShareFetch: 2, protocol.ShareAcknowledge: 2, protocol.AddRaftVoter: 1, protocol.WriteShareGroupState: 1,
		protocol.ReadShareGroupStateSummary: 1, protocol.StreamsGroupHeartbeat: 0, protocol.StreamsGroupDescribe: 0,
		protocol.DescribeShareGroupOffsets: 1,
	}},
	{name: "4.3", highest: apiVersions{protocol.DescribeLogDirs: 5}},
}

// dropped are the lowest versions that Kafka 4.0 left (KIP-896). Of Produce it
// says that it has all, for the sake of librdkafka (KAFKA-18659).
var dropped = apiVersions{
	protocol.Produce: 3, protocol.Fetch: 4, protocol.ListOffsets: 1, protocol.OffsetCommit: 2, protocol.OffsetFetch: 1,
	protocol.JoinGroup: 2, protocol.CreateTopics: 2, protocol.DeleteTopics: 1, protocol.OffsetForLeaderEpoch: 2,
	protocol.WriteTxnMarkers: 1, protocol.DescribeAcls: 1, protocol.CreateAcls: 1, protocol.DeleteAcls: 1,
	protocol.DescribeConfigs: 1, protocol.AlterReplicaLogDirs: 1, protocol.DescribeLogDirs: 1,
	protocol.CreateDelegationToken: 1, protocol.RenewDelegationToken: 1, protocol.ExpireDelegationToken: 1,
	protocol.DescribeDelegationToken: 1,
}
