// Package parallel handles the records of a consumer by many goroutines, and
// commits no record before it and all before it in its partition are handled.
//
//	err := parallel.Run(ctx, parallel.Config{
//		Consumer: consumer.Config{GroupID: "billing"},
//		Topics:   []string{"orders"},
//		Order:    parallel.ByKey,
//		Handle: func(ctx context.Context, rec *record.Record) error {
//			return bill(ctx, rec.Value)
//		},
//	})
//
// Handlers finish in any order; a [Tracker] finds the offsets up to which all is
// done, and only these are committed. After a crash the records behind them come
// again: reading is at least once. A partition that is given up to another member
// is given up when its handlers have finished, and what they did is committed
// first; one that was lost is not committed any more, whenever they finish.
//
// Whoever has an executor of his own needs a [Tracker] alone.
package parallel
