package conn

import (
	"context"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// Conn is one live connection to a broker. It is never reconnected: once Done
// is closed it is of no more use. All methods are safe for concurrent use.
type Conn struct {
	addr     string
	versions *Versions
	done     chan struct{}
}

// Dial connects to the broker at addr, host:port as [ParseAddress] reads it.
func Dial(ctx context.Context, addr string, cfg Config) (*Conn, error) {
	return nil, &Error{Broker: addr, Stage: StageConfig, Err: ErrClosed}
}

// Do sends a request and returns the response, within Config.RequestTimeout.
func (c *Conn) Do(ctx context.Context, req protocol.Request) (protocol.Response, error) {
	return c.DoTimeout(ctx, req, 0)
}

// DoTimeout is Do with a timeout of its own for the request.
func (c *Conn) DoTimeout(ctx context.Context, req protocol.Request, timeout time.Duration) (protocol.Response, error) {
	return nil, &Error{Broker: c.addr, Stage: StageRequest, Err: ErrClosed}
}

// Go sends a request without waiting.
func (c *Conn) Go(req protocol.Request, timeout time.Duration, done chan<- *Call) *Call {
	return &Call{Request: req}
}

// Version returns the highest version of an API that both sides speak.
func (c *Conn) Version(key protocol.APIKey) (version int16, ok bool) { return c.versions.Highest(key) }

// Versions returns what the broker told of the APIs and features it has.
func (c *Conn) Versions() *Versions { return c.versions }

// InFlight returns how many requests wait for their response.
func (c *Conn) InFlight() int { return 0 }

// Addr returns the broker's address as it was given to Dial.
func (c *Conn) Addr() string { return c.addr }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err tells why the connection ended; nil while it lives.
func (c *Conn) Err() error { return nil }

// Close ends the connection and fails what is in flight with ErrClosed.
func (c *Conn) Close() error { return nil }
