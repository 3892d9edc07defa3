package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/barnabas-go/kafka/integration/bench/clients/barnabas"
	"github.com/barnabas-go/kafka/integration/bench/clients/floor"
	"github.com/barnabas-go/kafka/integration/bench/clients/franz"
	"github.com/barnabas-go/kafka/integration/bench/clients/sarama"
	"github.com/barnabas-go/kafka/integration/bench/clients/segmentio"
	"github.com/barnabas-go/kafka/integration/bench/measure"
)

// inProcess are the clients that are part of this program.
var inProcess = []measure.Client{
	barnabas.Client, barnabas.Batch, franz.Client, franz.Pooled, sarama.Client, segmentio.Client, floor.Client,
}

const (
	confluentName    = "confluent"
	confluentPackage = "github.com/barnabas-go/kafka/integration/bench"
)

func clientNames() []string {
	var names []string
	for _, c := range inProcess {
		names = append(names, c.Name)
	}
	return append(names, confluentName, javaName)
}

// programs start the processes that measure.
type programs struct {
	clients   []string // that there are
	self      string
	confluent string // empty if it is not wanted
	java      javaProgram
	dir       string // for what was built
}

// prepare builds what is not part of this program.
func prepare(ctx context.Context, clients []string, log io.Writer) (*programs, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &programs{clients: slices.Clone(clients), self: self}
	if p.dir, err = os.MkdirTemp("", "barnabas-bench-"); err != nil {
		return nil, err
	}
	if !slices.Contains(clients, confluentName) {
		return p, nil
	}
	if err := p.buildConfluent(ctx); err != nil {
		fmt.Fprintf(log, "%s is left out, it cannot be built: %v\n", confluentName, err)
		p.clients = slices.DeleteFunc(p.clients, func(name string) bool { return name == confluentName })
	}
	return p, nil
}

func (p *programs) close() { os.RemoveAll(p.dir) }

func (p *programs) buildConfluent(ctx context.Context) error {
	list, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", confluentPackage).Output()
	if err != nil {
		return fmt.Errorf("go list: %w (run the benchmark in the folder integration)", err)
	}
	source := filepath.Join(strings.TrimSpace(string(list)), confluentName)
	p.confluent = filepath.Join(p.dir, confluentName)
	build := exec.CommandContext(ctx, "go", "build", "-o", p.confluent, ".")
	build.Dir = source
	build.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=1")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w (it needs a C compiler)\n%s", err, bytes.TrimSpace(output))
	}
	return nil
}

// measure has one task done.
func (p *programs) measure(ctx context.Context, task measure.Task) (measure.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, measure.Limit+measure.CloseLimit)
	defer cancel()
	if task.Client == javaName {
		return p.java.measure(ctx, task)
	}
	cmd := exec.CommandContext(ctx, p.self, measureCommand)
	if task.Client == confluentName {
		cmd = exec.CommandContext(ctx, p.confluent)
	}
	input, err := json.Marshal(task)
	if err != nil {
		return measure.Result{}, err
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &stdout, &stderr
	runErr := cmd.Run()
	var result measure.Result
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
		return result, fmt.Errorf("%s gave no result: %w\n%s", task.Client, errors.Join(runErr, ctx.Err(), err), tail(stderr.Bytes()))
	}
	if result.Error != "" {
		return result, fmt.Errorf("%s\n%s", result.Error, tail(stderr.Bytes()))
	}
	return result, runErr
}

// tail returns the last lines of what a process printed.
func tail(output []byte) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
