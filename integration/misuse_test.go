package integration

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// tryAll has a producer and consumers of a misconfigured client try to work for
// a while, and returns the errors by what was called.
func tryAll(t *testing.T, d time.Duration, target kafkabroker.Target, change func(*cluster.Config)) map[string]error {
	t.Helper()
	p := newProducer(t, target, func(cfg *producer.Config) { change(&cfg.Config) })
	alone := newConsumer(t, target, func(cfg *consumer.Config) { change(&cfg.Config) })
	must(t, alone.Assign(cluster.TopicPartition{Topic: "t"}))
	member := newConsumer(t, target, group("g"), func(cfg *consumer.Config) { change(&cfg.Config) })
	must(t, member.Subscribe("t"))
	calls := map[string]func(context.Context) error{
		"SendSync": func(ctx context.Context) error {
			_, err := p.SendSync(ctx, record.Record{Topic: "t", Value: []byte("v")})
			return err
		},
		"Poll":           func(ctx context.Context) error { _, err := alone.Poll(ctx); return err },
		"Poll, in group": func(ctx context.Context) error { _, err := member.Poll(ctx); return err },
		"EndOffsets": func(ctx context.Context) error {
			_, err := alone.EndOffsets(ctx, cluster.TopicPartition{Topic: "t"})
			return err
		},
		"Committed": func(ctx context.Context) error {
			_, err := member.Committed(ctx, cluster.TopicPartition{Topic: "t"})
			return err
		},
	}
	errs := make(map[string]error)
	var mu sync.Mutex
	var wg sync.WaitGroup
	ctx := within(t, d)
	for name, call := range calls {
		wg.Go(func() {
			start := time.Now()
			err := call(ctx)
			if took := time.Since(start); took > d+closeSlack {
				t.Errorf("%s took %v, with a deadline of %v", name, took, d)
			}
			mu.Lock()
			defer mu.Unlock()
			errs[name] = err
		})
	}
	wg.Wait()
	return errs
}

// wantAll checks that all of the errors name the phrases.
func wantAll(t *testing.T, errs map[string]error, phrases ...string) {
	t.Helper()
	for name, err := range errs {
		t.Run(name, func(t *testing.T) { wantError(t, err, phrases...) })
	}
}

// address is a target of which only the address is known.
type address string

func (address) Version() string              { return kafkabroker.Running }
func (a address) BootstrapServers() []string { return []string{string(a)} }

func TestNothingListens(t *testing.T) {
	t.Parallel()
	kafkatest.CheckLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed := l.Addr().String()
	must(t, l.Close())
	errs := tryAll(t, 500*time.Millisecond, address(closed), func(*cluster.Config) {})
	wantAll(t, errs, closed, "connection refused", "nothing listens there: is the broker running", "bootstrap servers")
}

func TestWebServer(t *testing.T) {
	t.Parallel()
	kafkatest.CheckLeaks(t)
	web := httptest.NewServer(nil)
	defer web.Close()
	at := web.Listener.Addr().String()
	// It waits for the end of a line, which comes once it did not answer the first
	// question for a quarter of the timeout.
	errs := tryAll(t, 10*time.Second, address(at), func(cfg *cluster.Config) { cfg.ConnectTimeout = 2 * time.Second })
	wantAll(t, errs, at, "HTTP/1.1 400", "a web server listens there")
	for name, err := range errs {
		if errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s has waited though nothing could get better: %v", name, err)
		}
	}
}

// TestTLSMismatch speaks plaintext to a TLS port, TLS to a plaintext port, and
// TLS without trust in the brokers' authority.
func TestTLSMismatch(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if !can(target, tlsListeners) {
			errs := tryAll(t, 3*time.Second, target, func(cfg *cluster.Config) { cfg.TLS = &tls.Config{} })
			wantAll(t, errs, target.BootstrapServers()[0], "Config.TLS nil (security.protocol=PLAINTEXT)")
			return
		}
		secure, trusting := startTLS(t, target)
		t.Run("match", func(t *testing.T) {
			topic := kafkabroker.UniqueName(t)
			p := newProducer(t, secure, func(cfg *producer.Config) { cfg.TLS = trusting })
			places := send(t, p, numbered(topic, 100)...)
			c := newConsumer(t, secure, func(cfg *consumer.Config) { cfg.TLS = trusting })
			must(t, c.Assign(partitionsOf(topic, 1)...))
			checkReceived(t, receive(t, c, 100), numbered(topic, 100), places)
		})
		for name, mistake := range map[string]struct {
			target kafkabroker.Target
			change func(*cluster.Config)
			want   string
		}{
			"plaintext to TLS": {secure, func(*cluster.Config) {}, "Config.TLS"},
			"TLS to plaintext": {target, func(cfg *cluster.Config) { cfg.TLS = trusting }, "Config.TLS nil (security.protocol=PLAINTEXT)"},
			"no trust":         {secure, func(cfg *cluster.Config) { cfg.TLS = distrusting(trusting) }, "signed by unknown authority (set TLS.RootCAs (ssl.ca.location"},
		} {
			t.Run(name, func(t *testing.T) {
				errs := tryAll(t, 3*time.Second, mistake.target, mistake.change)
				wantAll(t, errs, mistake.target.BootstrapServers()[0], mistake.want)
			})
		}
	})
}

