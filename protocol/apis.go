package protocol

import "slices"

// neverFlexible is the first flexible version of an API that has none.
const neverFlexible = 1<<15 - 1

// apis has the APIs that this package speaks, by key.
var apis = []*API{
	api[ProduceRequest, ProduceResponse](Produce, 0, 13, 9),
	api[FetchRequest, FetchResponse](Fetch, 0, 18, 12),
	api[ListOffsetsRequest, ListOffsetsResponse](ListOffsets, 0, 11, 6),
	api[MetadataRequest, MetadataResponse](Metadata, 0, 13, 9),
	api[OffsetCommitRequest, OffsetCommitResponse](OffsetCommit, 0, 10, 8),
	api[OffsetFetchRequest, OffsetFetchResponse](OffsetFetch, 0, 10, 6),
	api[FindCoordinatorRequest, FindCoordinatorResponse](FindCoordinator, 0, 6, 3),
	api[JoinGroupRequest, JoinGroupResponse](JoinGroup, 0, 9, 6),
	api[HeartbeatRequest, HeartbeatResponse](Heartbeat, 0, 4, 4),
	api[LeaveGroupRequest, LeaveGroupResponse](LeaveGroup, 0, 5, 4),
	api[SyncGroupRequest, SyncGroupResponse](SyncGroup, 0, 5, 4),
	api[DescribeGroupsRequest, DescribeGroupsResponse](DescribeGroups, 0, 6, 5),
	api[ListGroupsRequest, ListGroupsResponse](ListGroups, 0, 5, 3),
	api[SaslHandshakeRequest, SaslHandshakeResponse](SaslHandshake, 0, 1, neverFlexible),
	api[ApiVersionsRequest, ApiVersionsResponse](ApiVersions, 0, 4, 3),
	api[CreateTopicsRequest, CreateTopicsResponse](CreateTopics, 0, 7, 5),
	api[DeleteTopicsRequest, DeleteTopicsResponse](DeleteTopics, 0, 6, 4),
	api[DeleteRecordsRequest, DeleteRecordsResponse](DeleteRecords, 0, 2, 2),
	api[InitProducerIdRequest, InitProducerIdResponse](InitProducerId, 0, 6, 2),
	api[OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse](OffsetForLeaderEpoch, 0, 4, 4),
	api[AddPartitionsToTxnRequest, AddPartitionsToTxnResponse](AddPartitionsToTxn, 0, 5, 3),
	api[AddOffsetsToTxnRequest, AddOffsetsToTxnResponse](AddOffsetsToTxn, 0, 4, 3),
	api[EndTxnRequest, EndTxnResponse](EndTxn, 0, 5, 3),
	api[WriteTxnMarkersRequest, WriteTxnMarkersResponse](WriteTxnMarkers, 0, 2, 1),
	api[TxnOffsetCommitRequest, TxnOffsetCommitResponse](TxnOffsetCommit, 0, 5, 3),
	api[DescribeAclsRequest, DescribeAclsResponse](DescribeAcls, 0, 3, 2),
	api[CreateAclsRequest, CreateAclsResponse](CreateAcls, 0, 3, 2),
	api[DeleteAclsRequest, DeleteAclsResponse](DeleteAcls, 0, 3, 2),
	api[DescribeConfigsRequest, DescribeConfigsResponse](DescribeConfigs, 0, 4, 4),
	api[AlterConfigsRequest, AlterConfigsResponse](AlterConfigs, 0, 2, 2),
	api[AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse](AlterReplicaLogDirs, 0, 2, 2),
	api[DescribeLogDirsRequest, DescribeLogDirsResponse](DescribeLogDirs, 0, 5, 2),
	api[SaslAuthenticateRequest, SaslAuthenticateResponse](SaslAuthenticate, 0, 2, 2),
	api[CreatePartitionsRequest, CreatePartitionsResponse](CreatePartitions, 0, 3, 2),
	api[CreateDelegationTokenRequest, CreateDelegationTokenResponse](CreateDelegationToken, 0, 3, 2),
	api[RenewDelegationTokenRequest, RenewDelegationTokenResponse](RenewDelegationToken, 0, 2, 2),
	api[ExpireDelegationTokenRequest, ExpireDelegationTokenResponse](ExpireDelegationToken, 0, 2, 2),
	api[DescribeDelegationTokenRequest, DescribeDelegationTokenResponse](DescribeDelegationToken, 0, 3, 2),
	api[DeleteGroupsRequest, DeleteGroupsResponse](DeleteGroups, 0, 2, 2),
	api[ElectLeadersRequest, ElectLeadersResponse](ElectLeaders, 0, 2, 2),
	api[IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse](IncrementalAlterConfigs, 0, 1, 1),
	api[AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse](AlterPartitionReassignments, 0, 1, 0),
	api[ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse](ListPartitionReassignments, 0, 0, 0),
	api[OffsetDeleteRequest, OffsetDeleteResponse](OffsetDelete, 0, 0, neverFlexible),
	api[DescribeClientQuotasRequest, DescribeClientQuotasResponse](DescribeClientQuotas, 0, 1, 1),
	api[AlterClientQuotasRequest, AlterClientQuotasResponse](AlterClientQuotas, 0, 1, 1),
	api[DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse](DescribeUserScramCredentials, 0, 0, 0),
	api[AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse](AlterUserScramCredentials, 0, 0, 0),
	api[DescribeQuorumRequest, DescribeQuorumResponse](DescribeQuorum, 0, 2, 0),
	api[UpdateFeaturesRequest, UpdateFeaturesResponse](UpdateFeatures, 0, 2, 0),
	api[DescribeClusterRequest, DescribeClusterResponse](DescribeCluster, 0, 2, 0),
	api[DescribeProducersRequest, DescribeProducersResponse](DescribeProducers, 0, 0, 0),
	api[UnregisterBrokerRequest, UnregisterBrokerResponse](UnregisterBroker, 0, 0, 0),
	api[DescribeTransactionsRequest, DescribeTransactionsResponse](DescribeTransactions, 0, 0, 0),
	api[ListTransactionsRequest, ListTransactionsResponse](ListTransactions, 0, 2, 0),
	api[ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse](ConsumerGroupHeartbeat, 0, 1, 0),
	api[ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse](ConsumerGroupDescribe, 0, 1, 0),
	api[GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse](GetTelemetrySubscriptions, 0, 0, 0),
	api[PushTelemetryRequest, PushTelemetryResponse](PushTelemetry, 0, 0, 0),
	api[ListConfigResourcesRequest, ListConfigResourcesResponse](ListConfigResources, 0, 1, 0),
	api[DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse](DescribeTopicPartitions, 0, 0, 0),
	api[ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse](ShareGroupHeartbeat, 0, 1, 0),
	api[ShareGroupDescribeRequest, ShareGroupDescribeResponse](ShareGroupDescribe, 0, 1, 0),
	api[ShareFetchRequest, ShareFetchResponse](ShareFetch, 0, 2, 0),
	api[ShareAcknowledgeRequest, ShareAcknowledgeResponse](ShareAcknowledge, 0, 2, 0),
	api[AddRaftVoterRequest, AddRaftVoterResponse](AddRaftVoter, 0, 1, 0),
	api[RemoveRaftVoterRequest, RemoveRaftVoterResponse](RemoveRaftVoter, 0, 0, 0),
	api[InitializeShareGroupStateRequest, InitializeShareGroupStateResponse](InitializeShareGroupState, 0, 0, 0),
	api[ReadShareGroupStateRequest, ReadShareGroupStateResponse](ReadShareGroupState, 0, 0, 0),
	api[WriteShareGroupStateRequest, WriteShareGroupStateResponse](WriteShareGroupState, 0, 1, 0),
	api[DeleteShareGroupStateRequest, DeleteShareGroupStateResponse](DeleteShareGroupState, 0, 0, 0),
	api[ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse](ReadShareGroupStateSummary, 0, 1, 0),
	api[StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse](StreamsGroupHeartbeat, 0, 0, 0),
	api[StreamsGroupDescribeRequest, StreamsGroupDescribeResponse](StreamsGroupDescribe, 0, 0, 0),
	api[DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse](DescribeShareGroupOffsets, 0, 1, 0),
	api[AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse](AlterShareGroupOffsets, 0, 0, 0),
	api[DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse](DeleteShareGroupOffsets, 0, 0, 0),
}

var byKey = func() []*API {
	var table []*API
	for _, a := range apis {
		if n := int(a.Key) + 1 - len(table); n > 0 {
			table = append(table, make([]*API, n)...)
		}
		table[a.Key] = a
	}
	return table
}()

// APIs returns the APIs that this package speaks, by ascending key.
func APIs() []*API { return slices.Clone(apis) }

// api describes the API of the messages Req and Resp.
func api[Req, Resp any, PReq message[Req], PResp message[Resp]](key APIKey, min, max, flexible int16) *API {
	return &API{
		Key: key, Name: apiNames[key], Min: min, Max: max, Flexible: flexible,
		newRequest:  func() Request { return PReq(new(Req)) },
		newResponse: func() Response { return PResp(new(Resp)) },
	}
}

// message is a pointer to T that is a Message.
type message[T any] interface {
	*T
	Message
}
