package producer_test

import (
	"context"
	"log"

	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/record"
)

// Send many records, and hear of those that were not delivered.
func ExampleFuture_OnDone() {
	ctx := context.Background()
	p, err := producer.New(producer.Config{})
	if err != nil {
		log.Fatal(err)
	}
	for range 1000 {
		f, err := p.Send(ctx, record.Record{Topic: "clicks", Value: []byte("here")})
		if err != nil {
			log.Fatal(err)
		}
		f.OnDone(func(at producer.Metadata, err error) {
			if err != nil {
				log.Print(err) // a *producer.DeliveryError
			}
		})
	}
	if err := p.Close(ctx); err != nil { // after all callbacks
		log.Fatal(err)
	}
}

// Send values as JSON, with keys that are text.
func ExampleNewTyped() {
	type order struct {
		ID    string
		Cents int
	}
	ctx := context.Background()
	p, err := producer.New(producer.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close(ctx)
	orders := producer.NewTyped(p, producer.String, producer.JSON[order])
	o := order{ID: "7", Cents: 1250}
	if _, err := orders.SendSync(ctx, producer.Message[string, order]{Topic: "orders", Key: o.ID, Value: o}); err != nil {
		log.Fatal(err)
	}
}
