package kafkatest_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/kafkatest"
)

// newClient returns an outside client of the cluster.
func newClient(t testing.TB, c *kafkatest.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	opts = append([]kgo.Opt{
		kgo.SeedBrokers(c.BootstrapServers()...),
		kgo.Dialer(c.Dialer().DialContext),
		kgo.MetadataMinAge(10 * time.Millisecond), // for how long a moved leader is not noticed
	}, opts...)
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// dial connects to a node without a client.
func dial(t testing.TB, c *kafkatest.Cluster, node int) net.Conn {
	t.Helper()
	conn, err := c.Dialer().DialContext(t.Context(), "tcp", c.BootstrapServers()[node])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// send sends a request on a connection.
func send(conn net.Conn, req kmsg.Request, version int16) error {
	req.SetVersion(version)
	_, err := conn.Write(kmsg.NewRequestFormatter(kmsg.FormatterClientID("test")).AppendRequest(nil, req, 7))
	return err
}

// ask sends a request on a connection and reads the response.
func ask[R kmsg.Response](conn net.Conn, req kmsg.Request, version int16) (R, error) {
	var none R
	if err := send(conn, req, version); err != nil {
		return none, err
	}
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return none, err
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(conn, body); err != nil {
		return none, err
	}
	if id := binary.BigEndian.Uint32(body); id != 7 {
		return none, fmt.Errorf("correlation id %d, want 7", id)
	}
	body = body[4:]
	resp := req.ResponseKind()
	if resp.IsFlexible() && resp.Key() != 18 /* ApiVersions */ {
		body = body[1:] // no tagged fields
	}
	return resp.(R), resp.ReadFrom(body)
}

// mustAsk is ask on a new connection to a node.
func mustAsk[R kmsg.Response](t testing.TB, c *kafkatest.Cluster, node int, req kmsg.Request, version int16) R {
	t.Helper()
	resp, err := ask[R](dial(t, c, node), req, version)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// mustProduce writes records with the values to a topic's partition 0.
func mustProduce(t testing.TB, cl *kgo.Client, topic string, values ...string) {
	t.Helper()
	for _, v := range values {
		r := &kgo.Record{Topic: topic, Value: []byte(v)}
		if err := cl.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// mustConsume reads n records and returns their values.
func mustConsume(t testing.TB, cl *kgo.Client, n int) []string {
	t.Helper()
	var values []string
	for len(values) < n {
		fetches := cl.PollFetches(t.Context())
		var session *kgo.ErrGroupSession // is over: the client joins again
		if err := fetches.Err(); err != nil && !errors.As(err, &session) {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) { values = append(values, string(r.Value)) })
	}
	return values
}

// mustCommit commits what was consumed, over again where the client gives up:
// it does not retry when it cannot dial the coordinator.
func mustCommit(t testing.TB, cl *kgo.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		err := cl.CommitUncommittedOffsets(ctx)
		if err == nil {
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// highWatermark returns that of a topic's partition 0.
func highWatermark(t testing.TB, c *kafkatest.Cluster, topic string) int64 {
	t.Helper()
	ps, err := c.Partitions(topic)
	if err != nil {
		t.Fatal(err)
	}
	return ps[0].HighWatermark
}

// leader returns the leader of a topic's partition 0.
func leader(t testing.TB, c *kafkatest.Cluster, topic string) int32 {
	t.Helper()
	n, err := c.Leader(topic, 0)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// must fails the test if a fault could not be made.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func itoa(n int32) string { return strconv.Itoa(int(n)) }
