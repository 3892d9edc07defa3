package transactions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/exactlyonce"
)

// workerVariable has what a process of the test binary shall do that is a worker:
// the bootstrap servers, the input, the output, the group, the transactional id.
const workerVariable = "EXACTLY_ONCE_WORKER"

// workerSession is after how long the group gives a silent worker up.
const workerSession = 2 * time.Second

// runWorker copies one topic into another if the process was started to do so. It
// ends by being killed.
func runWorker() bool {
	spec := strings.Split(os.Getenv(workerVariable), " ")
	if len(spec) != 5 {
		return false
	}
	cut := new(cutter)
	go cut.run(context.Background(), time.Second)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	for {
		err := copyTopic(kafka.Config{BootstrapServers: strings.Split(spec[0], ","), Logger: log, Dialer: cut}, spec[1], spec[2], spec[3], spec[4])
		var fenced *kafka.FencedError
		if !errors.As(err, &fenced) {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		log.Warn("starting again", "error", err)
	}
}

func copyTopic(cluster kafka.Config, input, output, group, id string) error {
	return exactlyonce.Run(context.Background(), exactlyonce.Config{
		Consumer: kafka.ConsumerConfig{
			Config: cluster, GroupID: group, AutoOffsetReset: kafka.ResetEarliest,
			SessionTimeout: workerSession, HeartbeatInterval: 500 * time.Millisecond, MaxPollRecords: 2000,
			MaxPollInterval: 2 * workerSession, // for so long the embedded broker waits for members that were killed
		},
		Producer: kafka.ProducerConfig{Config: cluster, TransactionalID: id, TransactionTimeout: 10 * time.Second},
		Topics:   []string{input},
		Process: func(ctx context.Context, tx *kafka.Tx, records []kafka.Record) error {
			for _, rec := range records {
				if _, err := tx.Send(ctx, kafka.Record{Topic: output, Key: rec.Key, Value: rec.Value}); err != nil {
					return err
				}
			}
			return nil
		},
	})
}
