package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
)

const (
	readers = "readers"
	posts   = 3   // members at a time
	entries = 300 // records of each partition

	// readingEnds is by when all must be handled after the last fault, and
	// closingEnds by when a member must have left.
	readingEnds = time.Minute
	closingEnds = 20 * time.Second
)

// TestGroup has members of a group join, leave, die and lose their network at
// random, among faults of requests and brokers, under the eager protocol, the
// cooperative one and that of KIP-848. Every record must be handled; in each
// generation, or member epoch, a partition has one owner; Close ends. Where members
// only come and go, nothing else fails, and they commit before they give up
// partitions, each record is handled once.
func TestGroup(t *testing.T) {
	from, to := seeds(t)
	to = from + (to-from)/3 // there are three protocols
	for _, rules := range []rules{
		{"range", []string{"2.8", "3.9", "4.1"}, classic(assignors.Range())},
		{"cooperative-sticky", []string{"2.8", "3.9", "4.1"}, classic(assignors.CooperativeSticky())},
		{"consumer", []string{"4.1"}, func(cfg *consumer.Config) { cfg.GroupProtocol = consumer.ConsumerProtocol }},
	} {
		for seed := from; seed <= to; seed++ {
			t.Run(rules.name+"/"+strconv.FormatUint(seed, 10), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { simulateGroup(t, rules, rand.New(rand.NewPCG(seed, 0))) })
			})
		}
	}
}

// rules are how the members of a group divide partitions, with brokers of what
// releases.
type rules struct {
	name     string
	releases []string
	set      func(*consumer.Config)
}

func classic(assignor assignors.Assignor) func(*consumer.Config) {
	return func(cfg *consumer.Config) {
		cfg.Assignors = []assignors.Assignor{assignor}
		cfg.SessionTimeout, cfg.HeartbeatInterval = 6*time.Second, time.Second
	}
}

func simulateGroup(t *testing.T, rules rules, rng *rand.Rand) {
	c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(brokers), kafkatest.Topic(topic, partitions),
		kafkatest.BrokerConfig("group.consumer.session.timeout.ms", "6000"), kafkatest.BrokerConfig("group.consumer.heartbeat.interval.ms", "1000"),
		kafkatest.Release(rules.releases[rng.IntN(len(rules.releases))]))
	fillLedger(t, c)
	r := &reading{
		t: t, cluster: c, network: newNetwork(c), rules: rules, peaceful: rng.IntN(4) == 0, byHand: rng.IntN(2) == 0,
		handled: make(map[place]int), owners: make(map[tenure]string), complete: make(chan struct{}),
	}
	mend := func() {}
	if !r.peaceful {
		faults := startFaults(t, c, rng, r.network, readers)
		remove := failSome(c, rng, 8, lossyFault, protocol.Fetch, protocol.ListOffsets, protocol.OffsetFetch,
			protocol.OffsetCommit, protocol.JoinGroup, protocol.SyncGroup, protocol.Heartbeat, protocol.LeaveGroup, protocol.ConsumerGroupHeartbeat)
		mend = func() { faults.stop(); remove() }
	}
	calm := make(chan struct{})
	for n := range posts {
		own := rand.New(rand.NewPCG(rng.Uint64(), 9))
		r.members.Go(func() { r.man(own, n, calm) })
	}
	time.Sleep(churn) // virtual
	mend()
	close(calm)
	select {
	case <-r.complete:
	case <-time.After(readingEnds):
		t.Errorf("%v after the last fault %d of %d records are handled", readingEnds, len(r.handled), partitions*entries)
		r.once.Do(func() { close(r.complete) })
	}
	r.members.Wait()
	if r.repeated > 0 && r.peaceful && r.byHand {
		t.Errorf("%d records are handled again, though members only come and go", r.repeated)
	}
}

