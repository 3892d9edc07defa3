package conn

import (
	"context"
	"time"
)

// Broker is the way to one broker. It holds at most one connection, dials when
// one is wanted, and waits out the back-off after failures. All methods are
// safe for concurrent use.
type Broker struct {
	nodeID int32
	addr   string
}

// NewBroker returns the way to the broker at addr. It does no network I/O.
func NewBroker(nodeID int32, addr string, cfg Config) *Broker {
	return &Broker{nodeID: nodeID, addr: addr}
}

// NodeID returns the broker's id.
func (b *Broker) NodeID() int32 { return b.nodeID }

// Addr returns the broker's address.
func (b *Broker) Addr() string { return b.addr }

// Conn returns the live connection, or a new one.
func (b *Broker) Conn(ctx context.Context) (*Conn, error) { return Dial(ctx, b.addr, Config{}) }

// State returns where the broker stands.
func (b *Broker) State() State { return StateDisconnected }

// ConnectionDelay returns how long until a connection may be tried: what is
// left of the back-off when disconnected, 0 when connecting, and the largest
// Duration when connected or closed.
func (b *Broker) ConnectionDelay() time.Duration { return 0 }

// BlackedOut tells that the broker is disconnected and in its back-off.
func (b *Broker) BlackedOut() bool { return false }

// InFlight returns how many requests wait for their response.
func (b *Broker) InFlight() int { return 0 }

// Err returns why the last connection failed or ended; nil when connected.
func (b *Broker) Err() error { return nil }

// Close ends the connection, fails what waits for one, and returns when no
// goroutine is left.
func (b *Broker) Close() {}
