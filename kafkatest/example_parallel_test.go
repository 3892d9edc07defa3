package kafkatest_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"sync/atomic"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/parallel"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// Orders of one customer are billed one after the other, those of several at the
// same time; none is committed before it is billed.
func Example_parallel() {
	c, err := kafkatest.New(kafkatest.Topic("orders", 2))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	shared := cluster.Config{BootstrapServers: c.BootstrapServers(), Logger: slog.New(slog.DiscardHandler)}
	p, err := producer.New(producer.Config{Config: shared})
	if err != nil {
		log.Fatal(err)
	}
	for i := range 100 {
		order := record.Record{Topic: "orders", Key: fmt.Appendf(nil, "customer %d", i%10), Value: fmt.Appendf(nil, "order %d", i)}
		if _, err := p.Send(context.Background(), order); err != nil {
			log.Fatal(err)
		}
	}
	if err := p.Close(context.Background()); err != nil {
		log.Fatal(err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	var billed atomic.Int64
	err = parallel.Run(ctx, parallel.Config{
		Consumer: consumer.Config{Config: shared, GroupID: "billing", AutoOffsetReset: consumer.ResetEarliest},
		Topics:   []string{"orders"},
		Order:    parallel.ByKey,
		Handle: func(ctx context.Context, rec *record.Record) error {
			if billed.Add(1) == 100 {
				cancel() // that is all for today
			}
			return nil
		},
	})
	fmt.Println(billed.Load(), "orders are billed:", err)
	// Output: 100 orders are billed: context canceled
}
