package kafkabroker

import (
	"context"
	"fmt"
	"strconv"
)

// AtLeast says whether the cluster runs the release given by its leading numbers,
// or a later one.
func (c *Cluster) AtLeast(parts ...int) bool { return c.release.atLeast(parts...) }

// CreateTopic creates a topic over ZooKeeper by the release's own tool, for
// releases before 0.10.1, whose brokers cannot be asked for it. Configs are names
// and values in turn; they came with 0.8.1.
func (c *Cluster) CreateTopic(ctx context.Context, name string, partitions int, configs ...string) error {
	if c.zooKeeper == nil {
		return fmt.Errorf("kafkabroker: Kafka %s has no ZooKeeper", c.release)
	}
	factor, _ := c.config.replication()
	if !c.release.atLeast(0, 8, 1) {
		return c.runTool(ctx, "kafka.admin.CreateTopicCommand", "--zookeeper", c.zooKeeper.address(),
			"--topic", name, "--partition", strconv.Itoa(partitions), "--replica", strconv.Itoa(factor))
	}
	args := []string{"--create", "--zookeeper", c.zooKeeper.address(), "--topic", name,
		"--partitions", strconv.Itoa(partitions), "--replication-factor", strconv.Itoa(factor)}
	for i := 0; i+1 < len(configs); i += 2 {
		args = append(args, "--config", configs[i]+"="+configs[i+1])
	}
	return c.runTool(ctx, "kafka.admin.TopicCommand", args...)
}
