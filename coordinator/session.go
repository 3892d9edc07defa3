package coordinator

import (
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

const (
	defaultSessionTimeout = 45 * time.Second
	// oldSessionTimeout is the longest that brokers before Kafka 0.10.1 allow, if
	// their group.max.session.timeout.ms is not set.
	oldSessionTimeout = 30 * time.Second
)

// sessionTimeout is Config.SessionTimeout, unless shortenSession was called.
func (g *Group) sessionTimeout() time.Duration { return time.Duration(g.session.Load()) }

// shortenSession has the member join with a shorter session, if it was its
// default that an old coordinator refused; false if that is not the reason.
func (l *loop) shortenSession(c *conn.Conn) bool {
	version, _ := c.Version(protocol.JoinGroup)
	if version > 0 || l.sessionTimeout() != defaultSessionTimeout || l.cfg.HeartbeatInterval >= oldSessionTimeout {
		return false
	}
	l.session.Store(int64(oldSessionTimeout))
	l.log.Warn("the coordinator does not allow the default SessionTimeout (session.timeout.ms), as brokers before Kafka 0.10.1: joining with a shorter one",
		"broker", c.Addr(), "default", defaultSessionTimeout, "session_timeout", oldSessionTimeout)
	return true
}

// temporary is an error after which the same is tried again.
type temporary struct{ error }

func (t temporary) Unwrap() error { return t.error }
func (temporary) Retriable() bool { return true }
