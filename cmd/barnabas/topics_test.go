package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/kafkatest"
)

func TestTopics(t *testing.T) {
	_, b := brokers(t, kafkatest.Brokers(3))
	topics := func(args ...string) result {
		t.Helper()
		return barnabas(t, "", append([]string{"topics", "-b", b}, args...)...)
	}
	if r := topics("list"); r != (result{exitOK, "", ""}) {
		t.Errorf("without topics: %+v", r)
	}
	if r := topics("create", "a", "-t", "b", "-p", "2", "-r", "3", "--config", "cleanup.policy=compact"); r != (result{exitOK, "", "created topic b\ncreated topic a\n"}) {
		t.Errorf("create: %+v", r)
	}
	if r := topics("create", "-q", "c", "--validate-only"); r.code != exitOK {
		t.Errorf("validate: %+v", r)
	}
	if r := topics("create", "b", "d", "--if-not-exists"); r != (result{exitOK, "", "created topic d\n"}) {
		t.Errorf("create, one exists: %+v", r)
	}
	if r := topics("list"); r != (result{exitOK, "a\nb\nd\n", ""}) {
		t.Errorf("list: %+v", r)
	}

	described := topics("describe", "b")
	want := "Topic: b\tTopicId: ...\tPartitionCount: 2\tReplicationFactor: 3\n" +
		"\tTopic: b\tPartition: 0\tLeader: ...\tReplicas: ...,...,...\tIsr: ...,...,...\n" +
		"\tTopic: b\tPartition: 1\tLeader: ...\tReplicas: ...,...,...\tIsr: ...,...,...\n"
	if !matches(described.out, want) {
		t.Errorf("described as %q, want %q", described.out, want)
	}
	if r := topics("describe"); strings.Count(r.out, "PartitionCount") != 3 {
		t.Errorf("all topics are described as %q", r.out)
	}
	var j topicJSON
	if err := json.Unmarshal([]byte(topics("describe", "b", "-J").out), &j); err != nil || j.Name != "b" || len(j.Partitions) != 2 || len(j.Partitions[1].Replicas) != 3 {
		t.Errorf("%+v, %v", j, err)
	}
	if r := topics("list", "-J"); strings.Count(r.out, "\n") != 3 {
		t.Errorf("all topics are %q", r.out)
	}

	if r := topics("delete", "a", "nosuch", "--if-exists"); r != (result{exitOK, "", "deleted topic a\n"}) {
		t.Errorf("delete, one is missing: %+v", r)
	}
	if r := topics("delete", "nosuch", "b"); r.code != exitFailure || !strings.Contains(r.err, "deleted topic b\n") || !strings.Contains(r.err, `topic "nosuch" does not exist`) {
		t.Errorf("delete, one is missing: %+v", r)
	}
	if r := topics("list"); r.out != "d\n" {
		t.Errorf("left are %+v", r)
	}
}
