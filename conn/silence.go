package conn

import (
	"net"
	"sync/atomic"
	"time"
)

// heard is the end of a connection that is read from. It notes when bytes come.
type heard struct {
	net.Conn
	opened time.Time
	last   atomic.Int64 // since opened
}

// Read reads what has come.
func (h *heard) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	if n > 0 {
		h.last.Store(int64(time.Since(h.opened)))
	}
	return n, err
}

// Silence returns for how long nothing has come from the broker. Who is owed a
// response tells by it one that is slow to come in from one that does not come.
func (c *Conn) Silence() time.Duration {
	return time.Since(c.heard.opened) - time.Duration(c.heard.last.Load())
}
