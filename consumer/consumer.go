package consumer

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/protocol"
)

// Consumer reads records. Its methods are safe for concurrent use, but records
// are handed out to one Poll or loop over Records at a time: others fail with
// [ErrConcurrentPoll]. Rebalances are taken part in, and listeners called, while
// one of these is waiting or about to hand out a record, so that an application
// which handles records one after the other is not surprised.
type Consumer struct {
	cfg      Config
	client   *cluster.Client
	fetcher  *fetcher
	measures *measures
	group    membership  // nil without a group
	offsets  offsetStore // nil without a group
	log      *slog.Logger
	ctx      context.Context // ends when Close begins
	cancel   context.CancelCauseFunc
	alive    context.Context // ends when Close has left the group: its listener may still commit
	bury     context.CancelCauseFunc

	removeListener func()

	polling   atomic.Bool              // a Poll or loop is under way
	attention atomic.Bool              // it should look up from its run
	hand      atomic.Pointer[position] // of the record that a loop's body has, nil if it has none
	held      []*position              // with records that Poll has handed out; the fetcher's lock guards it
	run       run                      // of who is polling
	clock     *time.Timer              // has who is polling look up now and then
	commits   autoCommit               // of who is polling

	mu         sync.Mutex
	sub        subscription
	event      *coordinator.Event // received and not done
	failed     error              // of the membership; Poll returns it until the next Subscribe
	stopWatch  context.CancelFunc
	closing    atomic.Bool
	closeDone  chan struct{}
	closeError error // once closeDone is closed
}

// offsetStore is a [coordinator.Offsets].
type offsetStore interface {
	Commit(ctx context.Context, offsets map[TopicPartition]OffsetAndMetadata) error
	CommitAsync(ctx context.Context, offsets map[TopicPartition]OffsetAndMetadata, done func(error))
	Fetch(ctx context.Context, partitions []TopicPartition) (map[TopicPartition]OffsetAndMetadata, error)
}

// New returns a consumer that has no partitions yet. It connects to nothing. The
// error is that of [Config.Validate].
func New(cfg Config) (*Consumer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("consumer: %w", err)
	}
	cfg = cfg.WithDefaults()
	client, err := cluster.NewClient(cfg.Config)
	if err != nil {
		return nil, fmt.Errorf("consumer: %w", err)
	}
	c := newConsumer(cfg, client)
	if cfg.GroupID == "" {
		c.start()
		return c, nil
	}
	group, err := newMembership(client, &cfg, c.measures.group)
	if err != nil {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // nothing to wait for
		_ = client.Close(ctx)
		return nil, fmt.Errorf("consumer: %w", err)
	}
	c.group = group
	c.offsets = coordinator.NewOffsets(client, cfg.GroupID, c.generation)
	c.start()
	return c, nil
}

func newConsumer(cfg Config, client *cluster.Client) *Consumer {
	c := &Consumer{
		cfg:       cfg,
		client:    client,
		log:       client.Config().Logger,
		stopWatch: func() {},
		closeDone: make(chan struct{}),
	}
	c.measures = newMeasures(&c.cfg, c.log)
	client.Measure(c.measures.network.Meter)
	c.attention.Store(true)
	c.ctx, c.cancel = context.WithCancelCause(context.Background())
	c.alive, c.bury = context.WithCancelCause(context.Background())
	return c
}

// start begins the work in the background, once group and offsets are set.
func (c *Consumer) start() {
	if c.offsets != nil {
		c.offsets = observedOffsets{c.offsets, c}
	}
	c.measures.gauges(c)
	c.cfg.RebalanceListener = c.measures.timed(c.cfg.RebalanceListener)
	c.fetcher = newFetcher(&c.cfg, c.client, c.offsets, c.measures)
	if c.cfg.StallTimeout > 0 {
		c.fetcher.spawn(func() { c.watchdog(c.ctx) })
	}
	c.commits.due = time.Now().Add(c.cfg.AutoCommitInterval)
	c.clock = time.AfterFunc(time.Hour, c.lookUp)
	c.clock.Stop()
	c.removeListener = c.client.Metadata().AddListener(c.onMetadata)
}

