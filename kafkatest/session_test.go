package kafkatest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestSessionEndsWhenNobodyWaits has a client hang up on a fetch that the broker
// would answer in an hour.
func TestSessionEndsWhenNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := Start(t, InMemory(), Topic("t", 1))
		conn, err := c.Dialer().DialContext(t.Context(), "tcp", c.BootstrapServers()[0])
		if err != nil {
			t.Fatal(err)
		}
		partition := kmsg.NewFetchRequestTopicPartition()
		partition.PartitionMaxBytes = 1 << 20
		req := kmsg.NewPtrFetchRequest()
		req.MaxWaitMillis, req.MinBytes, req.MaxBytes = int32(time.Hour/time.Millisecond), 1, 1<<20
		req.Topics = []kmsg.FetchRequestTopic{{Topic: "t", Partitions: []kmsg.FetchRequestTopicPartition{partition}}}
		req.SetVersion(11)
		if _, err := conn.Write(kmsg.NewRequestFormatter().AppendRequest(nil, req, 1)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			synctest.Wait()
			c.mu.Lock()
			if n := len(c.nodes[0].sessions); n != want {
				t.Errorf("%d sessions, want %d", n, want)
			}
			c.mu.Unlock()
			conn.Close()
		}
	})
}
