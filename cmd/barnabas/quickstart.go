package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cmd/barnabas/internal/quickstart"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/properties"
)

const quickstartHelp = `Creates a topic, produces records to it and consumes them in a group at the same
time, as fast as it goes, and deletes the topic again. It prints rates, latencies
and a verdict: whether every record arrived once and in order within its
partition. If not, the exit code is 4.

Without --bootstrap-server it starts a broker of its own in this process. At full
speed latencies are mostly time spent in buffers.`

// quickstartFlags are the command's flags.
type quickstartFlags struct {
	*connection
	records    int64
	size       int
	partitions int32
	replicas   int16
}

func newQuickstart(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use: "quickstart", Short: "send a million records there and back, and check each", Long: quickstartHelp, Args: cobra.NoArgs,
	}
	q := &quickstartFlags{connection: addConnection(cmd, s, properties.AllClients)}
	f := cmd.Flags()
	f.SortFlags = false
	f.Int64VarP(&q.records, "records", "c", 1_000_000, "number of records")
	f.IntVar(&q.size, "size", 100, "bytes of each record's value")
	f.Int32VarP(&q.partitions, "partitions", "p", 8, "partitions of the topic")
	f.Int16VarP(&q.replicas, "replication-factor", "r", 0, "replicas of each (default 3, or as many brokers as there are)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return q.run(cmd.Context()) }
	return cmd
}

func (q *quickstartFlags) run(ctx context.Context) error {
	switch {
	case q.records < 1 || q.records > math.MaxInt32*100:
		return usage("--records %d: must be 1 to %d", q.records, int64(math.MaxInt32)*100)
	case q.size < quickstart.MinSize || q.size > math.MaxInt32:
		return usage("--size %d: must be %d to %d", q.size, quickstart.MinSize, math.MaxInt32)
	case q.partitions < 1 || q.partitions > 10_000:
		return usage("--partitions %d: must be 1 to 10000", q.partitions)
	}
	cfg, p, err := q.config()
	if err != nil {
		return err
	}
	where := strings.Join(cfg.BootstrapServers, ",")
	if len(cfg.BootstrapServers) == 0 {
		broker, err := kafkatest.New()
		if err != nil {
			return err
		}
		defer broker.Close()
		where = "embedded, " + strings.Join(broker.BootstrapServers(), ",")
		p = p.With(kafka.Properties{"bootstrap.servers": strings.Join(broker.BootstrapServers(), ",")})
		cfg.BootstrapServers = broker.BootstrapServers()
	}
	version, err := q.reach(ctx, cfg)
	if err != nil {
		return err
	}
	topic := "barnabas-quickstart-" + strings.ToLower(rand.Text()[:8])
	if _, err := fmt.Fprintf(q.out, "broker    %s (Kafka %s)\ntopic     %s, %d partitions\n", where, version.Release, topic, q.partitions); err != nil {
		return err
	}
	return q.onTopic(ctx, cfg, p, topic)
}

// onTopic runs on a topic that exists for it alone.
func (q *quickstartFlags) onTopic(ctx context.Context, cfg kafka.Config, p kafka.Properties, topic string) (err error) {
	if err := withAdmin(ctx, cfg, q.timeout, func(ctx context.Context, a *kafka.Admin) error { return q.createTopic(ctx, a, topic) }); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, withAdmin(context.WithoutCancel(ctx), cfg, q.timeout, func(ctx context.Context, a *kafka.Admin) error {
			_, err := a.DeleteTopics(ctx, topic)
			return err
		}))
	}()
	workload, err := q.workload(p, topic)
	if err != nil {
		return err
	}
	progress := &quickstart.Progress{}
	stop := q.showProgress(progress)
	report, err := quickstart.Run(ctx, workload, progress)
	stop()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(q.out, report.String()); err != nil {
		return err
	}
	if err := report.Verdict(); err != nil {
		return &verdictError{err}
	}
	return nil
}

func (q *quickstartFlags) createTopic(ctx context.Context, a *kafka.Admin, topic string) error {
	replicas := q.replicas
	if replicas == 0 {
		c, err := a.DescribeCluster(ctx)
		if err != nil {
			return err
		}
		replicas = int16(min(3, len(c.Nodes)))
	}
	_, err := a.CreateTopics(ctx, kafka.CreateTopicsOptions{}, kafka.NewTopic{Name: topic, Partitions: q.partitions, ReplicationFactor: replicas})
	return err
}

// workload returns what to do, with the clients configured by the properties.
func (q *quickstartFlags) workload(p kafka.Properties, topic string) (quickstart.Config, error) {
	p = p.With(kafka.Properties{"group.id": topic})
	producer, err := p.Producer()
	if err != nil {
		return quickstart.Config{}, &propertyError{err}
	}
	consumer, err := p.Consumer()
	if err != nil {
		return quickstart.Config{}, &propertyError{err}
	}
	logger := q.logger(q.level())
	producer.Logger, consumer.Logger = logger, logger
	return quickstart.Config{
		Producer: producer, Consumer: consumer,
		Topic: topic, Partitions: q.partitions, Records: q.records, Size: q.size, Patience: q.timeout,
	}, nil
}

// showProgress shows how far a run is until the function returned is called.
func (q *quickstartFlags) showProgress(progress *quickstart.Progress) (stop func()) {
	if q.quiet {
		return func() {}
	}
	interval := 2 * time.Second
	if q.interactive() {
		interval = 100 * time.Millisecond
	}
	bar := &bar{out: q.err, drawn: q.interactive(), total: q.records}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				bar.show(progress)
			case <-quit:
				bar.end(progress)
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}