// TestUnknownTopic asks for a topic that is not, and not to be created.
func TestUnknownTopic(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := kafkabroker.UniqueName(t)
		p := newProducer(t, target, func(cfg *producer.Config) { cfg.DisableAutoTopicCreation = true })
		want := []string{topic, "UNKNOWN_TOPIC_OR_PARTITION", "context deadline exceeded"}
		if !can(target, choosesCreation) {
			want = []string{topic, "DisableAutoTopicCreation", "Kafka 0.11 or later is needed"}
		}
		_, err := p.Send(within(t, briefly(target)), record.Record{Topic: topic})
		wantError(t, err, want...)
		for name, subscribe := range map[string]func(*consumer.Consumer) error{
			"Subscribe": func(c *consumer.Consumer) error { return c.Subscribe(topic) },
			"Assign":    func(c *consumer.Consumer) error { return c.Assign(cluster.TopicPartition{Topic: topic}) },
		} {
			t.Run(name, func(t *testing.T) {
				c := newConsumer(t, target, group(topic), func(cfg *consumer.Config) { cfg.DisableAutoTopicCreation = true })
				must(t, subscribe(c))
				_, err := c.Poll(within(t, 2*briefly(target)))
				wantError(t, err, want...)
			})
		}
	})
}

// TestUnknownPartition asks for a partition that its topic does not have.
func TestUnknownPartition(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 2)
		p := newProducer(t, target, func(cfg *producer.Config) { cfg.Partitioner = partitioner.Manual })
		_, err := p.Send(soon(t), record.Record{Topic: topic, Partition: 2})
		wantError(t, err, "partition 2 of topic "+topic, "partitions 0 to 1")
		c := newConsumer(t, target)
		must(t, c.Assign(cluster.TopicPartition{Topic: topic, Partition: 2}))
		_, err = c.Poll(within(t, briefly(target)))
		wantError(t, err, topic+"-2", "context deadline exceeded")
	})
}

// TestRecordTooLarge sends what the topic does not take. (What the client does
// not take is in TestLargestRecord.)
func TestRecordTooLarge(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		topic, tooLarge := "", 3000
		if can(target, topicConfigs) {
			topic = newTopic(t, target, 1, "max.message.bytes", "2000")
		} else {
			topic, tooLarge = newTopic(t, target, 1), maxMessage(target)
		}
		p := newProducer(t, target)
		send(t, p, record.Record{Topic: topic, Value: noise(1000, 1)})
		_, err := p.SendSync(soon(t), record.Record{Topic: topic, Value: noise(tooLarge, 1)})
		wantError(t, err, topic+"-0", "MESSAGE_TOO_LARGE", "max.message.bytes")
		var failed *producer.DeliveryError
		if !errors.As(err, &failed) || failed.PossiblyWritten || !errors.Is(err, protocol.ErrMessageTooLarge) {
			t.Errorf("the error is %#v", err)
		}
		if at := send(t, p, record.Record{Topic: topic, Value: noise(1000, 1)}); at[0].Offset != 1 {
			t.Errorf("the next record is at offset %d, want 1", at[0].Offset)
		}
	})
}

// TestGroupMistakes has members whose settings the group does not allow.
func TestGroupMistakes(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		topic := newTopic(t, target, 1)
		t.Run("session timeout", func(t *testing.T) {
			c := newConsumer(t, target, group(topic), func(cfg *consumer.Config) {
				cfg.SessionTimeout, cfg.HeartbeatInterval = 2*time.Second, time.Second
			})
			must(t, c.Subscribe(topic))
			_, err := c.Poll(soon(t))
			wantError(t, err, "INVALID_SESSION_TIMEOUT", "SessionTimeout (session.timeout.ms)", "session timeout 2s", "group.min.session.timeout.ms")
		})
		t.Run("assignors", func(t *testing.T) {
			with := func(a assignors.Assignor) func(*consumer.Config) {
				return func(cfg *consumer.Config) { cfg.Assignors = []assignors.Assignor{a} }
			}
			var l ledger
			first := join(t, target, topic, topic, &l, with(assignors.Range()))
			eventually(t, patience, func() error { return shared(partitionsOf(topic, 1), first) })
			c := newConsumer(t, target, group(topic), with(assignors.RoundRobin()))
			must(t, c.Subscribe(topic))
			_, err := c.Poll(soon(t))
			wantError(t, err, "INCONSISTENT_GROUP_PROTOCOL", "roundrobin", "partition.assignment.strategy", topic)
		})
	})
}