// fillLedger writes the records that shall be handled.
func fillLedger(t *testing.T, c *kafkatest.Cluster) {
	writer, err := kgo.NewClient(kgo.SeedBrokers(c.BootstrapServers()...), kgo.Dialer(c.Dialer().DialContext),
		kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	var list []*kgo.Record
	for i := range partitions * entries {
		list = append(list, &kgo.Record{Topic: topic, Partition: int32(i % partitions), Value: fmt.Append(nil, i)})
	}
	if err := writer.ProduceSync(t.Context(), list...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// place is where a record is, and tenure a partition in a generation of the group.
type (
	place struct {
		partition int32
		offset    int64
	}
	tenure struct {
		generation, partition int32
	}
)

// reading is the work of all members.
type reading struct {
	t        *testing.T
	cluster  *kafkatest.Cluster
	network  *network
	rules    rules
	peaceful bool // no faults
	byHand   bool // members commit by themselves
	members  sync.WaitGroup

	mu       sync.Mutex
	handled  map[place]int
	repeated int
	owners   map[tenure]string
	once     sync.Once
	complete chan struct{} // closed when all is handled
}

// man has one member after the other read, until all is read.
func (r *reading) man(rng *rand.Rand, post int, calm <-chan struct{}) {
	for n := 0; ; n++ {
		m := r.join(fmt.Sprintf("%d.%d", post, n), rng.IntN(300))
		select {
		case <-time.After(time.Duration(500+rng.IntN(5000)) * time.Millisecond):
			if !r.disturb(rng, m) {
				continue
			}
		case <-calm:
		}
		select {
		case <-r.complete:
			m.leave()
			return
		case <-calm:
			<-r.complete
			m.leave()
			return
		default:
			m.leave()
		}
	}
}

// disturb cuts a member off for a while, or for good; false if it is another's
// turn at the post.
func (r *reading) disturb(rng *rand.Rand, m *member) (stays bool) {
	if r.peaceful {
		return true
	}
	switch rng.IntN(3) {
	case 0:
		m.line.sever()
		r.members.Go(m.leave)
		return false
	case 1:
		m.line.sever()
		away := time.Duration(rng.IntN(10000)) * time.Millisecond
		r.members.Go(func() {
			time.Sleep(away) // virtual
			m.line.mend()
			time.Sleep(5 * time.Second) // virtual
			m.leave()
		})
		return false
	}
	return true
}

// member is a consumer that handles what it reads.
type member struct {
	*reading
	name   string
	pace   time.Duration // for each record
	line   *line
	c      *consumer.Consumer
	cancel context.CancelFunc
	ended  chan struct{}
}

func (r *reading) join(name string, pace int) *member {
	m := &member{reading: r, name: name, pace: time.Duration(pace) * time.Millisecond / 10,
		line: &line{Dialer: r.network}, ended: make(chan struct{})}
	var ctx context.Context
	ctx, m.cancel = context.WithCancel(r.t.Context())
	cfg := consumer.Config{
		Config: cluster.Config{
			BootstrapServers: r.cluster.BootstrapServers(), Dialer: m.line, Logger: logger(r.t), RequestTimeout: 3 * time.Second,
		},
		GroupID: readers, AutoOffsetReset: consumer.ResetEarliest, MaxPollRecords: 7, MaxPollInterval: 6 * time.Second,
		AutoCommitInterval: 500 * time.Millisecond, DisableAutoCommit: r.byHand,
		RebalanceListener: consumer.RebalanceListener{Revoked: m.revoked, Lost: func(context.Context, *consumer.Consumer, []consumer.TopicPartition) {}},
	}
	r.rules.set(&cfg)
	var err error
	m.c, err = consumer.New(cfg)
	if err == nil {
		err = m.c.Subscribe(topic)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.members.Go(func() {
		defer close(m.ended)
		m.read(ctx)
	})
	return m
}

func (m *member) read(ctx context.Context) {
	for ctx.Err() == nil {
		records, err := m.c.Poll(ctx)
		if err != nil && ctx.Err() == nil {
			m.t.Logf("%s: %v", m.name, err)
			time.Sleep(50 * time.Millisecond) // virtual
		}
		for _, rec := range records {
			time.Sleep(m.pace) // virtual
			m.hold(m.c.GroupMetadata().Generation.ID)
			m.handle(place{rec.Partition, rec.Offset})
		}
		if m.byHand && len(records) > 0 && ctx.Err() == nil {
			if err := m.c.Commit(ctx); err != nil {
				m.t.Logf("%s: %v", m.name, err)
			}
		}
	}
}

// hold notes what the member has in a generation.
func (m *member) hold(generation int32) {
	assigned := m.c.Assignment()
	if generation < 0 || generation != m.c.GroupMetadata().Generation.ID {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, tp := range assigned {
		at := tenure{generation, tp.Partition}
		if other, taken := m.owners[at]; taken && other != m.name {
			m.t.Errorf("%s and %s both have partition %d in generation %d", other, m.name, tp.Partition, generation)
		}
		m.owners[at] = m.name
	}
}

func (r *reading) handle(at place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.handled[at]++; r.handled[at] > 1 {
		r.repeated++
	}
	if len(r.handled) == partitions*entries {
		r.once.Do(func() { close(r.complete) })
	}
}

func (m *member) revoked(ctx context.Context, c *consumer.Consumer, _ []consumer.TopicPartition) {
	if m.byHand {
		if err := c.Commit(ctx); err != nil {
			m.t.Logf("%s, before it gives up partitions: %v", m.name, err)
		}
	}
}

// leave ends the member, which must not take long.
func (m *member) leave() {
	m.cancel()
	<-m.ended
	ctx, cancel := context.WithTimeout(context.Background(), closingEnds)
	defer cancel()
	begin := time.Now()
	err := m.c.Close(ctx)
	if took := time.Since(begin); took > closingEnds {
		m.t.Errorf("%s: Close takes %v", m.name, took)
	}
	if err != nil && m.peaceful && !errors.Is(err, context.DeadlineExceeded) {
		m.t.Errorf("%s: Close: %v", m.name, err)
	}
}
