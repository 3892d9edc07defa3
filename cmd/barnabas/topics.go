package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/properties"
	"github.com/barnabas-go/kafka/protocol"
)

func newTopics(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "topics", Short: "list, describe, create and delete topics", Args: cobra.NoArgs}
	c := addConnection(cmd, s, properties.Admins)
	cmd.AddCommand(newTopicsList(c), newTopicsDescribe(c), newTopicsCreate(c), newTopicsDelete(c))
	cmd.RunE = func(*cobra.Command, []string) error {
		return usage("topics needs one of list, describe, create, delete")
	}
	return cmd
}

// topicArgs adds -t, which is as good as an argument, and returns the names that
// were given by both.
func topicArgs(cmd *cobra.Command) func(args []string) []string {
	var flag []string
	cmd.Flags().StringSliceVarP(&flag, "topic", "t", nil, "a topic, as an argument is")
	return func(args []string) []string { return slices.Concat(flag, args) }
}

func newTopicsList(c *connection) *cobra.Command {
	var asJSON, noInternal bool
	cmd := &cobra.Command{
		Use: "list", Short: "print the names of all topics, one a line", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.admin(cmd.Context(), func(ctx context.Context, a *kafka.Admin) error {
				topics, err := a.ListTopics(ctx)
				if err != nil {
					return err
				}
				topics = slices.DeleteFunc(topics, func(t kafka.Topic) bool { return noInternal && t.Internal })
				if asJSON {
					return c.printTopicsJSON(topics)
				}
				for _, t := range topics {
					if _, err := fmt.Fprintln(c.out, t.Name); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVarP(&asJSON, "json", "J", false, "describe each topic by a line of JSON")
	cmd.Flags().BoolVar(&noInternal, "exclude-internal", false, "leave out Kafka's own topics")
	return cmd
}

func newTopicsDescribe(c *connection) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "describe [TOPIC...]", Short: "print partitions, leaders and replicas, of all topics if none is named",
	}
	names := topicArgs(cmd)
	cmd.Flags().BoolVarP(&asJSON, "json", "J", false, "describe each topic by a line of JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.admin(cmd.Context(), func(ctx context.Context, a *kafka.Admin) error {
			var topics []kafka.Topic
			var err error
			if list := names(args); len(list) > 0 {
				topics, err = describeTopics(ctx, a, list...)
			} else {
				topics, err = a.ListTopics(ctx)
			}
			topics = slices.DeleteFunc(topics, func(t kafka.Topic) bool { return t.Err != nil })
			if asJSON {
				return errors.Join(err, c.printTopicsJSON(topics))
			}
			return errors.Join(err, c.printTopics(topics))
		})
	}
	return cmd
}

// printTopics prints topics as kafka-topics.sh does.
func (c *connection) printTopics(topics []kafka.Topic) error {
	var b strings.Builder
	for _, t := range topics {
		replicas := 0
		if len(t.Partitions) > 0 {
			replicas = len(t.Partitions[0].Replicas)
		}
		fmt.Fprintf(&b, "Topic: %s\tTopicId: %s\tPartitionCount: %d\tReplicationFactor: %d\n", t.Name, t.ID, len(t.Partitions), replicas)
		for _, p := range t.Partitions {
			leader := "none"
			if p.Leader != cluster.NoNode {
				leader = strconv.Itoa(int(p.Leader))
			}
			fmt.Fprintf(&b, "\tTopic: %s\tPartition: %d\tLeader: %s\tReplicas: %s\tIsr: %s\n",
				t.Name, p.Partition, leader, nodeList(p.Replicas), nodeList(p.ISR))
		}
	}
	_, err := fmt.Fprint(c.out, b.String())
	return err
}

func nodeList(ids []int32) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.Itoa(int(id))
	}
	return strings.Join(texts, ",")
}

type topicJSON struct {
	Name       string          `json:"topic"`
	ID         string          `json:"id"`
	Internal   bool            `json:"internal"`
	Partitions []partitionJSON `json:"partitions"`
}

