// Package exactlyonce consumes, transforms and produces so that each input record
// has its effect exactly once: the records that are sent and the offsets of those
// that were consumed are committed in one transaction (KIP-98, KIP-447).
//
//	err := exactlyonce.Run(ctx, exactlyonce.Config{
//		Consumer: consumer.Config{GroupID: "totals"},
//		Producer: producer.Config{TransactionalID: "totals-1"}, // another for each process
//		Topics:   []string{"orders"},
//		Process: func(ctx context.Context, tx *producer.Tx, records []record.Record) error {
//			for _, rec := range records {
//				if _, err := tx.Send(ctx, record.Record{Topic: "totals", Value: total(rec)}); err != nil {
//					return err
//				}
//			}
//			return nil
//		},
//	})
//
// A transaction has what comes within Config.CommitInterval, so that commits cost
// little; where partitions are about to go to others it ends before.
//
// Any number of processes may share the work in one group. One that is killed,
// loses its connections or is taken for dead leaves nothing behind: its open
// transaction is aborted, and its partitions' next owner starts at the last offset
// that was committed, once no transaction can change it any more. What Process does
// beside tx, such as writing to a database, is not part of this.
//
// Readers of the output need consumer.ReadCommitted. Brokers must be of Kafka 2.5
// or later, since older ones cannot tell a member whose partitions have gone to
// others.
package exactlyonce
