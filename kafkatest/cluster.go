package kafkatest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/protocol"
)

// errClosed is what calls on a closed cluster fail with.
var errClosed = errors.New("kafkatest: the cluster is closed")

// Cluster is a running cluster of embedded brokers. Its methods are safe for
// concurrent use.
type Cluster struct {
	cfg      *config
	log      *slog.Logger
	internal user // how the cluster itself authenticates, if SASL is on

	brokers  *kfake.Cluster
	nodes    []*node
	sessions sync.WaitGroup

	// open guards brokers against calls after Close, which would block for
	// ever: they hold it for reading.
	open   sync.RWMutex
	closed bool

	// moved is set by the first fault after which not every node plays the
	// part that the brokers behind give it; see roles.go.
	moved      atomic.Bool
	electing   sync.Mutex
	mu         sync.Mutex // guards what follows, and the state of the nodes
	controller int32
	moves      map[string]int32 // coordinators that are not where the brokers put them
	intercepts []*intercept
	counts     map[protocol.APIKey]int
	arrived    chan struct{} // closed and replaced at each request
}

// Start starts a cluster for a test and closes it at the test's end. It fails
// the test if it cannot.
func Start(tb testing.TB, opts ...Option) *Cluster {
	tb.Helper()
	c, err := New(opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c
}

// New starts a cluster that runs until [Cluster.Close]. The error tells which
// option is wrong or which port cannot be had.
func New(opts ...Option) (*Cluster, error) {
	cfg, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		cfg:      cfg,
		log:      cfg.log,
		internal: user{mechanismPlain, "kafkatest-" + rand.Text(), rand.Text()},
		moves:    make(map[string]int32),
		counts:   make(map[protocol.APIKey]int),
		arrived:  make(chan struct{}),
	}
	brokerOpts, err := c.brokerOpts()
	if err != nil {
		return nil, err
	}
	if c.brokers, err = kfake.NewCluster(brokerOpts...); err != nil {
		c.closeNodes()
		return nil, fmt.Errorf("kafkatest: starting the brokers: %w", err)
	}
	c.controller = c.brokersController()
	for _, n := range c.nodes {
		front := n.front
		c.sessions.Go(func() { n.accept(front) })
	}
	return c, nil
}

// brokerOpts tells the embedded brokers what the config says, and to listen
// behind our nodes.
func (c *Cluster) brokerOpts() ([]kfake.Opt, error) {
	opts := []kfake.Opt{
		kfake.NumBrokers(c.cfg.brokers),
		kfake.ClusterID("kafkatest"),
		kfake.DefaultNumPartitions(c.cfg.partitions),
		kfake.BrokerConfigs(c.cfg.brokerConfigs),
		kfake.WithLogger(brokerLog{c.log}),
		kfake.ListenFn(func(_, address string) (net.Listener, error) {
			n, err := c.addNode(address)
			if err != nil {
				return nil, err
			}
			return n.behind, nil
		}),
	}
	if len(c.cfg.ports) > 0 {
		opts = append(opts, kfake.Ports(c.cfg.ports...))
	}
	if c.cfg.autoCreate {
		opts = append(opts, kfake.AllowAutoTopicCreation())
	}
	for _, t := range c.cfg.topics {
		opts = append(opts, kfake.SeedTopics(int32(t.partitions), t.name))
	}
	versions, err := c.cfg.versions()
	if err != nil {
		return nil, err
	}
	if versions != nil {
		opts = append(opts, kfake.MaxVersions(versions))
	}
	if len(c.cfg.users) > 0 {
		opts = append(opts, kfake.EnableSASL())
		for _, u := range append(c.cfg.users, c.internal) {
			opts = append(opts, kfake.Superuser(u.mechanism, u.name, u.password))
		}
	}
	return opts, nil
}

// Close stops the brokers, ends all connections and waits until nothing of the
// cluster answers any more. Closing twice is fine. Close must not be called
// from an interceptor.
func (c *Cluster) Close() {
	c.open.Lock()
	first := !c.closed
	c.closed = true
	c.open.Unlock()
	if first {
		c.closeNodes()
		c.brokers.Close()
	}
	c.sessions.Wait()
}

func (c *Cluster) closeNodes() {
	for _, n := range c.nodes {
		n.stop()
		n.behind.Close()
	}
}

// use runs f on the brokers, unless the cluster is closed.
func (c *Cluster) use(f func(*kfake.Cluster) error) error {
	c.open.RLock()
	defer c.open.RUnlock()
	if c.closed {
		return errClosed
	}
	return f(c.brokers)
}

// BootstrapServers returns the host:port of each broker, dead ones included,
// in the order of their node ids.
func (c *Cluster) BootstrapServers() []string {
	addrs := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		addrs[i] = n.addr.String()
	}
	return addrs
}

// Dialer returns what clients have to connect with: the cluster's own network
// if it is in memory, else a *net.Dialer.
func (c *Cluster) Dialer() Dialer {
	if c.cfg.network != nil {
		return c.cfg.network
	}
	return &net.Dialer{}
}