type partitionJSON struct {
	Partition   int32   `json:"partition"`
	Leader      int32   `json:"leader"`
	LeaderEpoch int32   `json:"leader_epoch"`
	Replicas    []int32 `json:"replicas"`
	ISR         []int32 `json:"isr"`
	Offline     []int32 `json:"offline"`
}

func (c *connection) printTopicsJSON(topics []kafka.Topic) error {
	out := json.NewEncoder(c.out)
	for _, t := range topics {
		j := topicJSON{Name: t.Name, ID: t.ID.String(), Internal: t.Internal, Partitions: []partitionJSON{}}
		for _, p := range t.Partitions {
			j.Partitions = append(j.Partitions, partitionJSON{p.Partition, p.Leader, p.LeaderEpoch, p.Replicas, p.ISR, p.Offline})
		}
		if err := out.Encode(j); err != nil {
			return err
		}
	}
	return nil
}

func newTopicsCreate(c *connection) *cobra.Command {
	var (
		topic    kafka.NewTopic
		configs  []string
		existsOK bool
		validate bool
	)
	cmd := &cobra.Command{Use: "create TOPIC...", Short: "create topics, and wait until they can be used"}
	names := topicArgs(cmd)
	f := cmd.Flags()
	f.Int32VarP(&topic.Partitions, "partitions", "p", 0, "number of partitions (default the broker's num.partitions)")
	f.Int16VarP(&topic.ReplicationFactor, "replication-factor", "r", 0, "replicas of each (default the broker's default.replication.factor)")
	f.StringArrayVar(&configs, "config", nil, "set a configuration of the topics, key=value")
	f.BoolVar(&existsOK, "if-not-exists", false, "do nothing about topics that exist already")
	f.BoolVar(&validate, "validate-only", false, "check, and create nothing")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		list := names(args)
		if len(list) == 0 {
			return usage("topics create needs the name of a topic")
		}
		topic.Configs = make(map[string]string)
		for _, config := range configs {
			key, value, ok := strings.Cut(config, "=")
			if !ok {
				return usage("--config %s: write key=value", config)
			}
			topic.Configs[key] = value
		}
		topics := make([]kafka.NewTopic, len(list))
		for i, name := range list {
			topics[i] = topic
			topics[i].Name = name
		}
		return c.admin(cmd.Context(), func(ctx context.Context, a *kafka.Admin) error {
			results, err := a.CreateTopics(ctx, kafka.CreateTopicsOptions{ValidateOnly: validate}, topics...)
			for _, r := range results {
				switch {
				case r.Err == nil && !validate:
					c.note("created topic %s", r.Name)
				case existsOK && errors.Is(r.Err, protocol.ErrTopicAlreadyExists):
					err = without(err, r.Err)
				}
			}
			return err
		})
	}
	return cmd
}

func newTopicsDelete(c *connection) *cobra.Command {
	var missingOK bool
	cmd := &cobra.Command{Use: "delete TOPIC...", Short: "delete topics with all their records"}
	names := topicArgs(cmd)
	cmd.Flags().BoolVar(&missingOK, "if-exists", false, "do nothing about topics that do not exist")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		list := names(args)
		if len(list) == 0 {
			return usage("topics delete needs the name of a topic")
		}
		return c.admin(cmd.Context(), func(ctx context.Context, a *kafka.Admin) error {
			results, err := a.DeleteTopics(ctx, list...)
			for _, r := range results {
				switch {
				case r.Err == nil:
					c.note("deleted topic %s", r.Name)
				case !errors.Is(r.Err, protocol.ErrUnknownTopicOrPartition):
				case missingOK:
					err = without(err, r.Err)
				default:
					err = errors.Join(without(err, r.Err), unknownTopic(ctx, a, r.Name))
				}
			}
			return err
		})
	}
	return cmd
}

// without returns the joined error err less one of those that it joins.
func without(err, one error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	return errors.Join(slices.DeleteFunc(slices.Clone(joined.Unwrap()), func(e error) bool { return e == one })...)
}
