package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// patience is how long a broker may take over a question that any broker can
// answer before the next one is asked, too: a broker that hangs must not hold up
// the news of who took over from it.
const patience = time.Second

// reliableEpochs is the first version of Metadata whose leader epochs can be
// trusted: before it, brokers served stale ones during reassignments
// (KAFKA-9212).
const reliableEpochs = 9

// namesController is the first version of Metadata that tells which broker is the
// controller (Kafka 0.10.0).
const namesController = 1

// choosesCreation is the first version of Metadata that lets the client choose
// whether topics are created (Kafka 0.11).
const choosesCreation = 4

// asker sends a question over a connection and returns the answer.
type asker func(context.Context, *conn.Conn) (protocol.Response, error)

// askNodes asks the least loaded node, upon failure the next one, and so on. If
// hedge is not 0 it also asks the next one where an answer takes longer than
// that. It returns the first answer, or an [*AttemptsError].
func (c *Client) askNodes(ctx context.Context, ask asker, hedge time.Duration) (protocol.Response, error) {
	ids := c.leastLoaded()
	if len(ids) == 0 {
		return nil, c.allInBackoff()
	}
	type answer struct {
		resp protocol.Response
		err  error
	}
	answers := make(chan answer)
	running := 0
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		for ; running > 0; running-- {
			<-answers
		}
	}()
	start := func() {
		id := ids[0]
		ids = ids[1:]
		running++
		go func() {
			resp, err := c.askNode(ctx, id, ask)
			answers <- answer{resp, err}
		}()
	}
	start()
	var errs []error
	for {
		var late <-chan time.Time
		if hedge > 0 && len(ids) > 0 {
			late = time.After(hedge)
		}
		select {
		case a := <-answers:
			running--
			if a.err == nil {
				return a.resp, nil
			}
			errs = append(errs, a.err)
			if errors.Is(a.err, protocol.ErrRebootstrapRequired) {
				return nil, &AttemptsError{errs} // others know no better
			}
			if running == 0 && (len(ids) == 0 || ctx.Err() != nil) {
				return nil, &AttemptsError{errs}
			}
			if len(ids) > 0 && ctx.Err() == nil {
				start()
			}
		case <-late:
			start()
		}
	}
}

func (c *Client) askNode(ctx context.Context, id int32, ask asker) (protocol.Response, error) {
	cn, err := c.Conn(ctx, id, UseGeneral)
	if err != nil {
		return nil, err
	}
	defer cn.Watch(ctx, nil)()
	return ask(ctx, cn)
}

