package conn

import (
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// Hooks are functions that are told what connections do. Each may be nil, which
// costs nothing. They are called from the connections' goroutines, several at a
// time: what blocks in one holds its connection up. They must not call what they
// are told of.
type Hooks struct {
	// Connect is told of each attempt to connect, once it has succeeded or failed.
	Connect func(ConnectEvent)
	// Disconnect is told of the end of each connection that Connect was told of.
	Disconnect func(DisconnectEvent)
	// Written is told of each request, once it was written, those of
	// authentication and of API versions included.
	Written func(WrittenEvent)
	// Read is told of each response, once it was read and decoded.
	Read func(ReadEvent)
	// Throttled is told of each response that says that the client is over a quota
	// (KIP-219).
	Throttled func(ThrottledEvent)
}

// Peer is the broker that an event is about.
type Peer struct {
	// NodeID is the broker's id; -1 for a bootstrap server.
	NodeID int32
	// Addr is its host:port, as it was advertised or configured.
	Addr string
}

// ConnectEvent is the outcome of an attempt to connect.
type ConnectEvent struct {
	Peer
	// Remote is the network address of the connection; empty if there was none.
	Remote string
	// Took is the time for all stages, from the name's lookup to SASL.
	Took time.Duration
	// Err is an [*Error] that tells the stage; nil if the connection is ready.
	Err error
}

// DisconnectEvent is the end of a connection.
type DisconnectEvent struct {
	Peer
	// Lived is how long it was open.
	Lived time.Duration
	// Err is why it ended: [ErrClosed] and [ErrIdle] are no failures.
	Err error
}

// WrittenEvent is a request that was written.
type WrittenEvent struct {
	Peer
	// API and Version are the request's.
	API     protocol.APIKey
	Version int16
	// Bytes is its size, before TLS.
	Bytes int
	// Waited is the time from the call until it was written.
	Waited time.Duration
}

// ReadEvent is a response that was read.
type ReadEvent struct {
	Peer
	// API and Version are the request's.
	API     protocol.APIKey
	Version int16
	// Bytes is the size of the response, before TLS.
	Bytes int
	// Took is the time from the call to its response.
	Took time.Duration
}

// ThrottledEvent is a response that says that the client is over a quota.
type ThrottledEvent struct {
	Peer
	// API and Version are the request's.
	API     protocol.APIKey
	Version int16
	// Throttle is for how long the broker held the response back, or nothing is
	// written after it.
	Throttle time.Duration
}

func (d *dialer) peer() Peer { return Peer{d.node, d.addr} }

// tellFailed tells of an attempt that failed.
func (d *dialer) tellFailed(err error) {
	if hook := d.cfg.Hooks.Connect; hook != nil {
		e := ConnectEvent{Peer: d.peer(), Took: time.Since(d.began), Err: err}
		if d.remote != nil {
			e.Remote = d.remote.String()
		}
		hook(e)
	}
}

// tellConnected tells that the connection is ready.
func (c *Conn) tellConnected(began time.Time) {
	if hook := c.cfg.Hooks.Connect; hook != nil {
		hook(ConnectEvent{Peer: c.peer, Remote: c.raw.RemoteAddr().String(), Took: time.Since(began)})
	}
}

// tellEnded tells of the end of a connection that was ready.
func (c *Conn) tellEnded(err *Error) {
	if hook := c.cfg.Hooks.Disconnect; hook != nil {
		hook(DisconnectEvent{Peer: c.peer, Lived: time.Since(c.heard.opened), Err: err})
	}
}

// tellRead tells of a response, and of what it says of quotas.
func (c *Conn) tellRead(call *Call, resp protocol.Response, bytes int) {
	if hook := c.cfg.Hooks.Read; hook != nil {
		hook(ReadEvent{c.peer, resp.APIKey(), call.Version, bytes, time.Since(call.Started)})
	}
	if hook := c.cfg.Hooks.Throttled; hook != nil {
		if t, ok := resp.(protocol.Throttled); ok && t.Throttle() > 0 {
			hook(ThrottledEvent{c.peer, resp.APIKey(), call.Version, t.Throttle()})
		}
	}
}

// writes gathers the requests of one write, for the hook. Once they are written
// they may be answered, and their callers' again.
type writes struct {
	hook   func(WrittenEvent)
	events []WrittenEvent // with when the call was made, until they are told
	starts []time.Time
}

// add notes a request that is about to be written.
func (w *writes) add(c *Conn, call *Call, bytes int) {
	if w.hook == nil {
		return
	}
	w.events = append(w.events, WrittenEvent{c.peer, call.Request.APIKey(), call.Version, bytes, 0})
	w.starts = append(w.starts, call.Started)
}

// tell tells of them, if they were written.
func (w *writes) tell(written bool) {
	for i, e := range w.events {
		if written {
			e.Waited = time.Since(w.starts[i])
			w.hook(e)
		}
	}
	w.events, w.starts = w.events[:0], w.starts[:0]
}
