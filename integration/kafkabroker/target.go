package kafkabroker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Embedded is the name, in KAFKA_VERSION and as [Target.Version], of the
// in-process broker of package kafkatest.
const Embedded = "embedded"

// Running is the [Target.Version] of the cluster that KAFKA_BOOTSTRAP names.
const Running = "running"

// A Target is the brokers that a test runs on. For a release of Apache Kafka it
// is a *[Cluster].
type Target interface {
	// Version is the release, such as "4.3.1", or [Embedded] or [Running].
	Version() string
	// BootstrapServers returns host:port of each broker, spoken to in plaintext.
	BootstrapServers() []string
}

// A FaultyTarget is a target that a test has for itself, to break its nodes.
type FaultyTarget interface {
	Target
	// Nodes returns the node ids.
	Nodes() []int32
	// Kill ends a node with its connections at once.
	Kill(node int32) error
	// Pause lets a node's connections be open and silent, Resume ends that.
	Pause(node int32) error
	Resume(node int32) error
	// Restart brings a killed node back, or ends it first.
	Restart(ctx context.Context, node int32) error
}

// ForEach runs a test on every target that KAFKA_VERSION or KAFKA_BOOTSTRAP
// names (see the package comment), each in a subtest of its name. All tests of
// the process share one cluster per version, started when it is first needed and
// stopped by [Main]: they have to use topics and groups of their own (see
// [UniqueName]), and may then run in parallel.
func ForEach(t *testing.T, test func(t *testing.T, target Target)) {
	t.Helper()
	if servers := os.Getenv("KAFKA_BOOTSTRAP"); servers != "" {
		t.Run(Running, func(t *testing.T) { test(t, running(strings.Split(servers, ","))) })
		return
	}
	for _, version := range versions(t) {
		t.Run(version, func(t *testing.T) {
			target, err := shared.target(version)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { pointToLogs(t, target) })
			test(t, target)
		})
	}
}

// ForEachNew runs a test on every version in KAFKA_VERSION, each in a subtest of
// its name and on a cluster of its own, as config describes it except for the
// version. It is for tests that break nodes or need certain settings.
// KAFKA_BOOTSTRAP plays no part.
func ForEachNew(t *testing.T, config Config, test func(t *testing.T, target FaultyTarget)) {
	t.Helper()
	for _, version := range versions(t) {
		t.Run(version, func(t *testing.T) {
			config := config
			config.Version = version
			s, err := start(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				pointToLogs(t, s.FaultyTarget)
				if err := s.stop(t.Failed()); err != nil {
					t.Error(err)
				}
			})
			test(t, s.FaultyTarget)
		})
	}
}

// Main runs the tests of a package that uses [ForEach], stops the clusters that
// they shared, and returns the code to exit with:
//
//	func TestMain(m *testing.M) { os.Exit(kafkabroker.Main(m)) }
func Main(m *testing.M) int {
	code := m.Run()
	if err := shared.stop(code != 0); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	return code
}

// MainByVersion is Main for a package all of whose tests use brokers: if there are
// several versions, all tests run on one after the other. So no more than one
// shared cluster takes memory, and the limit of -timeout is for each.
func MainByVersion(m *testing.M) int {
	list, err := parseVersions(os.Getenv("KAFKA_VERSION"))
	if err != nil || len(list) == 1 || os.Getenv("KAFKA_BOOTSTRAP") != "" {
		return Main(m)
	}
	code := 0
	for _, version := range list {
		began := time.Now()
		os.Setenv("KAFKA_VERSION", version)
		failed := Main(m)
		fmt.Printf("KAFKA_VERSION=%s: exit code %d after %.0f s\n", version, failed, time.Since(began).Seconds())
		code = max(code, failed)
	}
	return code
}

// versions is what KAFKA_VERSION lists.
func versions(t *testing.T) []string {
	t.Helper()
	list, err := parseVersions(os.Getenv("KAFKA_VERSION"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// parseVersions reads the value of KAFKA_VERSION.
func parseVersions(value string) ([]string, error) {
	switch value {
	case "":
		value = Embedded
	case "all":
		value = releases
	}
	var list []string
	for version := range strings.SplitSeq(value, ",") {
		version = strings.TrimSpace(version)
		if version != Embedded {
			if _, err := parseRelease(version); err != nil {
				return nil, fmt.Errorf("KAFKA_VERSION=%s: %w", value, err)
			}
		}
		if !slices.Contains(list, version) {
			list = append(list, version)
		}
	}
	return list, nil
}

// running is a cluster that others started: its bootstrap servers.
type running []string

func (r running) Version() string            { return Running }
func (r running) BootstrapServers() []string { return r }

// A started target can be stopped. A failed test has the logs kept.
type started struct {
	FaultyTarget
	stop func(keepLogs bool) error
}

// start starts the cluster of any version that KAFKA_VERSION may list.
func start(ctx context.Context, config Config) (started, error) {
	if config.Version == Embedded {
		return startEmbedded(config)
	}
	c, err := Start(ctx, config)
	if err != nil {
		return started{}, err
	}
	return started{c, func(keepLogs bool) error { return c.stop(stopGrace, keepLogs) }}, nil
}

// pointToLogs says where the logs of a failed test's brokers are.
func pointToLogs(t *testing.T, target Target) {
	if c, ok := target.(*Cluster); ok && t.Failed() {
		t.Logf("the brokers' logs stay for a while in %s/*/out.log", c.dir)
	}
}

// patient keeps a broker its leaders on a machine so busy that it is not heard of
// for a while.
var patient = map[string]string{"zookeeper.session.timeout.ms": "30000"}

// shared are the clusters of this process's tests.
var shared sharedTargets

type sharedTargets struct {
	mu     sync.Mutex
	starts map[string]func() (started, error)
}

// target returns the cluster of a version, which the first caller starts.
func (s *sharedTargets) target(version string) (Target, error) {
	s.mu.Lock()
	if s.starts == nil {
		s.starts = map[string]func() (started, error){}
	}
	once, ok := s.starts[version]
	if !ok {
		once = sync.OnceValues(func() (started, error) {
			return start(context.Background(), Config{Version: version, Properties: patient})
		})
		s.starts[version] = once
	}
	s.mu.Unlock()
	c, err := once()
	return c.FaultyTarget, err
}

// stop stops what was started.
func (s *sharedTargets) stop(keepLogs bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var failed []error
	for _, once := range s.starts {
		if c, err := once(); err == nil {
			failed = append(failed, c.stop(keepLogs))
		}
	}
	s.starts = nil
	return errors.Join(failed...)
}
