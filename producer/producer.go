package producer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/record"
)

// Producer sends records to a cluster. It is safe for concurrent use, and one is
// enough for a program: records of all topics share its connections.
type Producer struct {
	cfg     Config
	client  *cluster.Client
	log     *slog.Logger
	backoff conn.Backoff

	batchSize      int
	largestRequest int // see room
	lingerFor      time.Duration
	lingerAdapts   bool

	topics   atomic.Pointer[map[string]*topic] // replaced under mu, never changed
	memory   *memory
	clock    *clock
	live     tracker
	sealers  *sealers // nil without compression
	identity *identity
	measures *measures

	transactions *transactions // nil without a transactional id
	callbacks    callbacks

	closing  atomic.Bool
	flushing atomic.Int32
	stop     context.CancelCauseFunc
	stopped  context.Context
	unlisten func()

	learning sync.Mutex // held by learn, so that layouts follow each other

	mu    sync.Mutex
	sinks map[int32]*sink
	work  sync.WaitGroup
}

// New returns a Producer. It contacts no broker yet: the error is one of the
// configuration alone.
func New(cfg Config) (*Producer, error) {
	client, err := cluster.NewClient(cfg.Config)
	if err != nil {
		return nil, err
	}
	cfg.Config = client.Config()
	largestRequest := cmp.Or(cfg.MaxRequestSize, defaultLargestRequest)
	cfg = cfg.WithDefaults()
	sealers, err := newSealers(cfg.Compression, cfg.CompressionLevel)
	if err := errors.Join(cfg.validate(), err); err != nil {
		done, cancel := context.WithCancel(context.Background())
		cancel() // nothing to wait for
		_ = client.Close(done)
		return nil, err
	}
	p := &Producer{
		cfg:            cfg,
		client:         client,
		log:            cfg.Config.Logger,
		backoff:        conn.Backoff{Base: cfg.Config.RetryBackoff, Max: cfg.Config.RetryBackoffMax},
		batchSize:      min(cfg.BatchSize, cfg.MaxRequestSize),
		largestRequest: largestRequest,
		memory:         newMemory(cfg.BufferMemory),
		clock:          newClock(),
		live:           tracker{timeout: cfg.DeliveryTimeout},
		sealers:        sealers,
		identity:       newIdentity(client),
		sinks:          make(map[int32]*sink),
	}
	if cfg.TransactionalID != "" {
		p.transactions = newTransactions(p)
	}
	p.callbacks.log = p.log
	p.measures = newMeasures(&p.cfg, p.log)
	p.measures.gauges(p)
	client.Measure(p.measures.network.Meter)
	p.lingerFor, p.lingerAdapts = cfg.linger()
	p.topics.Store(&map[string]*topic{})
	p.stopped, p.stop = context.WithCancelCause(context.Background())
	p.unlisten = client.Metadata().AddListener(p.learn)
	return p, nil
}

// Send takes a record to be sent. It returns as soon as the record is in the
// buffer; its bytes are copied, so that the caller may reuse them. The Future
// tells what became of it.
//
// Send waits for the metadata of a topic that it meets for the first time, and
// while the buffer is full, until ctx ends or Config.MaxBlock has passed. After
// that ctx has no bearing on the record: Config.DeliveryTimeout bounds its
// delivery. Config.Partitioner chooses the partition; see [Producer.SendTo].
//
// An error means that the record was not taken: [ErrClosed], [ErrBufferFull], a
// [*RecordTooLargeError], what ctx ended with, or why there is no metadata. A
// producer with a TransactionalID sends by [Tx.Send] alone.
func (p *Producer) Send(ctx context.Context, rec record.Record) (Future, error) {
	if p.transactions != nil {
		return Future{}, ErrNoTransaction
	}
	return p.send(ctx, rec)
}

func (p *Producer) send(ctx context.Context, rec record.Record) (Future, error) {
	pt, err := p.choose(ctx, &rec)
	if err != nil {
		return Future{}, err
	}
	return p.enqueue(ctx, pt, &rec)
}

// enqueue puts a record into the buffer, waiting for memory if it must.
func (p *Producer) enqueue(ctx context.Context, pt *partition, rec *record.Record) (Future, error) {
	f, missing, err := pt.append(rec, 0)
	if missing == 0 {
		return f, err
	}
	return p.appendWhenFree(ctx, pt, rec, missing)
}

// choose returns the partition that rec goes to, waiting for the topic's metadata
// if it must.
func (p *Producer) choose(ctx context.Context, rec *record.Record) (*partition, error) {
	t, err := p.topicFor(ctx, rec.Topic)
	if err != nil {
		return nil, err
	}
	return t.choose(rec)
}

