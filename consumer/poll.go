package consumer

import (
	"context"
	"time"

	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/record"
)

// Poll waits for records and returns at least one, at most Config.MaxPollRecords:
// those of one partition in order. They are the caller's to keep; keys and values
// alias memory that they share, see [record.Record].
//
// By calling Poll again the application tells that it is done with the records of
// before, so that they may be committed; nothing else does, not even Close, but
// for an explicit Commit. It must do so within Config.MaxPollInterval.
//
// When ctx ends there are no records and the error wraps that of ctx; it also
// tells what kept records from coming, if something did. Other errors tell of a
// partition, such as [*CorruptBatchError], or of the group; Poll may be called
// again after each, and goes on with the other partitions.
func (c *Consumer) Poll(ctx context.Context) ([]record.Record, error) {
	return c.poll(ctx, nil, c.cfg.MaxPollRecords)
}

// PollInto is Poll into the memory of buf, which it overwrites: it returns at
// most cap(buf) records, whatever Config.MaxPollRecords is, and does not allocate
// for each.
func (c *Consumer) PollInto(ctx context.Context, buf []record.Record) ([]record.Record, error) {
	if cap(buf) == 0 {
		return c.Poll(ctx)
	}
	return c.poll(ctx, buf[:0], cap(buf))
}

func (c *Consumer) poll(ctx context.Context, buf []record.Record, most int) ([]record.Record, error) {
	if !c.polling.CompareAndSwap(false, true) {
		return nil, ErrConcurrentPoll
	}
	defer c.polling.Store(false)
	c.returned()
	for {
		if err := c.service(ctx); err != nil {
			return nil, err
		}
		records, err := c.fill(buf, most)
		if err != nil || len(records) > 0 {
			if len(c.cfg.Interceptors) > 0 {
				for i := range records {
					c.intercept(&records[i])
				}
			}
			return records, err
		}
		c.wait(ctx, nil)
	}
}

// returned notes that the application has come back from all records that it was
// handed.
func (c *Consumer) returned() {
	c.measures.returned()
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	for _, pos := range c.held {
		pos.held = noOffset
	}
	clear(c.held)
	c.held = c.held[:0]
	c.hand.Store(nil)
}

// hold notes that the records of the run which come next are not consumed until
// the application has come back from them.
func (c *Consumer) hold() {
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	if pos := c.run.pos; pos.held == noOffset {
		pos.held, pos.heldEpoch = pos.next.Load(), c.run.epoch
		c.held = append(c.held, pos)
	}
}

// fill appends records that are there to buf until it has the given number. It
// returns an error only if there are no records before it.
func (c *Consumer) fill(buf []record.Record, most int) ([]record.Record, error) {
	if c.run.active() {
		c.run.epoch = c.run.pos.epoch.Load()
		c.hold()
	}
	for len(buf) < most {
		if !c.run.active() {
			ok, err := c.nextRun(len(buf) == 0)
			if err != nil || !ok {
				return buf, err
			}
			c.hold()
		}
		if buf == nil {
			buf = make([]record.Record, 0, c.estimate(most))
		}
		if len(buf) == cap(buf) {
			buf = append(buf, record.Record{})
		} else {
			buf = buf[:len(buf)+1]
		}
		if !c.run.next(&buf[len(buf)-1]) {
			buf = buf[:len(buf)-1]
			c.endRun()
		}
	}
	return buf, nil
}

// estimate returns how many records Poll will find, at most most: those of the
// run, or that many if there are more runs.
func (c *Consumer) estimate(most int) int {
	n := c.run.count()
	if n >= most {
		return most
	}
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	if len(c.fetcher.buffer.ready) > 0 {
		return most
	}
	return n
}

// service does what is due whenever the application comes for records: it hears
// of rebalances, commits, and gets errors.
func (c *Consumer) service(ctx context.Context) error {
	if c.attention.Swap(false) {
		c.putBack()
		c.clock.Reset(c.clockInterval())
	}
	if err := c.usable(ctx); err != nil {
		return err
	}
	if c.group != nil {
		c.group.Polled()
		if err := c.rebalance(ctx); err != nil {
			return err
		}
	}
	c.autoCommit()
	c.measures.lastPoll.Store(time.Now().UnixNano())
	c.fetcher.mu.Lock()
	defer c.fetcher.mu.Unlock()
	return c.fetcher.takeError()
}

// usable tells whether records may be handed out at all.
func (c *Consumer) usable(ctx context.Context) error {
	if c.ctx.Err() != nil {
		return ErrClosed
	}
	if ctx.Err() != nil {
		return c.ended(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sub.mode == noSubscription {
		return ErrNotSubscribed
	}
	return nil
}

// clockInterval returns how often who is polling must leave the fast path.
func (c *Consumer) clockInterval() time.Duration {
	interval := c.cfg.MaxPollInterval / 4
	if c.cfg.autoCommits() {
		interval = min(interval, c.cfg.AutoCommitInterval)
	}
	return interval
}

// wait blocks until there may be something to do, or idle has a token.
func (c *Consumer) wait(ctx context.Context, idle <-chan time.Time) {
	begun := time.Now()
	defer func() { c.measures.idle.Record(time.Since(begun).Seconds()) }()
	select {
	case <-idle:
	case <-c.fetcher.arrived:
	case ev := <-c.events():
		c.receive(ev)
	case <-ctx.Done():
	case <-c.ctx.Done():
	}
}

func (c *Consumer) events() <-chan *coordinator.Event {
	if c.group == nil {
		return nil
	}
	return c.group.Events()
}

// ended returns the error of a context that has ended, with what kept records
// from coming, if that is known.
func (c *Consumer) ended(ctx context.Context) error {
	c.fetcher.mu.Lock()
	err := c.fetcher.lastErr
	c.fetcher.mu.Unlock()
	if err != nil {
		return because(context.Cause(ctx), err)
	}
	c.mu.Lock()
	topics := c.sub.topics
	c.mu.Unlock()
	snapshot := c.client.Metadata().Snapshot()
	for _, topic := range topics {
		if t, ok := snapshot.Topic(topic); !ok || len(t.Partitions) == 0 {
			_, err = c.client.WaitTopic(ctx, topic) // fails at once, and tells why there is none
			return err
		}
	}
	for _, tp := range c.Assignment() {
		if _, _, err := leader(snapshot, tp); err != nil {
			return because(context.Cause(ctx), err)
		}
	}
	return context.Cause(ctx)
}
