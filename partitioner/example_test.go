package partitioner_test

import (
	"fmt"
	"hash/crc32"

	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/record"
)

// A partitioner of one's own: records of one tenant, which a header names, go to
// one partition, whatever their keys.
func ExampleFunc() {
	byDefault := partitioner.Default("orders")
	byTenant := partitioner.Func(func(rec *record.Record, topic *partitioner.Topic) (int32, error) {
		tenant, ok := rec.Header("tenant")
		if !ok {
			return byDefault.Partition(rec, topic)
		}
		return int32(crc32.ChecksumIEEE(tenant) % uint32(topic.Partitions)), nil
	})

	// producer.Config has Partitioner: func(string) partitioner.Partitioner { return byTenant }
	topic := &partitioner.Topic{Name: "orders", Partitions: 6}
	for _, key := range []string{"1", "2", "3"} {
		fmt.Println(byTenant.Partition(&record.Record{
			Key: []byte(key), Headers: []record.Header{{Key: "tenant", Value: []byte("acme")}},
		}, topic))
	}
	// Output:
	// 2 <nil>
	// 2 <nil>
	// 2 <nil>
}