// topicFor returns the topic of a record to be sent.
func (p *Producer) topicFor(ctx context.Context, name string) (*topic, error) {
	if p.closing.Load() {
		return nil, ErrClosed
	}
	// It has no partitions while another Send makes it known.
	if t, ok := (*p.topics.Load())[name]; ok && len(t.layout.Load().partitions) > 0 {
		return t, nil
	}
	return p.topic(ctx, name, p.cfg.MaxBlock)
}

// SendSync sends a record and waits until it is acknowledged.
func (p *Producer) SendSync(ctx context.Context, rec record.Record) (Metadata, error) {
	f, err := p.Send(ctx, rec)
	if err != nil {
		return Metadata{}, err
	}
	return f.Get(ctx)
}

// appendWhenFree appends once there is buffer memory.
func (p *Producer) appendWhenFree(ctx context.Context, pt *partition, rec *record.Record, missing int) (Future, error) {
	wait := p.memory.wait(p.cfg.MaxBlock)
	defer wait.end()
	for {
		credit := missing
		if credit > p.cfg.BufferMemory {
			return Future{}, &RecordTooLargeError{pt.tp.Topic, credit, p.cfg.BufferMemory, "BufferMemory (buffer.memory)"}
		}
		p.notifySinks() // what lingers is sent early, to free memory
		if err := p.waitForMemory(ctx, wait, credit); err != nil {
			return Future{}, err
		}
		var f Future
		var err error
		if f, missing, err = pt.append(rec, credit); missing == 0 {
			if err != nil {
				p.memory.release(credit)
			}
			return f, err
		}
		p.memory.release(credit)
	}
}

// waitForMemory reserves memory once it is free.
func (p *Producer) waitForMemory(ctx context.Context, wait *memoryWait, bytes int) error {
	err := ErrBufferFull
	if p.cfg.MaxBlock > 0 {
		started := time.Now()
		err = wait.reserve(ctx, p.stopped.Done(), bytes)
		since(started, p.measures.wait)
	}
	if errors.Is(err, ErrBufferFull) {
		p.measures.refusals.Record(1)
		return fmt.Errorf("%w: %d bytes (BufferMemory, buffer.memory) wait to be acknowledged, and %s",
			err, p.cfg.BufferMemory, notWithin("none became free", p.cfg.MaxBlock))
	}
	return err
}

// blocking bounds a wait of Send's by a limit, which ends it with the given
// cause, by Close, and by what fails the transaction.
func (p *Producer) blocking(ctx context.Context, limit time.Duration, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, cause)
	ctx, cancelCause := context.WithCancelCause(ctx)
	end := p.stopped
	if p.transactions != nil {
		end = p.transactions.context()
	}
	unhook := context.AfterFunc(end, func() { cancelCause(context.Cause(end)) })
	return ctx, func() {
		unhook()
		cancelCause(nil)
		cancel()
	}
}

// notWithin tells what did not happen in the time that MaxBlock allows.
func notWithin(what string, limit time.Duration) string {
	if limit < 0 {
		return "MaxBlock (max.block.ms) is negative: Send does not wait"
	}
	return fmt.Sprintf("%s within %v (MaxBlock, max.block.ms)", what, limit)
}

// checkSize refuses a record that no request can hold.
func (p *Producer) checkSize(topic string, need record.Need) error {
	if size := record.HeaderSize + need.Size; size > p.cfg.MaxRequestSize {
		return &RecordTooLargeError{topic, size, p.cfg.MaxRequestSize, "MaxRequestSize (max.request.size)"}
	}
	return nil
}

// eager tells that nothing shall linger: somebody waits for the buffer to empty.
func (p *Producer) eager() bool {
	return p.flushing.Load() > 0 || p.memory.contended()
}

func (p *Producer) producerID(ctx context.Context) (producerID, error) {
	switch {
	case p.transactions != nil:
		return p.transactions.producerID(), nil
	case p.cfg.DisableIdempotence:
		return noProducerID, nil
	}
	return p.identity.get(ctx)
}

// sink returns the sink of a broker, starting it if there is none; nil once the
// producer has stopped.
func (p *Producer) sink(node int32) *sink {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped.Err() != nil {
		return nil
	}
	s, ok := p.sinks[node]
	if !ok {
		s = newSink(p, node)
		p.sinks[node] = s
		p.work.Go(func() { s.run(p.stopped) })
	}
	return s
}

// notifySinks has sinks look at what lingers.
func (p *Producer) notifySinks() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.sinks {
		if s.hasLingering() {
			s.notify()
		}
	}
}