// generation returns the identity to commit under.
func (c *Consumer) generation() coordinator.Generation {
	c.mu.Lock()
	manual := !c.sub.groupManaged()
	c.mu.Unlock()
	if manual {
		return coordinator.NoGeneration
	}
	return c.group.Generation()
}

// lookUp has who is polling leave the fast path.
func (c *Consumer) lookUp() {
	c.attention.Store(true)
	wake(c.fetcher.arrived)
}

// bind returns a context that ends when the consumer is closed, too.
func (c *Consumer) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.alive, func() { cancel(ErrClosed) })
	return ctx, func() {
		stop()
		cancel(context.Canceled)
	}
}

// failure returns the error of a call; if the consumer was closed meanwhile, that
// is what the call failed of.
func (c *Consumer) failure(call string, err error) error {
	if c.alive.Err() != nil {
		return fmt.Errorf("%s: %w", call, ErrClosed)
	}
	return fmt.Errorf("%s: %w", call, err)
}

// Subscribe takes part in the consumer group to share the partitions of topics,
// which replace those of an earlier Subscribe. Which partitions the consumer gets
// is found out while it polls. Without a group it gets all partitions of the
// topics. It fails with a [*SubscriptionError] after SubscribePattern or Assign,
// and for names that no topic can have.
func (c *Consumer) Subscribe(topics ...string) error {
	c.mu.Lock()
	if err := c.change(func() error { return c.sub.subscribe(topics) }); err != nil {
		c.mu.Unlock()
		return err
	}
	topics = c.sub.topics
	c.mu.Unlock()
	c.client.SetTopics(topics)
	c.watch(func(ctx context.Context) error {
		_, err := c.client.WaitTopic(ctx, topics[0])
		return err
	})
	c.subscribed(topics)
	return nil
}

