package kafkatest

import (
	"crypto/tls"
	"errors"
	"io"
	"maps"
	"math"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/protocol"
)

// maxQueued is how many requests a node reads ahead of the one it handles;
// what a client sends beyond waits in the connection.
const maxQueued = 16

// session is one client connection at a node. Like a broker it handles one
// request at a time, in order; each goes through the faults and then to the
// broker behind.
type session struct {
	node     *node
	raw      net.Conn     // as accepted
	conn     net.Conn     // the same, or TLS on top of it
	requests chan Request // read and not yet handled
	done     chan struct{}

	mu       sync.Mutex
	closed   bool
	hungUp   bool               // the client sends no more
	awaiting net.Conn           // the broker whose answer is awaited
	brokers  map[int32]net.Conn // opened so far, by node id
}

func newSession(n *node, conn net.Conn) *session {
	s := &session{
		node: n, raw: conn, conn: conn,
		requests: make(chan Request, maxQueued),
		done:     make(chan struct{}),
		brokers:  make(map[int32]net.Conn),
	}
	if config := n.cluster.cfg.tls; config != nil {
		s.conn = tls.Server(conn, config)
	}
	return s
}

// receive reads requests until the client hangs up or sends what is not Kafka.
func (s *session) receive() {
	defer s.endOfRequests()
	for {
		req, err := readRequest(s.conn)
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				s.log("closing a connection: bad request", err)
			}
			return
		}
		req.Node = s.node.id
		s.node.cluster.count(req.APIKey)
		select {
		case <-s.done:
			return
		case s.requests <- req:
		}
	}
}

// endOfRequests lets serve handle what was received before the client hung up,
// as a broker does, but wait for no answer that nobody will read.
func (s *session) endOfRequests() {
	close(s.requests)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hungUp = true
	if s.awaiting != nil && len(s.requests) == 0 {
		hangUp(s.awaiting, false)
	}
}

// serve handles the requests in order.
func (s *session) serve() {
	defer s.node.forget(s)
	defer s.close(false)
	for req := range s.requests {
		if err := s.handle(req); err != nil {
			s.log("closing a connection", err, "api", req.APIKey)
			return
		}
	}
}

func (s *session) log(msg string, err error, args ...any) {
	args = append(args, "node", s.node.id, "client", s.raw.RemoteAddr(), "err", err)
	s.node.cluster.log.Debug("kafkatest: "+msg, args...)
}

// handle takes one request through the faults to the broker and back. An error
// closes the connection.
func (s *session) handle(req Request) error {
	if err := s.node.awaitResumed(s.done); err != nil {
		return err
	}
	v := s.node.cluster.verdict(req)
	if err := s.delay(v.delay); err != nil {
		return err
	}
	resp, err := s.answer(req, v)
	if err != nil || resp == nil {
		return err
	}
	if err := s.node.awaitResumed(s.done); err != nil {
		return err
	}
	_, err = s.conn.Write(resp)
	return err
}

// answer does what the verdict says and returns the response, nil if there is
// none to be sent.
func (s *session) answer(req Request, v Verdict) ([]byte, error) {
	switch v.action {
	case dropRequest:
		s.close(true)
		return nil, errors.New("request dropped by a fault")
	case hang:
		<-s.done
		return nil, net.ErrClosed
	case fail:
		if req.APIKey != protocol.Metadata { // whose errors need brokers beside them
			return failed(req, v.code)
		}
	}
	resp, err := s.forward(req)
	switch {
	case err != nil:
		return nil, err
	case v.action == dropResponse:
		s.close(true)
		return nil, errors.New("response dropped by a fault")
	case v.action == hangAfter:
		<-s.done
		return nil, net.ErrClosed
	case v.action == failAfter || v.action == fail:
		return failedAfter(req, resp, v.code)
	case v.action == throttle:
		return throttled(req, resp, v.throttle)
	}
	return resp, nil
}

// forward has the request answered by the broker that plays this node's part
// in it.
func (s *session) forward(req Request) ([]byte, error) {
	if takesOver(req) {
		if _, err := s.forwardOnce(req); err != nil {
			return nil, err
		}
	}
	return s.forwardOnce(req)
}

