package integration

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/conn/sasl"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// sessionLoad is for how long TestSASLSessions has clients work: 15 s, or what
// SASL_SESSION_LOAD says, such as 2m.
func sessionLoad(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("SASL_SESSION_LOAD")
	if text == "" {
		return 15 * time.Second
	}
	d, err := time.ParseDuration(text)
	must(t, err)
	return d
}

// counted is a mechanism and the dialer of its clients, which count.
type counted struct {
	sasl.Mechanism
	started, dialed, lost atomic.Int32
}

// Start counts how often clients authenticate.
func (c *counted) Start(ctx context.Context, broker sasl.Broker) (sasl.Session, error) {
	c.started.Add(1)
	return c.Mechanism.Start(ctx, broker)
}

// DialContext counts connections, and those that end while they are read from.
func (c *counted) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	c.dialed.Add(1)
	return countedConn{conn, c}, err
}

type countedConn struct {
	net.Conn
	counted *counted
}

func (c countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil && !errors.Is(err, net.ErrClosed) { // but for those that the client closes
		c.counted.lost.Add(1)
	}
	return n, err
}

// TestSASLSessions has clients send and read while the broker wants them to
// authenticate again every five seconds (KIP-368): no request fails, no connection
// ends, and each has authenticated again and again.
func TestSASLSessions(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if _, ok := target.(*kafkabroker.Cluster); !ok || !can(target, sessions) {
			return
		}
		scan := newSecretScan(t, saslPassword)
		s := startSASL(t, target, func(cfg *kafkabroker.Config) { cfg.Properties["connections.max.reauth.ms"] = "5000" })
		for _, name := range []string{"PLAIN", "SCRAM-SHA-512"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s.keepsGoing(t, mechanism(name, sasl.Password(saslUser, saslPassword)), scan)
			})
		}
	})
}

// keepsGoing has a producer that tries everything once and a consumer work for a
// time.
func (s saslTarget) keepsGoing(t *testing.T, m sasl.Mechanism, scan *secretScan) {
	t.Helper()
	s.isKnown(t, m, scan)
	topic := newTopicAt(t, s, m, scan)
	counts := &counted{Mechanism: m}
	secured := s.config(t, counts, scan)
	secured.Dialer = counts
	p := newProducer(t, s.Target, func(cfg *producer.Config) { cfg.Config, cfg.Retries, cfg.DisableIdempotence = secured, -1, true })
	c := newConsumer(t, s.Target, group(topic), func(cfg *consumer.Config) { cfg.Config = secured })
	must(t, c.Subscribe(topic))
	load := sessionLoad(t)
	ctx := within(t, load+patience)
	sent, read := 0, 0
	for start := time.Now(); time.Since(start) < load; {
		futures := make([]producer.Future, 100)
		for i := range futures {
			var err error
			futures[i], err = p.Send(ctx, record.Record{Topic: topic, Value: strconv.AppendInt(nil, int64(sent), 10)})
			must(t, err)
			sent++
		}
		for i := range futures {
			_, err := futures[i].Get(ctx)
			must(t, err)
		}
		for read < sent {
			records, err := c.Poll(ctx)
			must(t, err)
			for _, r := range records {
				if string(r.Value) != strconv.Itoa(read) {
					t.Fatalf("record %d is %q", read, r.Value)
				}
				read++
			}
		}
	}
	t.Logf("%s: %d records, %d connections, authenticated %d times", m.Name(), sent, counts.dialed.Load(), counts.started.Load())
	if lost := counts.lost.Load(); lost > 0 {
		t.Errorf("%d connections of %d ended", lost, counts.dialed.Load())
	}
	if again := counts.started.Load() - counts.dialed.Load(); again < int32(2*load/(5*time.Second)) {
		t.Errorf("authenticated again %d times", again)
	}
}