// allInBackoff returns why no node can be asked now.
func (c *Client) allInBackoff() error {
	s := c.meta.Snapshot()
	var errs []error
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range s.nodes {
		if n := c.pool[id]; n != nil {
			if err := n.failure(); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if len(errs) == 0 {
		errs = append(errs, errors.New("no broker is known"))
	}
	return &AttemptsError{errs}
}

// askForMetadata returns the asker for the metadata of topics: nil for all,
// empty for none. It refuses answers that must not be taken in.
func (c *Client) askForMetadata(topics []string) asker {
	return func(ctx context.Context, cn *conn.Conn) (protocol.Response, error) {
		return c.askConn(ctx, cn, topics, c.cfg.RequestTimeout)
	}
}

func (c *Client) askConn(ctx context.Context, cn *conn.Conn, topics []string, timeout time.Duration) (*protocol.MetadataResponse, error) {
	version, _ := cn.Version(protocol.Metadata)
	if c.cfg.DisableAutoTopicCreation && version < choosesCreation && len(topics) > 0 {
		return nil, cn.Lacks("asking for a topic without having it created (DisableAutoTopicCreation)", "0.11")
	}
	answer, err := cn.DoTimeout(ctx, c.metadataRequest(topics, version), timeout)
	if err != nil {
		return nil, atMetadata(err)
	}
	resp := answer.(*protocol.MetadataResponse)
	if resp.ErrorCode != protocol.ErrNone {
		return nil, &protocol.BrokerError{Code: resp.ErrorCode, Broker: cn.Addr(), API: protocol.Metadata, Partition: -1}
	}
	s := c.meta.Snapshot()
	if len(resp.Brokers) == 0 && version == 0 && (len(s.nodes) == 0 || s.onlySeed()) {
		resp.Brokers = standIn(cn)
	}
	if len(resp.Brokers) == 0 && len(s.nodes) == 0 {
		return nil, fmt.Errorf("broker %s: metadata names no brokers: the cluster is not ready yet", cn.Addr())
	}
	if id := resp.ClusterID; id != nil && s.ClusterID != "" && *id != s.ClusterID && !c.cfg.AllowClusterChange {
		return nil, &ClusterChangedError{Broker: cn.Addr(), Known: s.ClusterID, Found: *id}
	}
	if version < reliableEpochs {
		dropEpochs(resp)
	}
	return resp, nil
}

// atMetadata makes an error of a request one of the stage.
func atMetadata(err error) error {
	var e *conn.Error
	if !errors.As(err, &e) || e.Stage != conn.StageRequest {
		return err
	}
	staged := *e
	staged.Stage = conn.StageMetadata
	return &staged
}

// standIn is the broker at the other end, where it does not tell who it is.
func standIn(cn *conn.Conn) []protocol.MetadataResponseBroker {
	at, err := conn.ParseAddress(cn.Addr())
	if err != nil {
		return nil
	}
	return []protocol.MetadataResponseBroker{{NodeID: seedNode, Host: at.Host, Port: int32(at.Port)}}
}

// onlySeed tells that all that is known of the brokers is a bootstrap server.
func (s *Snapshot) onlySeed() bool {
	_, ok := s.nodes[seedNode]
	return ok && len(s.nodes) == 1
}

// metadataRequest asks for topics in a way that the version can carry.
func (c *Client) metadataRequest(topics []string, version int16) *protocol.MetadataRequest {
	// Where no topic is named, nothing can be created, and old versions can only
	// carry true.
	req := &protocol.MetadataRequest{AllowAutoTopicCreation: !c.cfg.DisableAutoTopicCreation || len(topics) == 0}
	if topics == nil || len(topics) == 0 && version == 0 {
		return req // all: version 0 cannot ask for none
	}
	req.Topics = make([]protocol.MetadataRequestTopic, len(topics))
	for i := range topics {
		req.Topics[i].Name = &topics[i]
	}
	return req
}

func dropEpochs(resp *protocol.MetadataResponse) {
	for _, t := range resp.Topics {
		for i := range t.Partitions {
			t.Partitions[i].LeaderEpoch = -1
		}
	}
}

// askSeeds asks the bootstrap servers in random order until one answers. Each
// gets ConnectTimeout for all. If patient, those are left out that are known
// brokers in their back-off.
func (c *Client) askSeeds(ctx context.Context, topics []string, patient bool) (*protocol.MetadataResponse, error) {
	seeds, errs := c.bootstrapServers(ctx)
	resting := make(map[string]bool)
	if patient {
		resting = c.resting()
	}
	for _, seed := range seeds {
		if resting[seed.String()] {
			continue
		}
		resp, err := c.askSeed(ctx, seed.String(), topics)
		if err == nil {
			return resp, nil
		}
		errs = append(errs, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, &AttemptsError{errs}
}

func (c *Client) askSeed(ctx context.Context, addr string, topics []string) (*protocol.MetadataResponse, error) {
	start := time.Now()
	cn, err := conn.Dial(ctx, addr, c.connTo(NoNode))
	if err != nil {
		return nil, err
	}
	defer cn.Close()
	return c.askConn(ctx, cn, topics, max(c.cfg.ConnectTimeout-time.Since(start), time.Millisecond))
}

// resting returns the addresses of nodes in their back-off.
func (c *Client) resting() map[string]bool {
	addrs := make(map[string]bool)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.pool {
		if n.backoff() > 0 {
			addrs[n.Addr()] = true
		}
	}
	return addrs
}

// Bootstrap asks all bootstrap servers for the cluster's metadata, now and once,
// in random order until one answers. It is not needed: the client does so by
// itself. The error is an [*AttemptsError] with each address and stage.
func (c *Client) Bootstrap(ctx context.Context) error {
	ctx, stop := c.bind(ctx)
	defer stop()
	select {
	case c.asking <- struct{}{}:
		defer func() { <-c.asking }()
	case <-ctx.Done():
		return ended(ctx, "bootstrap", c.meta.lastFailure())
	}
	c.meta.RequestUpdate() // so that the next update is one of all topics
	full := c.meta.begin()
	resp, err := c.askSeeds(ctx, c.topicsToAsk(full), false)
	if err := c.updated(full, resp, err); err != nil && !isTopicError(err) {
		if ctx.Err() != nil {
			return ended(ctx, "bootstrap", err)
		}
		return fmt.Errorf("bootstrap: %w", err)
	}
	return nil
}
