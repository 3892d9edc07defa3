package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/barnabas-go/kafka/kafkatest"
)

func newBroker(s streams) *cobra.Command {
	var (
		brokers, port, autoCreate int
		topics                    []string
		release                   string
	)
	cmd := &cobra.Command{
		Use:   "broker",
		Short: "run embedded brokers until Ctrl-C, to try things out",
		Long: `Runs a cluster of embedded brokers, which keep everything in memory, until Ctrl-C.
Its address for -b is printed on stdout.`,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.IntVarP(&port, "port", "p", 9092, "port of the first broker, the others follow; 0 for any free ones")
	f.IntVarP(&brokers, "brokers", "n", 1, "number of brokers")
	f.StringArrayVarP(&topics, "topic", "t", nil, "create a topic: NAME, or NAME:PARTITIONS")
	f.IntVar(&autoCreate, "auto-create", 1, "partitions of topics that come to be by their use; 0: they do not")
	f.StringVar(&release, "release", "", "speak the API versions of a release of Kafka, such as 2.8 (default the newest)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		opts, err := brokerOptions(brokers, port, autoCreate, topics)
		if err != nil {
			return err
		}
		if release != "" {
			opts = append(opts, kafkatest.Release(release))
		}
		c, err := kafkatest.New(opts...)
		if err != nil {
			return fmt.Errorf("%w; --port takes another port, 0 any free one", err)
		}
		defer c.Close()
		if _, err := fmt.Fprintln(s.out, strings.Join(c.BootstrapServers(), ",")); err != nil {
			return err
		}
		fmt.Fprintln(s.err, "running; records are kept in memory, and gone after Ctrl-C")
		<-cmd.Context().Done()
		return nil
	}
	return cmd
}

// brokerOptions returns the options that flags stand for.
func brokerOptions(brokers, port, autoCreate int, topics []string) ([]kafkatest.Option, error) {
	if brokers < 1 || brokers > 100 {
		return nil, usage("--brokers %d: must be 1 to 100", brokers)
	}
	if port < 0 || port > 65535-brokers+1 {
		return nil, usage("--port %d: must be 0, or a port from 1 to %d", port, 65535-brokers+1)
	}
	opts := []kafkatest.Option{kafkatest.Brokers(brokers)}
	if port > 0 {
		ports := make([]int, brokers)
		for i := range ports {
			ports[i] = port + i
		}
		opts = append(opts, kafkatest.Ports(ports...))
	}
	if autoCreate > 0 {
		opts = append(opts, kafkatest.AutoCreateTopics(autoCreate))
	}
	for _, t := range topics {
		name, count, ok := strings.Cut(t, ":")
		partitions := 1
		if ok {
			var err error
			if partitions, err = strconv.Atoi(count); err != nil || partitions < 1 {
				return nil, usage("--topic %s: write NAME:PARTITIONS", t)
			}
		}
		opts = append(opts, kafkatest.Topic(name, partitions))
	}
	return opts, nil
}
