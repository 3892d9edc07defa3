package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// CoordinatorType tells what a coordinator coordinates.
type CoordinatorType int8

const (
	// GroupCoordinator is the coordinator of a consumer group; the key is the
	// group's id.
	GroupCoordinator CoordinatorType = 0
	// TransactionCoordinator is the coordinator of a transactional producer; the
	// key is the transactional id. Since v1 (KIP-98).
	TransactionCoordinator CoordinatorType = 1
	// ShareCoordinator keeps the state of a share group's partition; the key is
	// "groupId:topicId:partition". Since v6 (KIP-932).
	ShareCoordinator CoordinatorType = 2
)

// FindCoordinatorRequest asks which brokers coordinate groups, transactions or
// share partitions.
type FindCoordinatorRequest struct {
	// KeyType tells what the keys are. Version 0 knows groups only.
	KeyType CoordinatorType
	// CoordinatorKeys are the ids whose coordinators are asked for: exactly one
	// before v4 (KIP-699).
	CoordinatorKeys []string
}

// APIKey returns FindCoordinator.
func (*FindCoordinatorRequest) APIKey() APIKey { return FindCoordinator }

// Code codes the request.
func (r *FindCoordinatorRequest) Code(c *wire.Coder) {
	if c.Version < 4 {
		c.String(single(c, "CoordinatorKeys", &r.CoordinatorKeys))
	}
	if c.Version >= 1 {
		c.Int8((*int8)(&r.KeyType))
	} else {
		c.RefuseSet("KeyType", r.KeyType != GroupCoordinator)
	}
	if c.Version >= 4 {
		c.Strings(&r.CoordinatorKeys)
	}
	c.Tags()
}

// FindCoordinatorResponse names the coordinators.
type FindCoordinatorResponse struct {
	// ThrottleTimeMs is for how long the client shall pause. Since v1.
	ThrottleTimeMs int32
	// Coordinators has one entry per key that was asked for.
	Coordinators []FindCoordinatorResponseCoordinator
}

// FindCoordinatorResponseCoordinator is the coordinator of one key.
type FindCoordinatorResponseCoordinator struct {
	// Key is the id asked for; empty before v4, where there is only one.
	Key string
	// NodeID, Host and Port are the coordinator's; NodeID is -1 on an error.
	NodeID    int32
	Host      string
	Port      int32
	ErrorCode ErrorCode
	// ErrorMessage is the broker's text, nil if there is none. Since v1.
	ErrorMessage *string
}

// APIKey returns FindCoordinator.
func (*FindCoordinatorResponse) APIKey() APIKey { return FindCoordinator }

// Throttle returns for how long the client shall pause.
func (r *FindCoordinatorResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *FindCoordinatorResponse) Code(c *wire.Coder) {
	if c.Version >= 1 {
		c.Int32(&r.ThrottleTimeMs)
	}
	if c.Version >= 4 {
		wire.Array(c, &r.Coordinators, (*FindCoordinatorResponseCoordinator).code)
	} else {
		single(c, "Coordinators", &r.Coordinators).codeAlone(c)
	}
	c.Tags()
}

func (o *FindCoordinatorResponseCoordinator) code(c *wire.Coder) {
	c.String(&o.Key)
	c.Int32(&o.NodeID)
	c.String(&o.Host)
	c.Int32(&o.Port)
	c.Int16((*int16)(&o.ErrorCode))
	c.NullableString(&o.ErrorMessage)
	c.Tags()
}

// codeAlone codes the only coordinator of a response before v4.
func (o *FindCoordinatorResponseCoordinator) codeAlone(c *wire.Coder) {
	c.Int16((*int16)(&o.ErrorCode))
	if c.Version >= 1 {
		c.NullableString(&o.ErrorMessage)
	}
	c.Int32(&o.NodeID)
	c.String(&o.Host)
	c.Int32(&o.Port)
}
