package consumer_test

import (
	"context"
	"log"

	"github.com/barnabas-go/kafka/consumer"
)

// Read values that are JSON; one that is not is told of, and passed over.
func ExampleNewTyped() {
	type order struct {
		ID    string
		Cents int
	}
	ctx := context.Background()
	c, err := consumer.New(consumer.Config{GroupID: "billing"})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close(ctx)
	if err := c.Subscribe("orders"); err != nil {
		log.Fatal(err)
	}
	orders := consumer.NewTyped(c, consumer.String, consumer.JSON[order])
	for m, err := range orders.Records(ctx) {
		if err != nil {
			log.Print(err) // a *consumer.DeserializationError has the record
			continue
		}
		log.Print(m.Key, m.Value.Cents, m.Offset)
	}
}

// Handle records in batches: what is marked is committed, what is not comes again.
func ExampleConsumer_Scoped() {
	ctx := context.Background()
	c, err := consumer.New(consumer.Config{GroupID: "billing", DisableAutoCommit: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close(ctx)
	if err := c.Subscribe("orders"); err != nil {
		log.Fatal(err)
	}
	for {
		err := c.Scoped(ctx, func(s *consumer.Scope) error {
			records, err := c.Poll(ctx)
			for i := range records {
				if len(records[i].Value) == 0 {
					break // not now: this one comes again, and those behind it
				}
				s.Mark(&records[i])
			}
			return err
		})
		if err != nil {
			log.Fatal(err)
		}
	}
}
