package kafkabroker

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config describes a cluster to [Start].
type Config struct {
	// Version is the release, such as "4.3.1" or "0.10.2.2".
	Version string
	// Nodes is the number of brokers, default 1. With three or more, topics are
	// replicated three times with min.insync.replicas=2.
	Nodes int
	// TLS adds a listener that speaks TLS, with a certificate of a new authority
	// (see [Cluster.TLSBootstrapServers] and [Cluster.Authority]). It came with Kafka
	// 0.9. With the property ssl.client.auth=required it demands certificates of the
	// same authority from clients.
	TLS bool
	// SASL adds a listener where clients authenticate, without TLS (see
	// [Cluster.SASLBootstrapServers]): for each mechanism, the broker's login module
	// of Java's with its options. It came with Kafka 0.9.
	SASL map[string]string
	// JVMOptions are further options of the brokers' java.
	JVMOptions []string
	// Heap is each broker's heap, default "512m".
	Heap string
	// Properties are broker settings; they win over this package's.
	Properties map[string]string
	// StartTimeout bounds the start, jars at hand; default 2 minutes.
	StartTimeout time.Duration
}

var heapSize = regexp.MustCompile(`^[1-9][0-9]*[kmg]$`)

// validated returns the Config with its defaults, and its release.
func (cfg Config) validated() (Config, release, error) {
	r, err := parseRelease(cfg.Version)
	if err != nil {
		return cfg, nil, err
	}
	if cfg.Nodes == 0 {
		cfg.Nodes = 1
	}
	if cfg.Heap == "" {
		cfg.Heap = "512m"
	}
	if cfg.StartTimeout == 0 {
		cfg.StartTimeout = 2 * time.Minute
	}
	switch {
	case cfg.Nodes < 0 || cfg.Nodes > 9:
		err = fmt.Errorf("kafkabroker: Config.Nodes is %d: want 1 to 9", cfg.Nodes)
	case cfg.TLS && !r.atLeast(0, 9):
		err = fmt.Errorf("kafkabroker: Config.TLS: Kafka %s has no TLS, it came with 0.9", r)
	case len(cfg.SASL) > 0 && !r.atLeast(0, 9):
		err = fmt.Errorf("kafkabroker: Config.SASL: Kafka %s has no SASL, it came with 0.9", r)
	case !heapSize.MatchString(cfg.Heap):
		err = fmt.Errorf("kafkabroker: Config.Heap is %q: want a size such as 512m", cfg.Heap)
	}
	return cfg, r, err
}

// replication returns the replication factor of topics and their
// min.insync.replicas.
func (cfg Config) replication() (factor, minInSync int) {
	if cfg.Nodes >= 3 {
		return 3, 2
	}
	return cfg.Nodes, 1
}

// A listener is a port of a broker, named after its protocol: so it needs no
// entry in listener.security.protocol.map before 0.10.2.
type listener struct {
	name string
	port int
}

func (l listener) String() string { return l.name + "://127.0.0.1:" + strconv.Itoa(l.port) }

// A broker is the place of one broker in its cluster.
type broker struct {
	id         int32
	listeners  []listener // that clients use; the first is PLAINTEXT
	controller int        // the port of its KRaft controller, 0 if it has none
	dataDir    string
}

// properties is the settings file of broker b among its peers.
func (c *Cluster) properties(b broker, peers []broker) string {
	p := map[string]string{
		"log.dirs":                  b.dataDir,
		"num.partitions":            "1",
		"auto.create.topics.enable": "true",
	}
	c.setReplication(p)
	c.setListeners(p, b)
	if c.release.kraft() {
		setQuorum(p, b, peers)
	} else {
		p["broker.id"] = strconv.Itoa(int(b.id))
		p["zookeeper.connect"] = c.zooKeeper.address()
		p["zookeeper.connection.timeout.ms"] = "30000"
	}
	if c.certificates != nil {
		p["ssl.keystore.type"] = "PKCS12"
		p["ssl.keystore.location"] = c.certificates.keyStore
		p["ssl.keystore.password"] = keyStorePassword
		p["ssl.key.password"] = keyStorePassword
		p["ssl.truststore.type"] = "PKCS12"
		p["ssl.truststore.location"] = c.certificates.trustStore
		p["ssl.truststore.password"] = keyStorePassword
	}
	c.setSASL(p)
	maps.Copy(p, c.config.Properties)
	return renderProperties(p)
}