// SubscribePattern is Subscribe to all topics with a name that re matches, now or
// later; topics are looked up every Config.MetadataMaxAge. The match may be
// anywhere in the name, as with [regexp.Regexp.MatchString]: use ^ and $. Kafka's
// own topics are left out unless Config.IncludeInternalTopics is set.
//
// With [ConsumerProtocol] it is the group's coordinator who matches, since Kafka
// 4.0: new topics are noticed sooner, and the consumer needs not know of all that
// there are. A pattern that matches Kafka's own topics, which are to be left out,
// is matched by the client all the same.
func (c *Consumer) SubscribePattern(re *regexp.Regexp) error {
	c.mu.Lock()
	err := c.change(func() error { return c.sub.subscribePattern(re) })
	var remote string
	if err == nil {
		remote, c.sub.remote = c.remotePattern(re)
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if remote != "" {
		c.watch(func(ctx context.Context) error { return c.subscribeRemotely(ctx, remote) })
		return nil
	}
	c.client.SetAllTopics(true)
	c.watch(c.awaitTopics)
	return nil
}

// awaitTopics waits for the metadata of all topics.
func (c *Consumer) awaitTopics(ctx context.Context) error {
	for {
		err := c.client.Metadata().RequestUpdate().Wait(ctx)
		if err == nil {
			c.onMetadata(c.client.Metadata().Snapshot())
		}
		if err == nil || ctx.Err() != nil || permanent(err) {
			return err
		}
		c.fetcher.mu.Lock()
		c.fetcher.lastErr = err
		c.fetcher.mu.Unlock()
	}
}

// change changes the subscription. The caller holds the lock.
func (c *Consumer) change(f func() error) error {
	if c.ctx.Err() != nil {
		return ErrClosed
	}
	if err := f(); err != nil {
		return err
	}
	c.failed = nil
	return nil
}

// watch runs a search for metadata in the background, so that the application is
// told what it must change, such as the credentials, if it cannot succeed.
func (c *Consumer) watch(search func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(c.ctx)
	c.mu.Lock()
	c.stopWatch()
	c.stopWatch = cancel
	c.mu.Unlock()
	c.fetcher.spawn(func() {
		err := search(ctx)
		if err != nil && permanent(err) && ctx.Err() == nil {
			c.fetcher.report(err)
		}
	})
}

// subscribed tells the group, or who is there in its place, of the topics.
func (c *Consumer) subscribed(topics []string) {
	if c.group != nil {
		c.group.Subscribe(topics)
		return
	}
	c.assignAll(topics, c.client.Metadata().Snapshot())
}

// assignAll assigns all partitions of the topics, for a consumer without a group.
func (c *Consumer) assignAll(topics []string, s *cluster.Snapshot) {
	var all []TopicPartition
	for _, name := range topics {
		if t, ok := s.Topic(name); ok {
			for i := range t.Partitions {
				all = append(all, TopicPartition{Topic: name, Partition: t.Partitions[i].Partition})
			}
		}
	}
	if !slices.Equal(all, c.Assignment()) {
		c.fetcher.assign(all)
		c.lookUp()
	}
}

// onMetadata takes new metadata: it is a listener of the cluster's.
func (c *Consumer) onMetadata(s *cluster.Snapshot) {
	c.mu.Lock()
	managed := c.sub.groupManaged() && c.ctx.Err() == nil
	changed := managed && c.sub.mode == byPattern && !c.sub.remote && c.sub.match(s.TopicNames(!c.cfg.IncludeInternalTopics))
	topics := c.sub.topics
	c.mu.Unlock()
	if changed || managed && c.group == nil {
		c.subscribed(topics)
	}
	c.fetcher.onMetadata(s)
}

// Assign makes exactly these partitions the consumer's, without regard to what
// others in the group read; those that it had already go on as before, and what
// was consumed of others is committed unless Config.DisableAutoCommit is set.
// Without partitions it has none. Positions are the committed offsets if there is
// a group, otherwise those of Config.AutoOffsetReset. It fails with a
// [*SubscriptionError] after Subscribe or SubscribePattern.
func (c *Consumer) Assign(partitions ...TopicPartition) error {
	c.mu.Lock()
	err := c.change(func() error { return c.sub.assign(partitions) })
	topics := c.sub.topics
	c.mu.Unlock()
	if err != nil {
		return err
	}
	c.client.SetTopics(topics)
	if c.cfg.autoCommits() {
		staying := set(partitions)
		c.commitInBackground(c.fetcher.consumed(func(tp TopicPartition) bool {
			_, stays := staying[tp]
			return !stays
		}, c.hand.Load()))
	}
	c.fetcher.assign(partitions)
	c.lookUp()
	if len(topics) > 0 {
		c.watch(func(ctx context.Context) error {
			_, err := c.client.WaitTopic(ctx, topics[0])
			return err
		})
	}
	return nil
}

// Assignment returns the partitions that the consumer has now, by topic and
// number.
func (c *Consumer) Assignment() []TopicPartition { return c.fetcher.list(nil) }

// Subscription returns the topics subscribed to, sorted: those that match now, if
// by a pattern; none after Assign.
func (c *Consumer) Subscription() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.sub.groupManaged() {
		return nil
	}
	return slices.Clone(c.sub.topics)
}

// Topics returns the names of all topics of the cluster that the client may see,
// sorted, without Kafka's own unless Config.IncludeInternalTopics is set.
func (c *Consumer) Topics(ctx context.Context) ([]string, error) {
	ctx, cancel := c.bind(ctx)
	defer cancel()
	resp, err := c.client.DoAny(ctx, &protocol.MetadataRequest{AllowAutoTopicCreation: true}) // of all topics, none is created
	if err != nil {
		return nil, c.failure("Topics", err)
	}
	var names []string
	for _, t := range resp.(*protocol.MetadataResponse).Topics {
		if t.ErrorCode == protocol.ErrNone && t.Name != nil && (!t.IsInternal || c.cfg.IncludeInternalTopics) {
			names = append(names, *t.Name)
		}
	}
	return sorted(names), nil
}

// PartitionsFor returns the numbers of a topic's partitions, ascending. It waits
// for a topic that does not exist yet until ctx ends.
func (c *Consumer) PartitionsFor(ctx context.Context, topic string) ([]int32, error) {
	if err := checkTopicName(topic); err != nil {
		return nil, fmt.Errorf("PartitionsFor: %w", err)
	}
	ctx, cancel := c.bind(ctx)
	defer cancel()
	t, err := c.client.WaitTopic(ctx, topic)
	if err != nil {
		return nil, c.failure("PartitionsFor", err)
	}
	numbers := make([]int32, len(t.Partitions))
	for i := range t.Partitions {
		numbers[i] = t.Partitions[i].Partition
	}
	return numbers, nil
}
