package transactions

import (
	"context"
	"net"
	"sync"
	"time"
)

// cutter is a dialer that resets all connections it has made, again and again.
type cutter struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (c *cutter) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err == nil {
		c.mu.Lock()
		c.conns = append(c.conns, conn)
		c.mu.Unlock()
	}
	return conn, err
}

// run cuts at every tick until ctx ends.
func (c *cutter) run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.cut()
		case <-ctx.Done():
			return
		}
	}
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset: what is on its way is lost
		}
		_ = conn.Close()
	}
	c.conns = nil
}
