package conn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

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

// findRelease finds out which release before 0.10 a broker is, by how it failed
// first; nil if it knows the question for API versions after all.
func (d *dialer) findRelease(ctx context.Context, first *Error) (*release, *Error) {
	if !mayBeOld(first) {
		return d.guess(ctx, first)
	}
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
		return named("0.9"), nil
	case !errors.Is(first, ErrDisconnected):
		return d.guess(ctx, d.setupError(ctx, first))
	}
	r, err := probe.try08(ctx)
	if err != nil {
		return d.guess(ctx, d.setupError(ctx, err))
	}
	return r, nil
}

// guess says which release before 0.10 a broker may be that failed as no release
// does, if that is wanted.
func (d *dialer) guess(ctx context.Context, failure *Error) (*release, *Error) {
	strange := failure.Stage == StageAPIVersions && !failure.permanent &&
		!errors.Is(failure, ErrDisconnected) && !errors.Is(failure, errSilent)
	if !d.cfg.GuessRelease || !strange {
		return nil, failure
	}
	r, err := d.tryAll(ctx)
	if err != nil {
		return nil, failure
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

// try08 finds out which release before 0.9 a broker is, nil if it knows the
// question for API versions after all. Connections may end for other reasons than
// an unknown question, such as a bad network, which must not make a broker old:
// so it is looked at before and after.
func (d *dialer) try08(ctx context.Context) (*release, error) {
	if old, err := d.closesUponVersions(ctx); !old {
		return nil, err
	}
	r, err := d.tryAll(ctx)
	if err != nil {
		return nil, err
	}
	if old, err := d.closesUponVersions(ctx); !old {
		return nil, err
	}
	return r, nil
}

// closesUponVersions tells whether a broker answers a question for the metadata
// of all topics, as every broker does, and then closes the connection upon the one
// for API versions.
func (d *dialer) closesUponVersions(ctx context.Context) (bool, error) {
	c, err := d.connect(ctx)
	if err != nil {
		return false, err
	}
	defer c.Close()
	metadata := &protocol.MetadataRequest{AllowAutoTopicCreation: true}
	if _, err := c.roundTrip(ctx, metadata, 0, d.cfg.ConnectTimeout); err != nil {
		return false, err
	}
	_, verr := c.roundTrip(ctx, &protocol.ApiVersionsRequest{}, 0, d.cfg.ConnectTimeout)
	if errors.Is(verr, ErrDisconnected) {
		return true, nil
	}
	return false, verr
}

// probeGroup is a consumer group that only probes name.
const probeGroup = "barnabas-probe"

// probe is a request that a release was the first to know.
type probe struct {
	release string
	request protocol.Request
}

// probes of kafka-python's check_version, in its order.
func probes() []probe {
	noOffsets := protocol.OffsetFetchRequestGroup{GroupID: probeGroup, Topics: []protocol.OffsetFetchRequestTopic{}, MemberEpoch: -1}
	return []probe{
		{"0.9", &protocol.ListGroupsRequest{}},
		{"0.8.2", &protocol.FindCoordinatorRequest{CoordinatorKeys: []string{probeGroup}}},
		{"0.8.1", &protocol.OffsetFetchRequest{Groups: []protocol.OffsetFetchRequestGroup{noOffsets}}},
		{"0.8.0", &protocol.MetadataRequest{AllowAutoTopicCreation: true}},
	}
}

// tryAll returns the release of the first probe that the broker answers. It must
// close the connection upon those before; only who guesses passes over whatever
// else it does.
func (d *dialer) tryAll(ctx context.Context) (*release, error) {
	var err error
	for _, p := range probes() {
		if err = d.answers(ctx, p.request); err == nil {
			return named(p.release), nil
		}
		if !d.cfg.GuessRelease && !errors.Is(err, ErrDisconnected) {
			return nil, probeError(p, err)
		}
	}
	return nil, err
}

// probeError tells what a broker did instead of answering a probe or closing the
// connection.
func probeError(p probe, err error) error {
	cause := (*Error)(nil)
	if !errors.As(err, &cause) || cause.Stage != StageRequest {
		return err
	}
	e := *cause
	e.Err = fmt.Errorf("it is older than 0.10, but neither answers the probe for Kafka %s nor closes the connection, as brokers do "+
		"that are still older: %w", p.release, cause.Err)
	return &e
}

// answers sends a request in its version 0 on a connection of its own. It has half
// of the time that is left.
func (d *dialer) answers(ctx context.Context, req protocol.Request) error {
	c, err := d.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	timeout := d.cfg.ConnectTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = time.Until(deadline) / 2
	}
	if _, err := c.roundTrip(ctx, req, 0, timeout); err != nil {
		return err
	}
	return nil
}
