// Package protocol holds the messages of the Kafka protocol: one file per API
// with its request and its response in all versions that Kafka 3.9.1 or 4.3.1
// knows, and the brokers' error codes. It does no I/O.
//
// A message is a struct without a version. [EncodeRequest] and [DecodeResponse]
// take the version that a connection has agreed on; what that version cannot
// carry is left out where Kafka says that this does no harm, and refused with an
// error that wraps [wire.ErrUnsupported] elsewhere.
//
// Fields have the names of Kafka's own schemas, and the order of the wire. Where
// a later version asks for many of what an earlier one asked for one, the
// struct has the later form only, and the earlier versions carry it if it fits:
// FindCoordinator, LeaveGroup, OffsetFetch, DeleteTopics and AddPartitionsToTxn.
//
// Some versions are unstable: a release has them only for its own development,
// and its brokers offer them only if told to. They are described as the last
// release that has them knows them. As Kafka's own client does, a request goes
// out in one only where nothing else can carry it, and the broker offers it: that
// is InitProducerId v6.
//
// A field that may be null is a pointer, or a slice whose nil is null. Some
// fields of requests have a default other than zero, such as -1 for "no leader
// epoch"; where that matters there is a constructor that sets them.
package protocol
