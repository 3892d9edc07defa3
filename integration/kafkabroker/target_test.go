package kafkabroker

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// eventually polls until check is content, which is all that one can do about
// brokers' opinions of each other.
func eventually(t *testing.T, within time.Duration, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("after %v: %v", within, err)
		case <-poll.C:
		}
	}
}

// metadataOf is the version of the Metadata request that a target has.
func metadataOf(target Target) int16 {
	if c, ok := target.(*Cluster); ok {
		return c.release.metadataVersion()
	}
	return 4
}

func TestForEach(t *testing.T) {
	ForEach(t, func(t *testing.T, target Target) {
		for _, address := range target.BootstrapServers() {
			m, err := askMembership(t.Context(), address, metadataOf(target))
			if err != nil {
				t.Fatal(err)
			}
			if metadataOf(target) >= 1 && (len(m.brokers) == 0 || m.controller < 0) {
				t.Errorf("%s knows brokers %v and controller %d", address, m.brokers, m.controller)
			}
		}
		if c, ok := target.(*Cluster); ok {
			checkConsoleTools(t, c)
		}
	})
}

// checkConsoleTools passes lines through the release's own producer and consumer.
func checkConsoleTools(t *testing.T, c *Cluster) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	topic := UniqueName(t)
	var stderr bytes.Buffer
	producer := c.ConsoleProducer(ctx, "--topic", topic)
	producer.Stdin = strings.NewReader("one\ntwo\n")
	producer.Stderr = &stderr
	if err := producer.Run(); err != nil {
		t.Fatalf("console producer: %v\n%s", err, &stderr)
	}
	consumer := c.ConsoleConsumer(ctx, "--topic", topic, "--from-beginning", "--max-messages", "2")
	consumer.Stderr = &stderr
	read, err := consumer.Output()
	if err != nil || string(read) != "one\ntwo\n" {
		t.Errorf("console consumer read %q: %v\n%s", read, err, &stderr)
	}
}

// TestSharedTarget checks that tests of a process get the same cluster.
func TestSharedTarget(t *testing.T) {
	var first, second string
	ForEach(t, func(_ *testing.T, target Target) { first += fmt.Sprint(target.BootstrapServers()) })
	ForEach(t, func(_ *testing.T, target Target) { second += fmt.Sprint(target.BootstrapServers()) })
	if first != second || first == "" {
		t.Errorf("the targets were %s and then %s", first, second)
	}
}

func TestRunningCluster(t *testing.T) {
	t.Setenv("KAFKA_BOOTSTRAP", "a:1,b:2")
	ForEach(t, func(t *testing.T, target Target) {
		if target.Version() != Running || join(target.BootstrapServers()) != "a:1,b:2" {
			t.Errorf("the target is %s at %v", target.Version(), target.BootstrapServers())
		}
	})
}

// probe asks one node for its cluster, briefly.
func probe(t *testing.T, target Target, index int) (membership, error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if c, ok := target.(*Cluster); ok {
		return c.membership(ctx, c.brokers[index])
	}
	return askMembership(ctx, target.BootstrapServers()[index], metadataOf(target))
}

// TestFaults breaks nodes of a cluster of three and looks at it through the
// eyes of a client.
func TestFaults(t *testing.T) {
	soon := map[string]string{"broker.session.timeout.ms": "4000", "zookeeper.session.timeout.ms": "4000"}
	ForEachNew(t, Config{Nodes: 3, Properties: soon}, func(t *testing.T, target FaultyTarget) {
		nodes := target.Nodes()
		servers := target.BootstrapServers()
		if len(nodes) != 3 || len(servers) != 3 {
			t.Fatalf("three nodes are %v at %v", nodes, servers)
		}
		knows := func(index, want int) error {
			m, err := probe(t, target, index)
			if err == nil && (len(m.brokers) != want || m.controller < 0) {
				err = fmt.Errorf("node %d knows brokers %v and controller %d, want %d", nodes[index], m.brokers, m.controller, want)
			}
			return err
		}
		mustDo(t, target.Pause(nodes[1]))
		if _, err := probe(t, target, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a paused node answers: %v", err)
		}
		mustDo(t, target.Resume(nodes[1]))
		eventually(t, time.Minute, func() error { return knows(1, 3) })

		mustDo(t, target.Kill(nodes[2]))
		if _, err := probe(t, target, 2); err == nil {
			t.Error("a dead node answers")
		}
		eventually(t, time.Minute, func() error { return knows(0, 2) })

		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		mustDo(t, target.Restart(ctx, nodes[2]))
		for i := range nodes {
			eventually(t, time.Minute, func() error { return knows(i, 3) })
		}
		if after := target.BootstrapServers(); join(after) != join(servers) {
			t.Errorf("the cluster moved from %v to %v", servers, after)
		}
	})
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestUniqueName(t *testing.T) {
	t.Run("with/odd characters: ü", func(t *testing.T) {
		a, b := UniqueName(t), UniqueName(t)
		if a == b || !strings.HasPrefix(a, "TestUniqueName-with-odd-characters-") || notInTopicNames.MatchString(a) {
			t.Errorf("unique names are %q and %q", a, b)
		}
	})
}
