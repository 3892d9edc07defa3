package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
)

// javaName is Kafka's own client, of the release that the broker is.
const javaName = "java"

//go:embed java/ClientBench.java
var javaSource []byte

// javaProgram runs the Java client on the jars of a cluster that the benchmark
// has started.
type javaProgram struct {
	cluster *kafkabroker.Cluster
	dir     string
}

// measure has one task done.
func (j javaProgram) measure(ctx context.Context, task measure.Task) (measure.Result, error) {
	if j.cluster == nil {
		return measure.Result{}, errors.New("the Java client has its jars from the cluster that the benchmark starts: unset KAFKA_BOOTSTRAP")
	}
	source, values := filepath.Join(j.dir, "ClientBench.java"), filepath.Join(j.dir, "values")
	err := errors.Join(
		os.WriteFile(source, javaSource, 0o600),
		os.WriteFile(values, measure.NewValues(task.Size, task.Records).All(), 0o600))
	if err != nil {
		return measure.Result{}, err
	}
	var input, stdout, stderr bytes.Buffer
	for _, property := range [][2]any{
		{"mode", task.Mode}, {"brokers", strings.Join(task.Brokers, ",")}, {"topic", task.Topic}, {"warm.topic", task.WarmTopic},
		{"partitions", task.Partitions}, {"group", task.GroupID},
		{"records", task.Records}, {"size", task.Size}, {"codec", task.Codec}, {"rate", task.Rate}, {"values", values},
	} {
		fmt.Fprintf(&input, "%v=%v\n", property[0], property[1])
	}
	cmd := j.cluster.JavaProgram(ctx, "512m", source)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &input, &stdout, &stderr
	var result measure.Result
	if err := errors.Join(cmd.Run(), ctx.Err()); err != nil {
		return result, fmt.Errorf("java: %w\n%s", err, tail(stderr.Bytes()))
	}
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
		return result, fmt.Errorf("java gave no result: %w\n%s", err, tail(stderr.Bytes()))
	}
	return result, nil
}
