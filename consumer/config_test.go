package consumer

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/coordinator/assignors"
)

func TestZeroConfigIsValid(t *testing.T) {
	for _, cfg := range []Config{{}, {GroupID: "g"}} {
		if err := cfg.Validate(); err != nil {
			t.Error(err)
		}
	}
}

// An error names the field, Kafka's property and the value; of a contradiction,
// both fields.
func TestConfigErrors(t *testing.T) {
	for name, c := range map[string]struct {
		cfg   Config
		words []string
	}{
		"reset":           {Config{AutoOffsetReset: 9}, []string{"AutoOffsetReset (auto.offset.reset)", "9"}},
		"isolation":       {Config{IsolationLevel: 2}, []string{"IsolationLevel (isolation.level)", "2"}},
		"min bytes":       {Config{FetchMinBytes: -1}, []string{"FetchMinBytes (fetch.min.bytes)", "-1"}},
		"max bytes":       {Config{FetchMaxBytes: 1 << 40}, []string{"FetchMaxBytes (fetch.max.bytes)", "1099511627776"}},
		"partition bytes": {Config{MaxPartitionFetchBytes: -5}, []string{"MaxPartitionFetchBytes (max.partition.fetch.bytes)", "-5"}},
		"buffer":          {Config{FetchBufferBytes: -1}, []string{"FetchBufferBytes", "-1"}},
		"batch":           {Config{MaxBatchBytes: -1}, []string{"MaxBatchBytes", "-1"}},
		"poll records":    {Config{MaxPollRecords: -1}, []string{"MaxPollRecords (max.poll.records)", "-1"}},
		"max wait":        {Config{FetchMaxWait: -time.Second}, []string{"FetchMaxWait (fetch.max.wait.ms)", "-1s"}},
		"poll interval":   {Config{MaxPollInterval: 1}, []string{"MaxPollInterval (max.poll.interval.ms)", "1ns"}},
		"session":         {Config{SessionTimeout: -1}, []string{"SessionTimeout (session.timeout.ms)"}},
		"heartbeat":       {Config{HeartbeatInterval: time.Minute}, []string{"HeartbeatInterval (heartbeat.interval.ms) and SessionTimeout (session.timeout.ms)", "1m0s and 45s"}},
		"auto commit":     {Config{AutoCommitInterval: -1}, []string{"AutoCommitInterval (auto.commit.interval.ms)"}},
		"min over max":    {Config{FetchMinBytes: 10, FetchMaxBytes: 5}, []string{"FetchMinBytes (fetch.min.bytes) and FetchMaxBytes (fetch.max.bytes)", "10 and 5"}},
		"response":        {Config{Config: cluster.Config{MaxResponseBytes: 1000}}, []string{"FetchMaxBytes (fetch.max.bytes) and MaxResponseBytes", "52428800 and 1000"}},
		"wait":            {Config{FetchMaxWait: time.Minute}, []string{"FetchMaxWait (fetch.max.wait.ms) and RequestTimeout (request.timeout.ms)", "1m0s and 30s"}},
		"instance alone":  {Config{GroupInstanceID: "i"}, []string{"GroupInstanceID (group.instance.id) and GroupID (group.id)", `"i"`}},
		"assignors alone": {Config{Assignors: []assignors.Assignor{assignors.Range()}}, []string{"Assignors (partition.assignment.strategy) and GroupID (group.id)"}},
		"nil assignor":    {Config{GroupID: "g", Assignors: []assignors.Assignor{nil}}, []string{"Assignors[0] (partition.assignment.strategy)", "nil"}},
		"common":          {Config{Config: cluster.Config{RetryBackoff: -1}}, []string{"RetryBackoff"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.cfg)
			var bad *cluster.ConfigError
			if !errors.As(err, &bad) {
				t.Fatalf("New: %v", err)
			}
			for _, word := range c.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not name %q", err, word)
				}
			}
		})
	}
}

func TestConfigErrorsAreJoined(t *testing.T) {
	err := Config{FetchMinBytes: -1, MaxPollRecords: -1}.Validate()
	if err == nil || !strings.Contains(err.Error(), "FetchMinBytes") || !strings.Contains(err.Error(), "MaxPollRecords") {
		t.Errorf("%v", err)
	}
}
