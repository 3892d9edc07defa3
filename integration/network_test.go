package integration

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// networkRecovery is how long records may stay away after a fault of the network is
// over.
const networkRecovery = 10 * time.Second

// networkTimeout is Config.RequestTimeout: of a connection whose other end is gone
// nothing tells a producer but that.
const networkTimeout = 5 * time.Second

// TestNetworkFaults does to a producer and a consumer what networks do, and tells
// how long they take to get over it, how many connections it costs, and how many
// records the producer gives up. Bytes are corrupted beneath TLS, which finds that
// out: in plain text only record batches have a checksum, and a flipped bit in an
// answer about topics or offsets is as good as what the broker meant.
func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []struct {
		name       string
		begin, end func(*kafkatest.Proxy)
		secured    bool
	}{
		{"latency of 200 ms each way",
			func(p *kafkatest.Proxy) {
				p.Delay(kafkatest.Requests, 200*time.Millisecond)
				p.Delay(kafkatest.Responses, 200*time.Millisecond)
			},
			func(p *kafkatest.Proxy) { p.Delay(kafkatest.Requests, 0); p.Delay(kafkatest.Responses, 0) }, false},
		{"resets", func(p *kafkatest.Proxy) { p.Reset() }, func(p *kafkatest.Proxy) { p.Reset() }, false},
		{"half-open connections", func(*kafkatest.Proxy) {}, func(p *kafkatest.Proxy) { p.HalfOpen() }, false},
		{"no requests pass",
			func(p *kafkatest.Proxy) { p.Hold(kafkatest.Requests) },
			func(p *kafkatest.Proxy) { p.Release(kafkatest.Requests) }, false},
		{"no responses pass",
			func(p *kafkatest.Proxy) { p.Hold(kafkatest.Responses) },
			func(p *kafkatest.Proxy) { p.Release(kafkatest.Responses) }, false},
		{"slow drip of 200 bytes/s",
			func(p *kafkatest.Proxy) { p.Drip(kafkatest.Responses, 200) },
			func(p *kafkatest.Proxy) { p.Drip(kafkatest.Responses, 0) }, false},
		{"a bit in 5000 bytes of responses flipped",
			func(p *kafkatest.Proxy) { p.Corrupt(kafkatest.Responses, 5000) },
			func(p *kafkatest.Proxy) { p.Corrupt(kafkatest.Responses, 0) }, true},
	} {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			options, trust := []kafkatest.Option{kafkatest.Topic("t", 1)}, (*tls.Config)(nil)
			if fault.secured {
				https := httptest.NewTLSServer(nil) // for its certificate, which is for 127.0.0.1
				defer https.Close()
				options = append(options, kafkatest.TLS(&tls.Config{Certificates: https.TLS.Certificates}))
				trust = https.Client().Transport.(*http.Transport).TLSClientConfig
			}
			l := startLine(t, kafkatest.Start(t, options...), trust)
			l.wait(t, 0)
			fault.begin(l.proxy)
			<-time.After(2 * time.Second)
			fault.end(l.proxy)
			over := time.Now()
			took := l.wait(t, l.sent.Load()+1) // of records from now on
			t.Logf("%s: recovery %v; %d attempts to connect failed, %d connections ended, %d records of %d failed", fault.name,
				time.Since(over).Round(time.Millisecond), l.refused.Load(), l.ended.Load(), l.failed.Load(), l.sent.Load())
			if took > networkRecovery {
				t.Errorf("recovery took %v", took)
			}
			if n := l.failed.Load(); n > 0 {
				t.Errorf("%d records failed", n)
			}
		})
	}
}

// line is a producer and a consumer behind a proxy.
type line struct {
	proxy                        *kafkatest.Proxy
	sent, failed, refused, ended atomic.Int64
	consumed                     chan int64 // the number in the latest record
}

func startLine(t *testing.T, c *kafkatest.Cluster, secured *tls.Config) *line {
	l := &line{proxy: kafkatest.StartProxy(t), consumed: make(chan int64, 1)}
	cfg := cluster.Config{
		BootstrapServers: c.BootstrapServers(), Dialer: l.proxy, TLS: secured, RequestTimeout: networkTimeout, Logger: slog.New(slog.DiscardHandler),
		Hooks: conn.Hooks{
			Connect: func(e conn.ConnectEvent) {
				if e.Err != nil {
					l.refused.Add(1)
				}
			},
			Disconnect: func(conn.DisconnectEvent) { l.ended.Add(1) },
		},
	}
	p, err := producer.New(producer.Config{Config: cfg})
	must(t, err)
	k, err := consumer.New(consumer.Config{Config: cfg, AutoOffsetReset: consumer.ResetEarliest})
	must(t, err)
	must(t, k.Assign(consumer.TopicPartition{Topic: "t"}))
	ctx, stop := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { l.produce(ctx, p) })
	work.Go(func() { l.consume(ctx, k) })
	t.Cleanup(func() {
		stop()
		work.Wait()
		ctx, cancel := closing()
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Error(err)
		}
		if err := k.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return l
}

// produce sends numbers, fifty in a second.
func (l *line) produce(ctx context.Context, p *producer.Producer) {
	for ticker := time.NewTicker(20 * time.Millisecond); ctx.Err() == nil; <-ticker.C {
		n := l.sent.Load() + 1
		f, err := p.Send(ctx, record.Record{Topic: "t", Value: strconv.AppendInt(nil, n, 10)})
		if err != nil {
			if ctx.Err() == nil {
				l.failed.Add(1)
			}
			continue
		}
		l.sent.Store(n)
		f.OnDone(func(_ producer.Metadata, err error) {
			if err != nil {
				l.failed.Add(1)
			}
		})
	}
}

// consume tells of the latest number.
func (l *line) consume(ctx context.Context, k *consumer.Consumer) {
	for ctx.Err() == nil {
		recs, _ := k.Poll(ctx) // an error is what faults are for: the number does not come
		for _, rec := range recs {
			n, err := strconv.ParseInt(string(rec.Value), 10, 64)
			if err != nil {
				continue
			}
			select {
			case <-l.consumed:
			default:
			}
			l.consumed <- n
		}
	}
}

// wait waits until a number or a later one was consumed, and returns for how long.
func (l *line) wait(t *testing.T, n int64) time.Duration {
	t.Helper()
	start, deadline := time.Now(), time.After(time.Minute)
	for {
		select {
		case got := <-l.consumed:
			if got >= n {
				return time.Since(start)
			}
		case <-deadline:
			t.Fatalf("record %d was not consumed within a minute; %d were sent, %d failed", n, l.sent.Load(), l.failed.Load())
		}
	}
}
