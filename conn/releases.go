package conn

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// release is a Kafka release before 0.10, which cannot be asked for its API
// versions (KIP-35).
type release struct {
	name string
	apis map[protocol.APIKey]VersionRange
}

var release09 = release{
	name: "0.9",
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
}

var release082 = release{
	name: "0.8.2",
	apis: map[protocol.APIKey]VersionRange{
		protocol.Produce:         {0, 0},
		protocol.Fetch:           {0, 0},
		protocol.ListOffsets:     {0, 0},
		protocol.Metadata:        {0, 0},
		protocol.OffsetCommit:    {0, 1},
		protocol.OffsetFetch:     {0, 1},
		protocol.FindCoordinator: {0, 0},
	},
}

// release081 keeps offsets in ZooKeeper.
var release081 = release{
	name: "0.8.1",
	apis: map[protocol.APIKey]VersionRange{
		protocol.Produce:      {0, 0},
		protocol.Fetch:        {0, 0},
		protocol.ListOffsets:  {0, 0},
		protocol.Metadata:     {0, 0},
		protocol.OffsetCommit: {0, 0},
		protocol.OffsetFetch:  {0, 0},
	},
}

var release080 = release{
	name: "0.8.0",
	apis: map[protocol.APIKey]VersionRange{
		protocol.Produce:     {0, 0},
		protocol.Fetch:       {0, 0},
		protocol.ListOffsets: {0, 0},
		protocol.Metadata:    {0, 0},
	},
}

func (r *release) versions() *Versions {
	return &Versions{Assumed: r.name, FinalizedEpoch: -1, apis: maps.Clone(r.apis)}
}

var (
	// errSilent is the end of an attempt at which the broker did not say
	// anything.
	errSilent = errors.New("no answer")
	// errSkipped is wrapped by the end of a connection whose oldest request was
	// passed over: the response is to the one after it.
	errSkipped = errors.New("it answers the request after that")
)

// mayBeOld tells whether an attempt failed as it does with brokers that do not
// know the question for API versions: Kafka 0.8 closes the connection, 0.9 says
// nothing.
func mayBeOld(err error) bool {
	return errors.Is(err, ErrDisconnected) || errors.Is(err, errSilent) || errors.Is(err, errSkipped)
}

// findRelease finds out which old release a broker is, by how it failed first;
// nil if it knows the question for API versions after all.
func (d *dialer) findRelease(ctx context.Context, first error) (*release, *Error) {
	probe := *d
	probe.cfg.MaxInFlight = 2
	if errors.Is(first, errSilent) { // it may have been the connection
		c, err := probe.ask(ctx, d.cfg.ConnectTimeout)
		if err == nil {
			c.Close()
			return nil, nil
		}
		first = err
	}
	switch {
	case errors.Is(first, errSkipped):
		return &release09, nil
	case !errors.Is(first, ErrDisconnected):
		return nil, d.setupError(ctx, first)
	}
	r, err := probe.try08(ctx)
	if err != nil {
		return nil, d.setupError(ctx, err)
	}
	return r, nil
}

// trySilent sends something that Kafka 0.9 answers to a broker that has not
// answered the question for its API versions. If it passes over that question,
// which ends the connection, the error is errSkipped; if it still says nothing,
// errSilent. It is nil if it has answered both.
//
// The question is not put to it once more: it has Kafka 0.9 forget requests of
// others that arrive at the same moment.
func (c *Conn) trySilent(ctx context.Context, patience time.Duration) error {
	if cap(c.slots) < 2 {
		return errSilent
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// It changes nothing, as no group has this name. The line feed is for web
	// servers, some of which wait for the end of a line before they answer.
	leave := &protocol.LeaveGroupRequest{GroupID: "\n", Members: make([]protocol.LeaveGroupRequestMember, 1)}
	_, err := c.roundTrip(limited, leave, 0, c.cfg.ConnectTimeout)
	if err != nil && limited.Err() != nil && ctx.Err() == nil {
		return errSilent
	}
	return err
}

// try08 asks for the metadata of all topics, which every broker answers, and
// then for the API versions again: a broker that knows them may have closed the
// connections before for a reason of its own.
func (d *dialer) try08(ctx context.Context) (*release, error) {
	c, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	metadata := &protocol.MetadataRequest{AllowAutoTopicCreation: true}
	if _, err := c.roundTrip(ctx, metadata, 0, d.cfg.ConnectTimeout); err != nil {
		return nil, err
	}
	if _, err := c.roundTrip(ctx, &protocol.ApiVersionsRequest{}, 0, d.cfg.ConnectTimeout); !errors.Is(err, ErrDisconnected) {
		return nil, err
	}
	return d.which08(ctx)
}

// probeGroup is a consumer group that only probes name.
const probeGroup = "barnabas-probe"

// which08 asks for what only some of the 0.8 releases know; the others close the
// connection.
func (d *dialer) which08(ctx context.Context) (*release, error) {
	noOffsets := protocol.OffsetFetchRequestGroup{GroupID: probeGroup, Topics: []protocol.OffsetFetchRequestTopic{}, MemberEpoch: -1}
	for _, sign := range []struct {
		req protocol.Request
		of  *release
	}{
		{&protocol.FindCoordinatorRequest{CoordinatorKeys: []string{probeGroup}}, &release082},
		{&protocol.OffsetFetchRequest{Groups: []protocol.OffsetFetchRequestGroup{noOffsets}}, &release081},
	} {
		err := d.knows(ctx, sign.req)
		if err == nil {
			return sign.of, nil
		}
		if !errors.Is(err, ErrDisconnected) {
			return nil, err
		}
	}
	return &release080, nil
}

// knows sends a request in its version 0 on a connection of its own.
func (d *dialer) knows(ctx context.Context, req protocol.Request) error {
	c, err := d.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.roundTrip(ctx, req, 0, d.cfg.ConnectTimeout); err != nil {
		return err
	}
	return nil
}