// takesOver tells the requests of new owners of a transactional id. They are
// handled twice, so that the epoch grows by two: the embedded brokers take an
// EndTxn of the epoch before for a try again of one that bumped it (KIP-890), and
// would hand the new owner's epoch to the old one, whom Kafka fences.
func takesOver(req Request) bool {
	if req.APIKey != protocol.InitProducerId {
		return false
	}
	kreq, err := req.parse()
	if err != nil {
		return false // which the broker will say
	}
	init := kreq.(*kmsg.InitProducerIDRequest)
	return init.TransactionalID != nil && init.ProducerID < 0
}

func (s *session) forwardOnce(req Request) ([]byte, error) {
	c := s.node.cluster
	if !c.moved.Load() {
		return s.roundTrip(s.node.id, req)
	}
	return c.forwardMoved(s, req)
}

// roundTrip sends the request to one of the brokers behind and returns what it
// answers.
func (s *session) roundTrip(broker int32, req Request) ([]byte, error) {
	if req.APIKey == protocol.JoinGroup || req.APIKey == protocol.SyncGroup {
		return s.rebalance(broker, req)
	}
	conn, err := s.broker(broker)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write(req.frame); err != nil {
		return nil, err
	}
	if !req.answered() {
		return nil, nil
	}
	resp, err := s.await(conn)
	if errors.Is(err, io.EOF) && req.APIKey == protocol.SaslAuthenticate {
		// The embedded brokers hang up on a wrong password; Kafka says so.
		return failed(req, protocol.ErrSaslAuthenticationFailed)
	}
	return resp, err
}

// rebalance is roundTrip for requests whose answers wait for all members of a
// group. They go over a connection of their own, which outlives the client: a
// member whose answer the embedded brokers cannot deliver would stay in its group
// for ever, where Kafka waits for the session timeout.
func (s *session) rebalance(broker int32, req Request) ([]byte, error) {
	c := s.node.cluster
	conn, err := c.nodes[broker].behind.dial(s.raw.RemoteAddr())
	if err != nil {
		return nil, err
	}
	if err := c.authenticate(conn); err != nil {
		hangUp(conn, false)
		return nil, err
	}
	if _, err := conn.Write(req.frame); err != nil {
		hangUp(conn, false)
		return nil, err
	}
	answered := make(chan struct{})
	var frame []byte
	c.sessions.Go(func() {
		defer close(answered)
		defer hangUp(conn, false)
		frame, err = readFrame(conn, math.MaxInt32)
	})
	select {
	case <-answered:
		return frame, err
	case <-s.done:
		return nil, net.ErrClosed
	}
}

// broker returns the session's connection to a broker behind, which it opens
// and, if that is not the client's own, authenticates.
func (s *session) broker(id int32) (net.Conn, error) {
	s.mu.Lock()
	conn := s.brokers[id]
	s.mu.Unlock()
	if conn != nil {
		return conn, nil
	}
	conn, err := s.node.cluster.nodes[id].behind.dial(s.raw.RemoteAddr())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.brokers[id] = conn
	closed := s.closed
	s.mu.Unlock()
	if closed {
		hangUp(conn, false)
		return nil, net.ErrClosed
	}
	if id != s.node.id {
		err = s.node.cluster.authenticate(conn)
	}
	return conn, err
}

// await reads a response. It gives up when the client has hung up and nothing
// more of it is to be handled.
func (s *session) await(conn net.Conn) ([]byte, error) {
	s.mu.Lock()
	s.awaiting = conn
	pointless := s.hungUp && len(s.requests) == 0
	s.mu.Unlock()
	if pointless {
		return nil, net.ErrClosed
	}
	frame, err := readFrame(conn, math.MaxInt32)
	s.mu.Lock()
	s.awaiting = nil
	s.mu.Unlock()
	return frame, err
}

// delay waits for d, or until the session is closed.
func (s *session) delay(d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-s.done:
		return net.ErrClosed
	case <-t.C:
		return nil
	}
}

// close ends the connection, with a reset if abrupt, and those to the brokers.
func (s *session) close(abrupt bool) {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	conns := slices.Collect(maps.Values(s.brokers))
	s.mu.Unlock()
	if !first {
		return
	}
	close(s.done)
	if abrupt {
		hangUp(s.raw, true)
	} else {
		hangUp(s.conn, false)
	}
	for _, conn := range conns {
		hangUp(conn, false)
	}
}
