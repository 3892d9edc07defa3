package metrics

import (
	"strings"
)

// Tag tells metrics of one name apart, such as those of each topic.
type Tag struct{ Key, Value string }

// Name identifies a metric. Two that differ in nothing but Description are the
// same.
type Name struct {
	// Group is what the metric is about, such as "producer-metrics".
	Group string
	// Name within the group, such as "record-send-rate".
	Name string
	// Tags in the order in which they are shown.
	Tags []Tag
	// Description for people.
	Description string
}

// String returns group, tags and name as kafka-python's reporter has them:
// "producer-topic-metrics.client-id=c,topic=orders.record-send-rate".
func (n Name) String() string {
	if len(n.Tags) == 0 {
		return n.Group + "." + n.Name
	}
	return n.Group + "." + n.tags() + "." + n.Name
}

func (n Name) tags() string {
	pairs := make([]string, len(n.Tags))
	for i, t := range n.Tags {
		pairs[i] = t.Key + "=" + t.Value
	}
	return strings.Join(pairs, ",")
}

// Tag returns the value of a tag, empty if there is none.
func (n Name) Tag(key string) string {
	for _, t := range n.Tags {
		if t.Key == key {
			return t.Value
		}
	}
	return ""
}

// identity is what makes names the same: nothing but it, whatever they contain.
func (n Name) identity() string {
	parts := []string{n.Group, n.Name}
	for _, t := range n.Tags {
		parts = append(parts, t.Key, t.Value)
	}
	return strings.Join(parts, "\x00")
}
