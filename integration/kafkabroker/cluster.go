package kafkabroker

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// How long brokers have for a clean shutdown before SIGKILL: little when their
// data is thrown away after it.
const (
	stopGrace    = 2 * time.Second
	restartGrace = 15 * time.Second
)

// A Cluster is a running Apache Kafka on 127.0.0.1. Its brokers have the node
// ids 1 to Config.Nodes, and each keeps its ports for the cluster's life. Its
// methods may be called from several goroutines.
type Cluster struct {
	config       Config
	release      release
	dir          string
	jvm          jvm
	certificates *certificates // nil without TLS
	ports        *portReservation
	brokers      []*node
	tls          []string // the addresses of the TLS listeners
	sasl         []string // the addresses of the SASL listeners
	zooKeeper    *node    // nil with KRaft
	releaseDir   func()
	stopOnce     sync.Once
	stopErr      error
}

// Start starts a cluster and returns when each broker knows all brokers and a
// controller. What it fails with says which step failed, with the end of the
// log that explains it. The jars are fetched first, if the cache lacks them;
// that is bounded by ctx alone.
func Start(ctx context.Context, config Config) (*Cluster, error) {
	config, r, err := config.validated()
	if err != nil {
		return nil, err
	}
	java, err := findJava(ctx, r)
	if err != nil {
		return nil, err
	}
	classPath, err := fetchJars(ctx, r)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, config.StartTimeout)
	defer cancel()
	dir, releaseDir, err := newClusterDir(ctx, r)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		config: config, release: r, dir: dir, releaseDir: releaseDir,
		jvm: jvm{java: java, classPath: classPath, dir: dir},
	}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.stop(0, true))
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	if err := c.layOut(); err != nil {
		return fmt.Errorf("kafkabroker: cluster folder: %w", err)
	}
	if err := c.prepare(ctx); err != nil {
		return err
	}
	for _, n := range c.brokers {
		if err := n.start(); err != nil {
			return err
		}
	}
	return c.waitReady(ctx, c.brokers, c.clusterKnown)
}

// layOut reserves the ports and writes all files that the processes read.
func (c *Cluster) layOut() error {
	if err := writeLogConfig(c.dir, "log4j", "INFO"); err != nil {
		return err
	}
	if err := writeLogConfig(c.dir, "tool", "WARN"); err != nil {
		return err
	}
	protocols := []string{"PLAINTEXT"}
	if c.config.TLS {
		protocols = append(protocols, "SSL")
		var err error
		if c.certificates, err = newCertificates(c.dir); err != nil {
			return err
		}
	}
	if len(c.config.SASL) > 0 {
		protocols = append(protocols, saslListener)
	}
	var err error
	if c.ports, err = reservePorts(c.config.Nodes*(len(protocols)+1) + 1); err != nil {
		return err
	}
	if !c.release.kraft() {
		if err := c.addZooKeeper(); err != nil {
			return err
		}
	}
	return c.addBrokers(c.places(protocols))
}

// places gives each broker its ports. Up to three are controllers, too.
func (c *Cluster) places(protocols []string) []broker {
	places := make([]broker, c.config.Nodes)
	for i := range places {
		b := broker{id: int32(i + 1)}
		b.dataDir = filepath.Join(c.dir, strconv.Itoa(i+1), "data")
		for _, protocol := range protocols {
			b.listeners = append(b.listeners, listener{protocol, c.ports.take()})
		}
		if c.release.kraft() && i < 3 {
			b.controller = c.ports.take()
		}
		places[i] = b
	}
	return places
}

func (c *Cluster) addBrokers(places []broker) error {
	options, err := c.brokerOptions()
	if err != nil {
		return err
	}
	for _, b := range places {
		n := c.newNode(strconv.Itoa(int(b.id)), b.listeners[0].port)
		n.command = c.jvm.broker(c.config.Heap, append(options, "kafka.Kafka", n.propertiesPath())...)
		if err := n.write(c.properties(b, places)); err != nil {
			return err
		}
		c.brokers = append(c.brokers, n)
		c.addSASLAddress(b)
		if c.config.TLS {
			c.tls = append(c.tls, net.JoinHostPort("127.0.0.1", strconv.Itoa(b.listeners[1].port)))
		}
	}
	return nil
}

func (c *Cluster) addZooKeeper() error {
	n := c.newNode("zookeeper", c.ports.take())
	n.command = c.jvm.zooKeeperCommand(n.propertiesPath())
	c.zooKeeper = n
	return n.write(zooKeeperProperties(filepath.Join(n.dir, "data"), n.port))
}

func (c *Cluster) newNode(name string, port int) *node {
	return &node{name: name, dir: filepath.Join(c.dir, name), port: port}
}

func (n *node) propertiesPath() string { return filepath.Join(n.dir, "server.properties") }

func (n *node) address() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(n.port)) }

