package simulation

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// onlooker counts a client's dials by address and its lines of log by cause.
type onlooker struct {
	slog.Handler
	dialer kafkatest.Dialer

	mu    sync.Mutex
	dials map[string]int
	lines map[string]int
}

func newOnlooker(c *kafkatest.Cluster) *onlooker {
	return &onlooker{Handler: slog.DiscardHandler, dialer: c.Dialer(), dials: make(map[string]int), lines: make(map[string]int)}
}

func (o *onlooker) config(c *kafkatest.Cluster) cluster.Config {
	return cluster.Config{BootstrapServers: c.BootstrapServers(), Dialer: o, Logger: slog.New(o)}
}

// DialContext counts the attempt.
func (o *onlooker) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	o.mu.Lock()
	o.dials[address]++
	o.mu.Unlock()
	return o.dialer.DialContext(ctx, network, address)
}

// Enabled is true for what users see.
func (o *onlooker) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle counts a line; its message is the cause.
func (o *onlooker) Handle(_ context.Context, r slog.Record) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines[r.Message]++
	return nil
}

// WithAttrs and WithGroup count all the same.
func (o *onlooker) WithAttrs([]slog.Attr) slog.Handler { return o }
func (o *onlooker) WithGroup(string) slog.Handler      { return o }

// forget begins to count anew.
func (o *onlooker) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	clear(o.dials)
	clear(o.lines)
}

// client is one that works until ctx ends, and tells of each success.
type client func(t *testing.T, ctx context.Context, cfg cluster.Config, worked chan<- struct{})

func tell(worked chan<- struct{}) {
	select {
	case worked <- struct{}{}:
	default:
	}
}

func produceOn(t *testing.T, ctx context.Context, cfg cluster.Config, worked chan<- struct{}) {
	p, err := producer.New(producer.Config{Config: cfg})
	if err != nil {
		t.Error(err)
		return
	}
	defer p.Close(context.WithoutCancel(ctx))
	for ctx.Err() == nil {
		f, err := p.Send(ctx, record.Record{Topic: topic, Value: []byte("x")})
		if err == nil {
			f.OnDone(func(_ producer.Metadata, err error) {
				if err == nil {
					tell(worked)
				}
			})
		}
		wait(ctx, 100*time.Millisecond)
	}
}

func consumeOn(group string) client {
	return func(t *testing.T, ctx context.Context, cfg cluster.Config, worked chan<- struct{}) {
		c, err := consumer.New(consumer.Config{Config: cfg, GroupID: group, AutoOffsetReset: consumer.ResetEarliest})
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close(context.WithoutCancel(ctx))
		if group != "" {
			err = c.Subscribe(topic)
		} else {
			err = c.Assign(consumer.TopicPartition{Topic: topic, Partition: 0})
		}
		if err != nil {
			t.Error(err)
			return
		}
		for ctx.Err() == nil {
			recs, err := c.Poll(ctx)
			if err != nil {
				wait(ctx, 100*time.Millisecond)
			}
			if len(recs) > 0 {
				tell(worked)
			}
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// TestOutage has all brokers down for ten minutes: a client tries each about once a
// second, logs a line per cause in ten seconds, and works again within ten seconds
// of their return.
func TestOutage(t *testing.T) {
	const outage = 10 * time.Minute
	for name, run := range map[string]client{"producer": produceOn, "consumer": consumeOn(""), "group": consumeOn("g")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := kafkatest.Start(t, kafkatest.InMemory(), kafkatest.Brokers(brokers), kafkatest.Topic(topic, 1))
				o, worked := newOnlooker(c), make(chan struct{}, 1)
				ctx, stop := context.WithCancel(t.Context())
				var work sync.WaitGroup
				defer work.Wait()
				defer stop()
				work.Go(func() { run(t, ctx, o.config(c), worked) })
				if name != "producer" { // somebody has to write
					other := newOnlooker(c)
					work.Go(func() { produceOn(t, ctx, other.config(c), make(chan struct{}, 1)) })
				}
				<-worked
				for node := range int32(brokers) {
					if err := c.Kill(node); err != nil {
						t.Fatal(err)
					}
				}
				<-time.After(10 * time.Second) // until the back-off has grown
				o.forget()
				<-time.After(outage)
				o.check(t, outage)
				for node := range int32(brokers) {
					if err := c.Restart(node); err != nil {
						t.Fatal(err)
					}
				}
				select {
				case <-worked: // perhaps of before
				default:
				}
				back := time.Now()
				<-worked
				if took := time.Since(back); took > 10*time.Second {
					t.Errorf("works again after %v", took)
				} else {
					t.Logf("works again after %v", took)
				}
			})
		})
	}
}

// check holds the counts against what an outage may cost.
func (o *onlooker) check(t *testing.T, outage time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.dials) < brokers {
		t.Errorf("dialed %v, which are not all brokers", o.dials)
	}
	for address, n := range o.dials {
		if n > int(outage/time.Second)*105/100 {
			t.Errorf("%s was dialed %d times in %v", address, n, outage)
		}
	}
	for cause, n := range o.lines {
		if n > int(outage/(10*time.Second))+1 {
			t.Errorf("%d lines in %v: %s", n, outage, cause)
		}
	}
	t.Log(fmt.Sprint("dials ", o.dials, ", lines ", o.lines))
}