// CreateTopic creates a topic. The error tells why the brokers refuse it.
func (c *Cluster) CreateTopic(name string, partitions int) error {
	topic := kmsg.NewCreateTopicsRequestTopic()
	topic.Topic, topic.NumPartitions, topic.ReplicationFactor = name, int32(partitions), -1
	req := kmsg.NewPtrCreateTopicsRequest()
	req.Topics = append(req.Topics, topic)
	resp, err := c.ask(c.brokersController(), req, 4)
	if err != nil {
		return fmt.Errorf("kafkatest: creating topic %q: %w", name, err)
	}
	for _, t := range resp.(*kmsg.CreateTopicsResponse).Topics {
		if t.ErrorCode != 0 {
			return fmt.Errorf("kafkatest: creating topic %q: %w", name, protocol.ErrorCode(t.ErrorCode))
		}
	}
	return nil
}

// DeleteTopic deletes a topic with all its records. The error tells why the brokers
// refuse it. A topic of the same name that is created afterwards is another one.
func (c *Cluster) DeleteTopic(name string) error {
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TopicNames = []string{name}
	resp, err := c.ask(c.brokersController(), req, 4)
	if err != nil {
		return fmt.Errorf("kafkatest: deleting topic %q: %w", name, err)
	}
	for _, t := range resp.(*kmsg.DeleteTopicsResponse).Topics {
		if t.ErrorCode != 0 {
			return fmt.Errorf("kafkatest: deleting topic %q: %w", name, protocol.ErrorCode(t.ErrorCode))
		}
	}
	return nil
}

// Partition is the state of one partition at one moment.
type Partition struct {
	ID          int32
	Leader      int32 // node id, of a dead node if none is left to lead
	LeaderEpoch int32
	// LogStartOffset is the first offset that can be read, HighWatermark is
	// one more than the last, and LastStableOffset is where a consumer of
	// committed transactions stops.
	LogStartOffset, HighWatermark, LastStableOffset int64
}

// Partitions returns the partitions of a topic in the order of their ids, and
// an error if there is no such topic.
func (c *Cluster) Partitions(topic string) ([]Partition, error) {
	var ps []Partition
	err := c.use(func(b *kfake.Cluster) error {
		for _, p := range b.PartitionInfos(topic) {
			ps = append(ps, Partition{
				ID: p.Partition, Leader: p.Leader, LeaderEpoch: p.Epoch,
				LogStartOffset: p.LogStartOffset, HighWatermark: p.HighWatermark, LastStableOffset: p.LastStableOffset,
			})
		}
		if len(ps) == 0 {
			return fmt.Errorf("kafkatest: topic %q does not exist", topic)
		}
		return nil
	})
	return ps, err
}

// Topics returns the names of all topics, sorted.
func (c *Cluster) Topics() ([]string, error) {
	resp, err := c.metadata()
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(resp.Topics))
	for _, t := range resp.Topics {
		names = append(names, deref(t.Topic))
	}
	slices.Sort(names)
	return names, nil
}

// metadata returns what the brokers, who know of no fault, tell of all topics.
func (c *Cluster) metadata() (*kmsg.MetadataResponse, error) {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = nil // all
	resp, err := c.ask(0, req, 1)
	if err != nil {
		return nil, fmt.Errorf("kafkatest: asking for all topics: %w", err)
	}
	return resp.(*kmsg.MetadataResponse), nil
}

// Requests returns how many requests of an API have reached the nodes, those
// included that a fault kept from being answered.
func (c *Cluster) Requests(apiKey protocol.APIKey) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[apiKey]
}

// AwaitRequests waits until n requests of an API have reached the nodes since
// the start.
func (c *Cluster) AwaitRequests(ctx context.Context, apiKey protocol.APIKey, n int) error {
	for {
		c.mu.Lock()
		have, arrived := c.counts[apiKey], c.arrived
		c.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("kafkatest: %d of %d %s requests have arrived: %w", have, n, apiKey, ctx.Err())
		case <-arrived:
		}
	}
}

// count notes the arrival of a request.
func (c *Cluster) count(apiKey protocol.APIKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[apiKey]++
	close(c.arrived)
	c.arrived = make(chan struct{})
}

// node returns the node of an id.
func (c *Cluster) node(id int32) (*node, error) {
	if id < 0 || int(id) >= len(c.nodes) {
		return nil, fmt.Errorf("kafkatest: there is no node %d: the cluster has nodes 0 to %d", id, len(c.nodes)-1)
	}
	return c.nodes[id], nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// brokerLog hands what the embedded brokers log to a slog.Logger.
type brokerLog struct{ log *slog.Logger }

func (l brokerLog) Logf(level kfake.LogLevel, format string, args ...any) {
	to := map[kfake.LogLevel]slog.Level{
		kfake.LogLevelError: slog.LevelError,
		kfake.LogLevelWarn:  slog.LevelWarn,
		kfake.LogLevelInfo:  slog.LevelInfo,
		kfake.LogLevelDebug: slog.LevelDebug,
	}[level]
	if ctx := context.Background(); l.log.Enabled(ctx, to) {
		l.log.Log(ctx, to, fmt.Sprintf(format, args...))
	}
}
