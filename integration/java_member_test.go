package integration

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
)

// javaMember is a member of a group that runs the Java client of the brokers'
// release.
type javaMember struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdin  io.Closer
	stderr bytes.Buffer
	read   chan struct{} // closed at the end of its output
	once   sync.Once
	ledger *ledger

	mu     sync.Mutex
	owned  []cluster.TopicPartition
	lost   int
	closed bool
}

// joinJava starts a member with the given properties beside those that lead to
// the group. It tells the ledger of its records.
func joinJava(t *testing.T, brokers *kafkabroker.Cluster, groupID string, topics []string, l *ledger, properties ...string) *javaMember {
	t.Helper()
	m := &javaMember{t: t, ledger: l, read: make(chan struct{})}
	m.cmd = brokers.JavaProgram(within(t, toolPatience), "128m", filepath.Join("java", "GroupMember.java"), topics...)
	m.cmd.Stderr = &m.stderr
	stdin, err := m.cmd.StdinPipe()
	must(t, err)
	stdout, err := m.cmd.StdoutPipe()
	must(t, err)
	must(t, m.cmd.Start())
	m.stdin = stdin
	go m.follow(stdout)
	t.Cleanup(m.leave)
	properties = append(properties, "bootstrap.servers="+strings.Join(brokers.BootstrapServers(), ","), "group.id="+groupID, "auto.offset.reset=earliest")
	_, err = fmt.Fprintf(stdin, "%s\n\n", strings.Join(properties, "\n"))
	must(t, err)
	return m
}

// follow notes what the member tells.
func (m *javaMember) follow(stdout io.Reader) {
	defer close(m.read)
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch words[0] {
		case "record":
			var offset int64
			fmt.Sscan(words[2], &offset)
			m.ledger.add(parsePartition(words[1]), offset)
		case "closed":
			m.closed = true
		default:
			m.rebalanced(words[0], words[1:])
		}
	}
}

func (m *javaMember) rebalanced(what string, names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range names {
		tp := parsePartition(name)
		if m.owned = slices.DeleteFunc(m.owned, func(own cluster.TopicPartition) bool { return own == tp }); what == "assigned" {
			m.owned = append(m.owned, tp)
		}
	}
	if what == "lost" {
		m.lost++
	}
	slices.SortFunc(m.owned, compare)
}

// parsePartition reads what Java prints of a partition.
func parsePartition(name string) cluster.TopicPartition {
	var tp cluster.TopicPartition
	if i := strings.LastIndexByte(name, '-'); i >= 0 {
		tp.Topic = name[:i]
		fmt.Sscan(name[i+1:], &tp.Partition)
	}
	return tp
}

func (m *javaMember) Assignment() []cluster.TopicPartition {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.owned)
}

// leave ends the member in good order.
func (m *javaMember) leave() {
	m.once.Do(func() {
		_ = m.stdin.Close() // it may have failed
		<-m.read
		if err := m.cmd.Wait(); err != nil || !m.closed || m.lost > 0 {
			m.t.Errorf("the Java member ended: %v, closed: %v, lost its partitions %d times\n%s", err, m.closed, m.lost, &m.stderr)
		}
		m.rebalanced("revoked", nil)
	})
}

// TestJavaConsumerGroup has a member of the Java client in a group of KIP-848 with
// some of ours: balanced as they come and go, and each record handled once.
func TestJavaConsumerGroup(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		brokers, real := target.(*kafkabroker.Cluster)
		if !real { // there is no Java client of its release
			return
		}
		s := newScene(t, target)
		more := func() { s.produce(300) }

		more()
		theirs := joinJava(t, brokers, s.groupID, []string{s.topic}, &s.ledger, "group.protocol=consumer")
		eventually(t, toolPatience, func() error { return shared(s.all, theirs) })
		ours := s.enter(byConsumerProtocol)
		more()
		s.balanced(theirs, ours)
		more()
		second := s.enter(byConsumerProtocol)
		s.balanced(theirs, ours, second)
		more()
		theirs.leave()
		s.balanced(ours, second)
		more()
		s.handled()
		ours.leave(t)
		second.leave(t)
		s.ledger.checkOnce(t, s.sent)
	})
}
