package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AddRaftVoterRequest adds a controller to the voters of the KRaft quorum
// (KIP-853).
type AddRaftVoterRequest struct {
	// ClusterID is checked by the quorum, unless it is nil.
	ClusterID *string
	// TimeoutMs is for how long the quorum waits until the voter is added.
	TimeoutMs int32
	// VoterID is the node id of the controller.
	VoterID int32
	// VoterDirectoryID is the id of its metadata log directory.
	VoterDirectoryID wire.UUID
	// Listeners are where to reach it.
	Listeners []AddRaftVoterRequestListener
	// AckWhenCommitted makes the quorum answer when the new voters are committed,
	// rather than when the leader has them. It must be true before v1, which
	// always do so (KIP-1186).
	AckWhenCommitted bool
}

// AddRaftVoterRequestListener is where to reach a controller.
type AddRaftVoterRequestListener struct {
	// Name of the listener.
	Name string
	Host string
	Port uint16
}

// APIKey returns AddRaftVoter.
func (*AddRaftVoterRequest) APIKey() APIKey { return AddRaftVoter }

// Code codes the request.
func (r *AddRaftVoterRequest) Code(c *wire.Coder) {
	c.NullableString(&r.ClusterID)
	c.Int32(&r.TimeoutMs)
	c.Int32(&r.VoterID)
	c.UUID(&r.VoterDirectoryID)
	wire.Array(c, &r.Listeners, (*AddRaftVoterRequestListener).code)
	if c.Version >= 1 {
		c.Bool(&r.AckWhenCommitted)
	} else {
		wire.Refuse(c, "AckWhenCommitted", &r.AckWhenCommitted, true)
	}
	c.Tags()
}

func (l *AddRaftVoterRequestListener) code(c *wire.Coder) {
	c.String(&l.Name)
	c.String(&l.Host)
	c.Uint16(&l.Port)
	c.Tags()
}

// AddRaftVoterResponse tells whether the voter was added.
type AddRaftVoterResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is ErrDuplicateVoter if the controller votes already.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns AddRaftVoter.
func (*AddRaftVoterResponse) APIKey() APIKey { return AddRaftVoter }

// Throttle returns for how long the client shall pause.
func (r *AddRaftVoterResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *AddRaftVoterResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	c.Tags()
}
