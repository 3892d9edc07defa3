package kafkabroker

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
)

// AtLeast says whether the cluster runs the release given by its leading numbers,
// or a later one.
func (c *Cluster) AtLeast(parts ...int) bool { return c.release.atLeast(parts...) }

// CreateTopic creates a topic in ZooKeeper, for releases before 0.10.1, whose
// brokers cannot be asked for it. It writes what their tool writes, as a Java
// machine for each topic would take longer than most tests. Configs are names and
// values in turn; they came with 0.8.1.
func (c *Cluster) CreateTopic(ctx context.Context, name string, partitions int, configs ...string) error {
	if c.release.atLeast(0, 10, 1) {
		return fmt.Errorf("kafkabroker: ask a broker for topic %s: Kafka %s can", name, c.release)
	}
	config, err := topicConfig(configs)
	if err != nil {
		return err
	}
	assignment, err := c.assignment(partitions)
	if err != nil {
		return err
	}
	return inZooKeeper(ctx, c.zooKeeper.address(), func(s zooKeeperSession) error {
		if c.release.atLeast(0, 8, 1) {
			if err := s.create("/config/topics/"+name, config); err != nil {
				return err
			}
		}
		return s.create("/brokers/topics/"+name, assignment)
	})
}

// assignment places a topic's replicas on the brokers in turn.
func (c *Cluster) assignment(partitions int) ([]byte, error) {
	factor, _ := c.config.replication()
	replicas := make(map[string][]int32, partitions)
	for p := range partitions {
		var on []int32
		for r := range factor {
			on = append(on, int32((p+r)%c.config.Nodes+1))
		}
		replicas[strconv.Itoa(p)] = on
	}
	return json.Marshal(map[string]any{"version": 1, "partitions": replicas})
}

func topicConfig(configs []string) ([]byte, error) {
	config := make(map[string]string)
	for i := 0; i+1 < len(configs); i += 2 {
		config[configs[i]] = configs[i+1]
	}
	return json.Marshal(map[string]any{"version": 1, "config": config})
}