// consumerHeartbeats is the time between heartbeats in groups of KIP-848.
const consumerHeartbeats = "200"

// setReplication sets what exists in the release, and internal topics small.
func (c *Cluster) setReplication(p map[string]string) {
	r := c.release
	factor, minInSync := c.config.replication()
	f, m := strconv.Itoa(factor), strconv.Itoa(minInSync)
	p["default.replication.factor"] = f
	if !r.atLeast(1) {
		p["delete.topic.enable"] = "true"
	}
	if r.atLeast(0, 8, 2) {
		p["min.insync.replicas"] = m
		p["log.cleaner.dedupe.buffer.size"] = strconv.Itoa(4 << 20)
		p["offsets.topic.num.partitions"] = "4"
		p["offsets.topic.replication.factor"] = f
	}
	if r.atLeast(0, 10, 1) {
		p["log.retention.ms"] = "-1" // records of tests may have old timestamps
	}
	if r.atLeast(0, 11) {
		p["transaction.state.log.num.partitions"] = "4"
		p["transaction.state.log.replication.factor"] = f
		p["transaction.state.log.min.isr"] = m
		p["group.initial.rebalance.delay.ms"] = "0"
	}
	if r.atLeast(4) {
		p["share.coordinator.state.topic.num.partitions"] = "4"
		p["share.coordinator.state.topic.replication.factor"] = f
		p["share.coordinator.state.topic.min.isr"] = m
	}
	if r.atLeast(4) { // groups of KIP-848: members of tests notice rebalances soon
		p["group.consumer.heartbeat.interval.ms"] = consumerHeartbeats
		p["group.consumer.min.heartbeat.interval.ms"] = consumerHeartbeats
		p["group.consumer.min.session.timeout.ms"] = "1000"
	}
	if r.atLeast(4) && !r.atLeast(4, 1) { // early access; later releases have a feature level
		p["unstable.api.versions.enable"] = "true"
		p["group.share.enable"] = "true"
		p["group.coordinator.rebalance.protocols"] = "classic,consumer,share"
	}
}

func (c *Cluster) setListeners(p map[string]string, b broker) {
	if !c.release.atLeast(0, 9) {
		port := strconv.Itoa(b.listeners[0].port)
		p["host.name"], p["port"] = "127.0.0.1", port
		if c.release.atLeast(0, 8, 1) {
			p["advertised.host.name"], p["advertised.port"] = "127.0.0.1", port
		}
		return
	}
	bound := slices.Clone(b.listeners)
	if b.controller != 0 {
		bound = append(bound, listener{"CONTROLLER", b.controller})
	}
	p["listeners"] = joinListeners(bound)
	p["advertised.listeners"] = joinListeners(b.listeners)
	if c.release.kraft() {
		protocols := []string{"CONTROLLER:PLAINTEXT"}
		for _, l := range b.listeners {
			protocols = append(protocols, l.name+":"+l.name)
		}
		p["listener.security.protocol.map"] = join(protocols)
	}
}

// setQuorum makes the brokers that have a controller its voters.
func setQuorum(p map[string]string, b broker, peers []broker) {
	var voters []string
	for _, v := range peers {
		if v.controller != 0 {
			voters = append(voters, fmt.Sprintf("%d@127.0.0.1:%d", v.id, v.controller))
		}
	}
	p["process.roles"] = "broker"
	if b.controller != 0 {
		p["process.roles"] = "broker,controller"
	}
	p["node.id"] = strconv.Itoa(int(b.id))
	p["controller.listener.names"] = "CONTROLLER"
	p["controller.quorum.voters"] = join(voters)
}

var propertyEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`)

func renderProperties(p map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(p)) {
		fmt.Fprintf(&b, "%s=%s\n", key, propertyEscapes.Replace(p[key]))
	}
	return b.String()
}

func joinListeners(listeners []listener) string {
	names := make([]string, len(listeners))
	for i, l := range listeners {
		names[i] = l.String()
	}
	return join(names)
}

func join(list []string) string { return strings.Join(list, ",") }
