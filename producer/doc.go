// Package producer sends records to a Kafka cluster.
//
// [Producer.Send] encodes a record at once into the current batch of its
// partition and returns a [Future]. A goroutine for each broker, the sink,
// takes batches that are due, packs them into requests and handles the answers:
//
//	Send → partition (batches in order) → sink (one a broker) → conn
//	          ↑ retry                        |
//	          └───────── outcome ────────────┘
//
// A partition keeps its batches in order whatever happens: after a failure it
// sends nothing new until the answers to all that it has in flight are known,
// and then sends again what failed, in the old order. With idempotence, which
// is on by default, the broker drops what it has already.
//
// With Config.TransactionalID, records are sent within transactions:
//
//	outcome, err := p.Transact(ctx, func(tx *producer.Tx) error {
//		_, err := tx.Send(ctx, rec)
//		return err
//	})
//
// [Tx] tells what can go wrong, and what then. transaction_state.go has the states
// without I/O, transactions.go drives them. Package exactlyonce commits what was
// consumed along with what was produced. Sources: KIP-98, KIP-360, KIP-447,
// KIP-588, KIP-890, KIP-1050.
package producer