// write makes the node's folders and its settings file.
func (n *node) write(properties string) error {
	if err := os.MkdirAll(filepath.Join(n.dir, "data"), 0o755); err != nil {
		return err
	}
	return os.WriteFile(n.propertiesPath(), []byte(properties), 0o644)
}

// prepare brings up what brokers need before they start: formatted storage, or
// ZooKeeper.
func (c *Cluster) prepare(ctx context.Context) error {
	if c.zooKeeper != nil {
		if err := c.zooKeeper.start(); err != nil {
			return err
		}
		return c.waitReady(ctx, []*node{c.zooKeeper}, listens)
	}
	id := newClusterID()
	args := []string{"format", "--cluster-id", id}
	if c.release.atLeast(4, 1) && !c.release.atLeast(4, 2) { // there, but not yet on by default
		args = append(args, "--feature", "share.version=1")
	}
	formatted := make(chan error)
	for _, n := range c.brokers {
		go func() {
			formatted <- c.runTool(ctx, "kafka.tools.StorageTool", append(args[:len(args):len(args)], "--config", n.propertiesPath())...)
		}()
	}
	var failed []error
	for range c.brokers {
		failed = append(failed, <-formatted)
	}
	return errors.Join(failed...)
}

// newClusterID returns a random one, which must not look like an option.
func newClusterID() string {
	var id [16]byte
	rand.Read(id[:])
	id[0] &= 0x7f
	return base64.RawURLEncoding.EncodeToString(id[:])
}

// Version is the release that runs, such as "4.3.1".
func (c *Cluster) Version() string { return c.release.String() }

// Nodes returns the ids of the brokers.
func (c *Cluster) Nodes() []int32 {
	ids := make([]int32, len(c.brokers))
	for i := range ids {
		ids[i] = int32(i + 1)
	}
	return ids
}

// BootstrapServers returns the host:port of each broker's PLAINTEXT listener.
func (c *Cluster) BootstrapServers() []string {
	servers := make([]string, len(c.brokers))
	for i, n := range c.brokers {
		servers[i] = n.address()
	}
	return servers
}

// TLSBootstrapServers returns the host:port of each broker's TLS listener, none
// without Config.TLS.
func (c *Cluster) TLSBootstrapServers() []string { return c.tls }

// Authority returns that of the brokers' certificates, for localhost and 127.0.0.1,
// and of the clients that they trust; nil without Config.TLS.
func (c *Cluster) Authority() *Authority {
	if c.certificates == nil {
		return nil
	}
	return c.certificates.authority
}

// LogPath returns the file that holds what the broker printed, over all its runs.
func (c *Cluster) LogPath(id int32) (string, error) {
	n, err := c.node(id)
	if err != nil {
		return "", err
	}
	return n.logPath(), nil
}

// Kill ends a broker by SIGKILL, and returns when it is gone. Its ports stay
// reserved for [Cluster.Restart].
func (c *Cluster) Kill(id int32) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	return n.kill()
}

// Pause stops a broker by SIGSTOP, and returns when it has stopped: its
// connections stay open and silent.
func (c *Cluster) Pause(id int32) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	return n.pause()
}

// Resume lets a paused broker go on, by SIGCONT.
func (c *Cluster) Resume(id int32) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	return n.resume()
}

// Restart ends a broker, in good order if it runs, starts it again on its data
// and ports, and returns when it is a member of the cluster.
func (c *Cluster) Restart(ctx context.Context, id int32) error {
	n, err := c.node(id)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.StartTimeout)
	defer cancel()
	endNodes([]*node{n}, restartGrace)
	if err := n.start(); err != nil {
		return err
	}
	return c.waitReady(ctx, []*node{n}, c.selfKnown)
}

// Stop ends all processes of the cluster (SIGTERM, and SIGKILL after a grace of
// 2 seconds) and deletes its files. Calls after the first return the same.
func (c *Cluster) Stop() error { return c.stop(stopGrace, false) }

func (c *Cluster) stop(grace time.Duration, keepLogs bool) error {
	c.stopOnce.Do(func() {
		endNodes(c.brokers, grace)
		if c.zooKeeper != nil {
			endNodes([]*node{c.zooKeeper}, grace)
		}
		if c.ports != nil {
			c.ports.Release()
		}
		c.stopErr = c.wipe(keepLogs)
		c.releaseDir()
	})
	return c.stopErr
}

// wipe deletes the cluster's files, or only its data.
func (c *Cluster) wipe(keepLogs bool) error {
	if !keepLogs {
		return os.RemoveAll(c.dir)
	}
	data, err := filepath.Glob(filepath.Join(c.dir, "*", "data"))
	for _, dir := range data {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

func (c *Cluster) node(id int32) (*node, error) {
	if id < 1 || int(id) > len(c.brokers) {
		var ids []string
		for _, n := range c.brokers {
			ids = append(ids, n.name)
		}
		return nil, fmt.Errorf("kafkabroker: no node %d, there are %s", id, strings.Join(ids, ", "))
	}
	return c.brokers[id-1], nil
}
