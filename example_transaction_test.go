package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/exactlyonce"
)

// Two records that are seen together by readers of committed records, or never.
func Example_transaction() {
	ctx := context.Background()
	p, err := kafka.NewProducer(kafka.ProducerConfig{TransactionalID: "billing-1"})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close(ctx)
	outcome, err := p.Transact(ctx, func(tx *kafka.Tx) error {
		if _, err := tx.Send(ctx, kafka.Record{Topic: "debits", Key: []byte("alice"), Value: []byte("5")}); err != nil {
			return err
		}
		_, err := tx.Send(ctx, kafka.Record{Topic: "credits", Key: []byte("bob"), Value: []byte("5")})
		return err
	})
	var abortable *kafka.AbortableError
	switch {
	case err == nil:
		fmt.Println(outcome) // committed
	case outcome == kafka.Unknown:
		log.Fatal(err) // it may be committed: look before doing the same again
	case errors.As(err, &abortable):
		log.Print(err) // nothing has happened, and another try may succeed
	default:
		log.Fatal(err) // a *kafka.FatalError, for instance
	}
}

// Each order has one total, however often processes die in between.
func Example_exactlyOnce() {
	total := func(order []byte) []byte { return fmt.Appendf(nil, "%d", len(order)) }
	err := exactlyonce.Run(context.Background(), exactlyonce.Config{
		Consumer: kafka.ConsumerConfig{GroupID: "totals", AutoOffsetReset: kafka.ResetEarliest},
		Producer: kafka.ProducerConfig{TransactionalID: "totals-1"}, // another for each process
		Topics:   []string{"orders"},
		Process: func(ctx context.Context, tx *kafka.Tx, records []kafka.Record) error {
			for _, rec := range records {
				if _, err := tx.Send(ctx, kafka.Record{Topic: "totals", Key: rec.Key, Value: total(rec.Value)}); err != nil {
					return err
				}
			}
			return nil
		},
	})
	log.Fatal(err)
}
