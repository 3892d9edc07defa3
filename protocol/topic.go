package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// codeTopic codes which topic is meant: by its name in versions before byID, by
// its id from then on (KIP-516). A message may have both, so that either version
// can carry it.
func codeTopic(c *wire.Coder, byID int16, name *string, id *wire.UUID) {
	if c.Version >= byID {
		c.RefuseSet("a topic name without its id", *name != "" && id.IsZero())
		c.UUID(id)
		return
	}
	c.RefuseSet("a topic id without its name", !id.IsZero() && *name == "")
	c.String(name)
}

// LeaderIDAndEpoch tells a client that asked the wrong broker which one leads the
// partition (KIP-951).
type LeaderIDAndEpoch struct {
	// LeaderID is the leader's node id, -1 if not known.
	LeaderID int32
	// LeaderEpoch is the leader's epoch, -1 if not known.
	LeaderEpoch int32
}

func (l *LeaderIDAndEpoch) code(c *wire.Coder) {
	c.Int32(&l.LeaderID)
	c.Int32(&l.LeaderEpoch)
	c.Tags()
}

// NodeEndpoint is the address of a broker that is named as a current leader
// (KIP-951).
type NodeEndpoint struct {
	NodeID int32
	Host   string
	Port   int32
	// Rack is the broker's rack, nil if it has none.
	Rack *string
}

func (n *NodeEndpoint) code(c *wire.Coder) {
	c.Int32(&n.NodeID)
	c.String(&n.Host)
	c.Int32(&n.Port)
	c.NullableString(&n.Rack)
	c.Tags()
}

// IsolationLevel tells which records of transactions a consumer sees (KIP-98).
type IsolationLevel int8

const (
	// ReadUncommitted shows all records, those of aborted and open transactions
	// too.
	ReadUncommitted IsolationLevel = 0
	// ReadCommitted shows no record of an aborted transaction, and none beyond
	// the last stable offset.
	ReadCommitted IsolationLevel = 1
)

func throttle(ms int32) time.Duration { return time.Duration(ms) * time.Millisecond }
