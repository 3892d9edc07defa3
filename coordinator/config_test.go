package coordinator

import (
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator/assignors"
)

type cooperativeOnly struct{ assignors.Eager }

func (cooperativeOnly) Name() string { return "coop" }

func (cooperativeOnly) Protocols() []assignors.RebalanceProtocol {
	return []assignors.RebalanceProtocol{assignors.CooperativeProtocol}
}

func (cooperativeOnly) Assign([]assignors.Topic, []assignors.Member) (map[string]assignors.Assignment, error) {
	return nil, nil
}

// A wrong configuration is refused with all settings named.
func TestConfigErrors(t *testing.T) {
	tests := []struct {
		cfg  Config
		want []string
	}{
		{Config{}, []string{"group.id"}},
		{Config{GroupID: "g", SessionTimeout: 3 * time.Second}, []string{"session.timeout.ms", "heartbeat.interval.ms"}},
		{Config{GroupID: "g", HeartbeatInterval: time.Minute}, []string{"session.timeout.ms", "heartbeat.interval.ms"}},
		{Config{GroupID: "g", SessionTimeout: -1}, []string{"session.timeout.ms"}},
		{Config{GroupID: "g", RebalanceTimeout: 30 * 24 * time.Hour}, []string{"max.poll.interval.ms"}},
		{Config{GroupID: "g", RetryBackoff: -1}, []string{"retry.backoff.ms"}},
		{Config{Assignors: []assignors.Assignor{nil, assignors.Range(), assignors.Range()}},
			[]string{"group.id", "nil", "used twice"}},
		{Config{GroupID: "g", Assignors: []assignors.Assignor{assignors.Range(), cooperativeOnly{}}},
			[]string{"partition.assignment.strategy", "EAGER", "COOPERATIVE"}},
	}
	client, err := cluster.NewClient(cluster.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close(t.Context())
	for _, tt := range tests {
		_, err := NewGroup(client, tt.cfg)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%+v: error %v, want one that names %s", tt.cfg, err, want)
			}
		}
	}
}

// Zero fields have their documented defaults.
func TestConfigDefaults(t *testing.T) {
	c := Config{GroupID: "g"}.withDefaults(cluster.Config{RetryBackoff: 100 * time.Millisecond, RetryBackoffMax: time.Second})
	if err := c.validate(); err != nil {
		t.Error(err)
	}
	if c.SessionTimeout != 45*time.Second || c.HeartbeatInterval != 3*time.Second || c.RebalanceTimeout != 5*time.Minute ||
		c.RetryBackoff != 100*time.Millisecond || c.RetryBackoffMax != time.Second ||
		len(c.Assignors) != 2 || c.Assignors[0].Name() != "range" || c.Assignors[1].Name() != "cooperative-sticky" || c.cooperative() {
		t.Errorf("defaults are %+v", c)
	}
}
