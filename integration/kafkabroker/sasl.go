package kafkabroker

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// saslListener is the protocol, and so the name, of the listener of [Config.SASL].
const saslListener = "SASL_PLAINTEXT"

// setSASL enables the mechanisms. Before 1.1 their login modules are in a file (see
// [Cluster.brokerOptions]).
func (c *Cluster) setSASL(p map[string]string) {
	if len(c.config.SASL) == 0 {
		return
	}
	prefix := "listener.name." + strings.ToLower(saslListener) + "."
	p["sasl.enabled.mechanisms"] = join(slices.Sorted(maps.Keys(c.config.SASL)))
	if c.release.atLeast(1, 1) {
		for mechanism, module := range c.config.SASL {
			p[prefix+strings.ToLower(mechanism)+".sasl.jaas.config"] = module + ";"
		}
	}
}

// brokerOptions are further options of the brokers' JVM.
func (c *Cluster) brokerOptions() ([]string, error) {
	options := slices.Clone(c.config.JVMOptions)
	if len(c.config.SASL) == 0 || c.release.atLeast(1, 1) {
		return options, nil
	}
	var modules strings.Builder
	for _, mechanism := range slices.Sorted(maps.Keys(c.config.SASL)) {
		modules.WriteString(c.config.SASL[mechanism] + ";\n")
	}
	path := filepath.Join(c.dir, "jaas.conf")
	err := os.WriteFile(path, []byte("KafkaServer {\n"+modules.String()+"};\n"), 0o600)
	return append(options, "-Djava.security.auth.login.config="+path), err
}

// addSASLAddress notes where the broker has its listener.
func (c *Cluster) addSASLAddress(b broker) {
	for _, l := range b.listeners {
		if l.name == saslListener {
			c.sasl = append(c.sasl, net.JoinHostPort("127.0.0.1", strconv.Itoa(l.port)))
		}
	}
}

// SASLBootstrapServers returns the host:port of each broker's SASL listener, none
// without Config.SASL.
func (c *Cluster) SASLBootstrapServers() []string { return c.sasl }

// AddScramUser has Kafka's own tool add a user for SCRAM-SHA-256 or -512, which came
// with 0.10.2.
func (c *Cluster) AddScramUser(ctx context.Context, mechanism, name, password string) error {
	connect := []string{"--bootstrap-server", join(c.BootstrapServers())}
	if !c.release.kraft() {
		connect = []string{"--zookeeper", c.zooKeeper.address()}
	}
	credentials := fmt.Sprintf("%s=[iterations=4096,password=%s]", mechanism, password)
	return c.runTool(ctx, "kafka.admin.ConfigCommand", append(connect, "--alter", "--add-config", credentials, "--entity-type", "users", "--entity-name", name)...)
}
