package kafkabroker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	metadataKey   = 3
	probeTimeout  = 5 * time.Second
	probeInterval = 100 * time.Millisecond
	probeLimit    = 1 << 20 // bytes of an answer
)

// A membership is what a broker says of its cluster: the addresses of the
// brokers by their ids, and the controller, -1 if it knows of none.
type membership struct {
	brokers    map[int32]string
	controller int32
}

// metadataVersion is the version of the Metadata request that r is asked with:
// one that it has, with the controller if any has.
func (r release) metadataVersion() int16 {
	switch {
	case r.atLeast(0, 11):
		return 4 // the oldest that 4.0 still has (KIP-896)
	case r.atLeast(0, 10):
		return 1
	}
	return 0
}

// askMembership sends a Metadata request for no topics. (In version 0, which
// cannot ask for none, no topics are all topics.)
func askMembership(ctx context.Context, address string, version int16) (membership, error) {
	const correlation = 7
	request := binary.BigEndian.AppendUint16(nil, metadataKey)
	request = binary.BigEndian.AppendUint16(request, uint16(version))
	request = binary.BigEndian.AppendUint32(request, correlation)
	request = append(request, 0, 2, 'u', 'p') // the client id
	request = append(request, 0, 0, 0, 0)     // topics
	if version >= 4 {
		request = append(request, 0) // allow_auto_topic_creation
	}
	answer, err := exchange(ctx, address, request)
	if err != nil {
		return membership{}, err
	}
	r := reader{left: answer}
	if got := r.int32(); r.err == nil && got != correlation {
		return membership{}, fmt.Errorf("%s answers with correlation id %d, not %d", address, got, correlation)
	}
	m := r.membership(version)
	if r.err != nil {
		return membership{}, fmt.Errorf("metadata of %s: %w", address, r.err)
	}
	return m, nil
}

// exchange sends one frame to address and returns the next one that comes back.
func exchange(ctx context.Context, address string, request []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	answer, err := roundTrip(conn, request)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("no answer from %s: %w", address, ctx.Err())
	}
	return answer, err
}

func roundTrip(conn io.ReadWriter, request []byte) ([]byte, error) {
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(request)))
	if _, err := conn.Write(append(frame, request...)); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > probeLimit {
		return nil, fmt.Errorf("an answer of %d bytes", n)
	}
	answer := make([]byte, n)
	_, err := io.ReadFull(conn, answer)
	return answer, err
}

// A reader takes fields off a message; the first failure stays in err.
type reader struct {
	left []byte
	err  error
}

func (r *reader) take(n int) []byte {
	if r.err == nil && (n < 0 || n > len(r.left)) {
		r.err = io.ErrUnexpectedEOF
	}
	if r.err != nil {
		return nil
	}
	b := r.left[:n]
	r.left = r.left[n:]
	return b
}

func (r *reader) int32() int32 {
	if b := r.take(4); b != nil {
		return int32(binary.BigEndian.Uint32(b))
	}
	return 0
}

// string reads a string; null is empty.
func (r *reader) string() string {
	b := r.take(2)
	if b == nil {
		return ""
	}
	return string(r.take(max(0, int(int16(binary.BigEndian.Uint16(b))))))
}

// membership reads a Metadata response up to its topics.
func (r *reader) membership(version int16) membership {
	m := membership{brokers: map[int32]string{}, controller: -1}
	if version >= 3 {
		r.int32() // throttle time
	}
	for n := r.int32(); n > 0 && r.err == nil; n-- {
		id, host, port := r.int32(), r.string(), r.int32()
		if version >= 1 {
			r.string() // rack
		}
		m.brokers[id] = fmt.Sprintf("%s:%d", host, port)
	}
	if version >= 2 {
		r.string() // cluster id
	}
	if version >= 1 {
		m.controller = r.int32()
	}
	return m
}

// waitReady polls the brokers until each satisfies ready, or one ends, or ctx
// does.
func (c *Cluster) waitReady(ctx context.Context, nodes []*node, ready func(context.Context, *node) error) error {
	poll := time.NewTicker(probeInterval)
	defer poll.Stop()
	for _, n := range nodes {
		for {
			p := n.running()
			if p == nil {
				return n.explain(errors.New("it ended instead of getting ready"))
			}
			problem := ready(ctx, n)
			if problem == nil {
				break
			}
			select {
			case <-ctx.Done():
				return n.explain(fmt.Errorf("not ready: %w (%w)", ctx.Err(), problem))
			case <-p.done:
			case <-poll.C:
			}
		}
	}
	return nil
}

// clusterKnown is ready when a broker knows all brokers and a controller.
func (c *Cluster) clusterKnown(ctx context.Context, n *node) error {
	m, err := c.membership(ctx, n)
	if err != nil {
		return err
	}
	if len(m.brokers) < len(c.brokers) || m.controller < 0 {
		return fmt.Errorf("it knows %d of %d brokers, controller %d", len(m.brokers), len(c.brokers), m.controller)
	}
	return nil
}

// selfKnown is ready when a broker is a member of its cluster again and knows a
// controller, whatever became of the others.
func (c *Cluster) selfKnown(ctx context.Context, n *node) error {
	m, err := c.membership(ctx, n)
	if err != nil {
		return err
	}
	for id := range m.brokers {
		if n == c.brokers[id-1] && m.controller >= 0 {
			return nil
		}
	}
	return fmt.Errorf("it is not in the cluster that it knows: brokers %v, controller %d", m.brokers, m.controller)
}

// membership asks broker n. Brokers before 0.10 do not tell the controller, nor
// of each other before the first topic exists, so ZooKeeper has to.
func (c *Cluster) membership(ctx context.Context, n *node) (membership, error) {
	m, err := askMembership(ctx, n.address(), c.release.metadataVersion())
	if err != nil || c.release.atLeast(0, 10) {
		return m, err
	}
	err = inZooKeeper(ctx, c.zooKeeper.address(), func(s zooKeeperSession) error {
		m, err = s.membership()
		return err
	})
	return m, err
}
