package consumer

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/coordinator"
	"github.com/barnabas-go/kafka/coordinator/assignors"
)

// Settings that a group's protocol has no use for are refused, each by name.
func TestGroupProtocolSettings(t *testing.T) {
	group := Config{GroupID: "g"}
	for _, test := range []struct {
		change func(*Config)
		want   []string
	}{
		{func(c *Config) { c.GroupRemoteAssignor = "range" }, []string{"GroupRemoteAssignor (group.remote.assignor)", "group.protocol=classic"}},
		{func(c *Config) { c.GroupProtocol = ConsumerProtocol; c.GroupID = "" }, []string{"GroupProtocol (group.protocol) and GroupID (group.id)"}},
		{func(c *Config) {
			c.GroupProtocol, c.SessionTimeout, c.HeartbeatInterval = ConsumerProtocol, time.Second, time.Millisecond
			c.Assignors = []assignors.Assignor{assignors.Range()}
		}, []string{"SessionTimeout (session.timeout.ms)", "HeartbeatInterval (heartbeat.interval.ms)", "Assignors (partition.assignment.strategy)",
			"group.protocol=consumer", "group.consumer.session.timeout.ms", "group.consumer.heartbeat.interval.ms", "group.remote.assignor"}},
		{func(c *Config) { c.GroupProtocol = 7 }, []string{"GroupProtocol (group.protocol)", "ClassicProtocol or ConsumerProtocol"}},
	} {
		cfg := group
		test.change(&cfg)
		err := cfg.Validate()
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: the error is %v, want it to name %q", cfg, err, want)
			}
		}
	}
	group.GroupProtocol, group.GroupRemoteAssignor, group.GroupInstanceID = ConsumerProtocol, "uniform", "i"
	must(t, group.Validate())
}

func (k *fakeKafka) patternMember(t *testing.T, cfg Config, g *fakeGroup) *Consumer {
	cfg.GroupID, cfg.GroupProtocol, cfg.AutoOffsetReset = "g", ConsumerProtocol, ResetEarliest
	c := k.unstarted(t, cfg)
	c.group, c.offsets = g, g
	c.start()
	closeAtEnd(t, c)
	return c
}

// The coordinator matches a pattern, and the consumer follows the topics that it
// gets.
func TestRemotePattern(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 1)
		k.topic("u", 1)
		k.produce(tp(0), "a")
		k.produce(TopicPartition{Topic: "u"}, "b")
		g := newFakeGroup()
		c := k.patternMember(t, Config{}, g)
		must(t, c.SubscribePattern(regexp.MustCompile("^[tu]$|v")))
		synctest.Wait()
		expect(t, "subscribing", g.notes(), []string{"pattern .*(?:^[tu]$|v).*"})
		g.send(coordinator.Assign, nil, tp(0))
		expect(t, "records", poll(t, c), []string{"0:0=a"})
		expect(t, "topics", c.Subscription(), []string{"t"})
		g.send(coordinator.Assign, nil, tp(0), TopicPartition{Topic: "u"})
		expect(t, "records", poll(t, c), []string{"0:0=b"})
		expect(t, "topics", c.Subscription(), []string{"t", "u"})
	})
}

// Coordinators that do not match patterns, and patterns that match Kafka's own
// topics, leave it to the client.
func TestPatternMatchedHere(t *testing.T) {
	for _, test := range []struct {
		pattern string
		refusal error
		want    []string
	}{
		{"^[tu]$", &conn.FeatureError{Feature: "patterns", Since: "4.0"}, []string{"pattern .*(?:^[tu]$).*", "subscribe t", "subscribe u"}},
		{".*", nil, []string{"subscribe t", "subscribe u"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			k := newFakeKafka(t, 1)
			k.topic("t", 1)
			k.topic("u", 1)
			g := newFakeGroup()
			g.patternErr = test.refusal
			c := k.patternMember(t, Config{}, g)
			must(t, c.SubscribePattern(regexp.MustCompile(test.pattern)))
			synctest.Wait()
			expect(t, test.pattern, g.notes(), test.want)
		})
	}
}

// What keeps a pattern from being subscribed to reaches the application.
func TestRemotePatternFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		g := newFakeGroup()
		g.patternErr = &conn.UnsupportedError{Broker: "b"}
		c := k.patternMember(t, Config{}, g)
		must(t, c.SubscribePattern(regexp.MustCompile("^t$")))
		var unsupported *conn.UnsupportedError
		if _, err := c.Poll(within(t, time.Second)); !errors.As(err, &unsupported) {
			t.Errorf("poll: %v", err)
		}
	})
}
