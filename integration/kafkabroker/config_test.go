package kafkabroker

import (
	"errors"
	"strings"
	"testing"
)

// laidOut returns a cluster as far as its files are, none of which are written.
func laidOut(t *testing.T, config Config) (*Cluster, []broker) {
	t.Helper()
	config, r, err := config.validated()
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{config: config, release: r, dir: "/run", ports: &portReservation{}}
	for port := range 20 {
		c.ports.Ports = append(c.ports.Ports, 20000+port)
	}
	protocols := []string{"PLAINTEXT"}
	if config.TLS {
		protocols = append(protocols, "SSL")
		c.certificates = &certificates{keyStore: "/run/server.p12"}
	}
	if !r.kraft() {
		c.zooKeeper = c.newNode("zookeeper", c.ports.take())
	}
	return c, c.places(protocols)
}

func TestProperties(t *testing.T) {
	for _, test := range []struct {
		name   string
		config Config
		node   int
		want   []string
		absent []string
	}{
		{
			name:   "SASL",
			config: Config{Version: "4.3.1", SASL: map[string]string{"PLAIN": "Login required", "SCRAM-SHA-256": "Other required"}},
			want: []string{
				"sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256",
				"listener.name.sasl_plaintext.plain.sasl.jaas.config=Login required;",
				"listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=Other required;",
			},
		},
		{
			name:   "SASL before its login modules were properties",
			config: Config{Version: "0.10.2.2", SASL: map[string]string{"PLAIN": "Login required"}},
			want:   []string{"sasl.enabled.mechanisms=PLAIN"},
			absent: []string{"jaas"},
		},
		{
			name:   "KRaft",
			config: Config{Version: "4.3.1", Nodes: 3, TLS: true},
			node:   1,
			want: []string{
				"node.id=2",
				"process.roles=broker,controller",
				"controller.quorum.voters=1@127.0.0.1:20002,2@127.0.0.1:20005,3@127.0.0.1:20008",
				"listeners=PLAINTEXT://127.0.0.1:20003,SSL://127.0.0.1:20004,CONTROLLER://127.0.0.1:20005",
				"advertised.listeners=PLAINTEXT://127.0.0.1:20003,SSL://127.0.0.1:20004",
				"listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL",
				"default.replication.factor=3",
				"min.insync.replicas=2",
				"offsets.topic.num.partitions=4",
				"transaction.state.log.num.partitions=4",
				"share.coordinator.state.topic.num.partitions=4",
				"ssl.keystore.location=/run/server.p12",
				"ssl.keystore.type=PKCS12",
				"log.dirs=/run/2/data",
			},
			absent: []string{"zookeeper.connect", "broker.id", "host.name", "unstable.api.versions.enable"},
		},
		{
			name:   "KRaft beyond the quorum",
			config: Config{Version: "3.9.1", Nodes: 4},
			node:   3,
			want: []string{
				"process.roles=broker",
				"controller.quorum.voters=1@127.0.0.1:20001,2@127.0.0.1:20003,3@127.0.0.1:20005",
				"listeners=PLAINTEXT://127.0.0.1:20006",
			},
			absent: []string{"share.coordinator.state.topic.min.isr", "ssl.keystore.type"},
		},
		{
			name:   "ZooKeeper",
			config: Config{Version: "2.8.2", Properties: map[string]string{"num.partitions": "7", "sasl.jaas.config": "a\\b"}},
			want: []string{
				"broker.id=1",
				"zookeeper.connect=127.0.0.1:20000",
				"listeners=PLAINTEXT://127.0.0.1:20001",
				"default.replication.factor=1",
				"min.insync.replicas=1",
				"num.partitions=7",
				`sasl.jaas.config=a\\b`,
			},
			absent: []string{"process.roles", "listener.security.protocol.map"},
		},
		{
			name:   "before listeners",
			config: Config{Version: "0.8.0"},
			want:   []string{"host.name=127.0.0.1", "port=20001", "delete.topic.enable=true"},
			absent: []string{"listeners", "advertised.host.name", "min.insync.replicas", "offsets.topic.num.partitions"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, places := laidOut(t, test.config)
			text := "\n" + c.properties(places[test.node], places)
			for _, line := range test.want {
				if !strings.Contains(text, "\n"+line+"\n") {
					t.Errorf("no line %s in%s", line, text)
				}
			}
			for _, key := range test.absent {
				if strings.Contains(text, "\n"+key+"=") {
					t.Errorf("%s does not belong in%s", key, text)
				}
			}
		})
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, config := range map[string]Config{
		"no version":     {},
		"too many nodes": {Version: "4.3.1", Nodes: 10},
		"negative nodes": {Version: "4.3.1", Nodes: -1},
		"TLS too old":    {Version: "0.8.2.2", TLS: true},
		"heap":           {Version: "4.3.1", Heap: "much"},
	} {
		if _, err := Start(t.Context(), config); err == nil || !strings.HasPrefix(err.Error(), "kafkabroker: ") {
			t.Errorf("%s: %v, want an error of this package", name, err)
		}
	}
}

func TestParseVersions(t *testing.T) {
	for value, want := range map[string]string{
		"":                             "embedded",
		"embedded":                     "embedded",
		"4.3.1, 3.9.1 ,embedded,4.3.1": "4.3.1,3.9.1,embedded",
		"all":                          releases,
	} {
		list, err := parseVersions(value)
		if err != nil || join(list) != want {
			t.Errorf("parseVersions(%q) = %v, %v, want %s", value, list, err, want)
		}
	}
	for _, value := range []string{"4.3", "4.3.1,", "embeded", "4.3.1,all"} {
		if list, err := parseVersions(value); err == nil {
			t.Errorf("parseVersions(%q) = %v, want an error", value, list)
		}
	}
}

func TestNoSuchNode(t *testing.T) {
	c, places := laidOut(t, Config{Version: "4.3.1", Nodes: 3})
	for _, b := range places {
		c.brokers = append(c.brokers, c.newNode(b.dataDir, b.listeners[0].port))
	}
	for _, id := range []int32{-1, 0, 4} {
		if err := c.Kill(id); err == nil {
			t.Errorf("node %d was killed", id)
		}
	}
	if err := c.Kill(3); !errors.Is(err, errNotRunning) {
		t.Errorf("killing a node that does not run: %v", err)
	}
}
