package conn

import "net"

// setSocketOptions sets what the configuration says of sockets. It concerns what
// has such options: connections in memory have none, and that a system does not
// grant a size is no reason to do without the connection.
func (d *dialer) setSocketOptions(c net.Conn) {
	note := func(option string, set func() error) {
		if err := set(); err != nil {
			d.cfg.Logger.Debug("kafka: socket option refused", "broker", d.addr, "option", option, "err", err)
		}
	}
	if s, ok := c.(interface{ SetReadBuffer(bytes int) error }); ok && d.cfg.ReceiveBuffer > 0 {
		note("receive buffer", func() error { return s.SetReadBuffer(d.cfg.ReceiveBuffer) })
	}
	if s, ok := c.(interface{ SetWriteBuffer(bytes int) error }); ok && d.cfg.SendBuffer > 0 {
		note("send buffer", func() error { return s.SetWriteBuffer(d.cfg.SendBuffer) })
	}
	if s, ok := c.(interface{ SetKeepAlive(keep bool) error }); ok && d.cfg.DisableKeepAlive {
		note("keep-alive", func() error { return s.SetKeepAlive(false) })
	}
}
