package properties

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/record"
)

// Each name stands for the partitioner that places a key as it does: the
// partitions, of 1000, are those of TestPlacements in partitioner.
func TestPartitioner(t *testing.T) {
	for text, want := range map[string][3]int32{ // of "a", "123456789" and "foobar"
		"consistent":         {907, 262, 69},
		"consistent_random":  {907, 262, 69},
		"murmur2":            {524, 566, 166},
		"Murmur2Partitioner": {524, 566, 166},
		"fnv1a":              {76, 740, 576},
		"fnv1a_random":       {76, 740, 576},
		"fnv1a_reference":    {572, 908, 72},
		"roundrobin":         {0, 1, 2},
		"manual":             {0, 0, 0},
		"org.apache.kafka.clients.producer.RoundRobinPartitioner": {0, 1, 2},
	} {
		c, err := Properties{"partitioner": text}.Producer()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		p := c.Partitioner("t")
		for i, key := range []string{"a", "123456789", "foobar"} {
			got, err := p.Partition(&record.Record{Key: []byte(key)}, &partitioner.Topic{Name: "t", Partitions: 1000})
			if err != nil || got != want[i] {
				t.Errorf("%s: key %q goes to %d, %v; want %d", text, key, got, err, want[i])
			}
		}
	}
	for _, text := range []string{"default", "murmur2_random", "org.apache.kafka.clients.producer.internals.DefaultPartitioner"} {
		if c, err := (Properties{"partitioner.class": text}).Producer(); err != nil || c.Partitioner != nil {
			t.Errorf("%s: %v; want the default", text, err)
		}
	}
	var wrong *ValueError
	if err := (Properties{"partitioner.class": "com.example.Mine"}).Check(); !errors.As(err, &wrong) {
		t.Errorf("a class of Java's: %v", err)
	}
}

func TestStickyOptions(t *testing.T) {
	for _, test := range []struct {
		p    Properties
		want partitioner.StickyOptions
	}{
		{Properties{"partitioner.ignore.keys": "true"}, partitioner.StickyOptions{IgnoreKeys: true}},
		{Properties{"partitioner.class": "org.apache.kafka.clients.producer.UniformStickyPartitioner"}, partitioner.StickyOptions{IgnoreKeys: true}},
		{Properties{"partitioner.adaptive.partitioning.enable": "false", "partitioner.availability.timeout.ms": "70", "partitioner.class": "default"},
			partitioner.StickyOptions{Uniform: true, AvailabilityTimeout: 70 * time.Millisecond}},
	} {
		c, err := test.p.Producer()
		if err != nil {
			t.Errorf("%v: %v", test.p, err)
			continue
		}
		if got, want := c.Partitioner("t"), partitioner.Sticky(test.want)("t"); !reflect.DeepEqual(got, want) {
			t.Errorf("%v makes %+v, want %+v", test.p, got, want)
		}
	}
	plain := Properties{"partitioner.ignore.keys": "false", "partitioner.adaptive.partitioning.enable": "true", "partitioner.availability.timeout.ms": "0"}
	if c, err := plain.Producer(); err != nil || c.Partitioner != nil {
		t.Errorf("what is the default anyhow: %v", err)
	}
	var conflict *ConflictError
	err := Properties{"partitioner": "roundrobin", "partitioner.ignore.keys": "true"}.Check()
	if !errors.As(err, &conflict) || !slices.Equal(conflict.Keys, []string{"partitioner", "partitioner.ignore.keys"}) {
		t.Errorf("options of another partitioner: %v", err)
	}
}
