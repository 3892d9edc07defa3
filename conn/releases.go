package conn

import (
	"context"
	"errors"
	"maps"

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
	return errors.Is(err, ErrDisconnected) || errors.Is(err, errSilent)
}

// findRelease finds out which old release a broker is, on connections of their
// own; nil if it knows the question for API versions after all. What it was at
// the last time, if that is known, is tried first.
func (d *dialer) findRelease(ctx context.Context, known *release) (*release, *Error) {
	probe := *d
	probe.cfg.MaxInFlight = 2
	r, err := (*release)(nil), error(ErrDisconnected)
	if known == nil || known == &release09 {
		r, err = probe.try09(ctx)
	}
	if errors.Is(err, ErrDisconnected) {
		r, err = probe.try08(ctx, known)
	}
	if err != nil {
		return nil, d.setupError(ctx, err)
	}
	return r, nil
}

// try09 asks for the API versions once more, together with something that
// Kafka 0.9 answers: it passes over the question.
func (d *dialer) try09(ctx context.Context) (*release, error) {
	c, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	done := make(chan *Call, 2)
	for _, req := range []protocol.Request{
		&protocol.ApiVersionsRequest{},
		// It changes nothing, as no group has this name. The line feed is for web
		// servers, some of which wait for the end of a line before they answer.
		&protocol.LeaveGroupRequest{GroupID: "\n", Members: make([]protocol.LeaveGroupRequestMember, 1)},
	} {
		c.slots <- struct{}{} // it has two
		c.start(newCall(req, d.cfg.ConnectTimeout, done))
	}
	select {
	case call := <-done:
		if errors.Is(call.Err, errSkipped) {
			return &release09, nil
		}
		return nil, call.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// try08 asks for the metadata of all topics, which every broker answers, and
// then for the API versions again: a broker that knows them may have closed the
// connections before for a reason of its own. Which 0.8 it is need be found out
// only if it was not known before.
func (d *dialer) try08(ctx context.Context, known *release) (*release, error) {
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
	if known != nil && known != &release09 {
		return known, nil
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
