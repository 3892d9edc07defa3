package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// RemoveRaftVoterRequest takes a controller from the voters of the KRaft quorum
// (KIP-853).
type RemoveRaftVoterRequest struct {
	// ClusterID is checked by the quorum, unless it is nil.
	ClusterID *string
	// VoterID is the node id of the controller.
	VoterID int32
	// VoterDirectoryID is the id of its metadata log directory.
	VoterDirectoryID wire.UUID
}

// APIKey returns RemoveRaftVoter.
func (*RemoveRaftVoterRequest) APIKey() APIKey { return RemoveRaftVoter }

// Code codes the request.
func (r *RemoveRaftVoterRequest) Code(c *wire.Coder) {
	c.NullableString(&r.ClusterID)
	c.Int32(&r.VoterID)
	c.UUID(&r.VoterDirectoryID)
	c.Tags()
}

// RemoveRaftVoterResponse tells whether the voter was removed.
type RemoveRaftVoterResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// ErrorCode is ErrVoterNotFound if the controller does not vote.
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none.
	ErrorMessage *string
}

// APIKey returns RemoveRaftVoter.
func (*RemoveRaftVoterResponse) APIKey() APIKey { return RemoveRaftVoter }

// Throttle returns for how long the client shall pause.
func (r *RemoveRaftVoterResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *RemoveRaftVoterResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	c.Int16((*int16)(&r.ErrorCode))
	c.NullableString(&r.ErrorMessage)
	c.Tags()
}
