package properties

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/producer"
)

// notFromText are the fields that have no key.
var notFromText = map[string]string{
	"Logger":             "a Go value",
	"Hooks":              "functions",
	"RebalanceListener":  "functions",
	"StallTimeout":       "no Kafka client has it",
	"OnStall":            "a function",
	"OnCorruptBatch":     "no Kafka client has it",
	"Interceptors":       "functions",
	"ResetDuration":      "auto.offset.reset=by_duration:... sets it",
	"AllowClusterChange": "no Kafka client has it; who wants it decides so in the program",
	"MaxBatchBytes":      "no Kafka client has it",
	"GuessRelease":       "it is for CheckVersion",
}

// samples are a value for each key, other than the default, and what its field
// is then.
var samples = map[string]struct {
	text string
	want any
}{
	"bootstrap.servers":                        {"a:1, b:2,", []string{"a:1", "b:2"}},
	"client.id":                                {"me", "me"},
	"socket.connection.setup.timeout.ms":       {"1500", 1500 * time.Millisecond},
	"socket.connection.setup.timeout.max.ms":   {"45000", 45 * time.Second},
	"client.dns.lookup":                        {"resolve_canonical_bootstrap_servers_only", cluster.ResolveCanonicalBootstrap},
	"proxy.url":                                {"socks5://u:p@proxy:1080", nil}, // a function: see TestProxyURL
	"receive.buffer.bytes":                     {"65536", 65536},
	"send.buffer.bytes":                        {"131072", 131072},
	"socket.keepalive.enable":                  {"false", true},
	"metadata.recovery.rebootstrap.trigger.ms": {"60000", time.Minute},
	"request.timeout.ms":                       {"60000", time.Minute},
	"api.version":                              {"(0, 10, 2)", "0.10.2"},
	"api.version.request":                      {"false", "0.10.0"},
	"broker.version.fallback":                  {"2.8", nil}, // counts with api.version.request=false: see TestAPIVersion
	"reconnect.backoff.ms":                     {"100", 100 * time.Millisecond},
	"reconnect.backoff.max.ms":                 {"2000", 2 * time.Second},
	"retry.backoff.ms":                         {"200", 200 * time.Millisecond},
	"retry.backoff.max.ms":                     {"3000", 3 * time.Second},
	"metadata.max.age.ms":                      {"10000", 10 * time.Second},
	"connections.max.idle.ms":                  {"-1", -time.Nanosecond},
	"max.in.flight.requests.per.connection":    {"2", 2},
	"receive.message.max.bytes":                {"1000000", 1000000},
	"allow.auto.create.topics":                 {"false", true},
	"metadata.recovery.strategy":               {"none", true},
	"acks":                                     {"1", nil}, // see TestIdempotence
	"enable.idempotence":                       {"False", true},
	"compression.type":                         {"zstd", codec.Zstd},
	"compression.level":                        {"7", 7},
	"compression.gzip.level":                   {"9", nil}, // counts with gzip alone: see TestCompressionLevel
	"compression.lz4.level":                    {"9", nil},
	"compression.zstd.level":                   {"9", nil},
	"batch.size":                               {"16384", 16384},
	"linger.ms":                                {"0", -time.Nanosecond},
	"buffer.memory":                            {"1048576", 1 << 20},
	"queue.buffering.max.kbytes":               {"1024", 1 << 20},
	"max.block.ms":                             {"5000", 5 * time.Second},
	"max.request.size":                         {"2097152", 2 << 20},
	"delivery.timeout.ms":                      {"30000", 30 * time.Second},
	"transactional.id":                         {"orders-1", "orders-1"},
	"transaction.timeout.ms":                   {"90000", 90 * time.Second},
	"transaction.two.phase.commit.enable":      {"true", true},
	"retries":                                  {"3", 3},
	"metrics.num.samples":                      {"3", 3},
	"metrics.sample.window.ms":                 {"10000", 10 * time.Second},
	"partitioner.class":                        {"org.apache.kafka.clients.producer.RoundRobinPartitioner", nil}, // a function: see TestPartitioner
	"partitioner.ignore.keys":                  {"true", nil},
	"partitioner.adaptive.partitioning.enable": {"false", nil},
	"partitioner.availability.timeout.ms":      {"5000", nil},
	"group.id":                                 {"g", "g"},
	"group.instance.id":                        {"i", "i"},
	"group.protocol":                           {"consumer", consumer.ConsumerProtocol},
	"group.remote.assignor":                    {"uniform", "uniform"},
	"auto.offset.reset":                        {"earliest", consumer.ResetEarliest},
	"isolation.level":                          {"read_committed", consumer.ReadCommitted},
	"fetch.min.bytes":                          {"100", 100},
	"fetch.max.wait.ms":                        {"50", 50 * time.Millisecond},
	"fetch.max.bytes":                          {"1000", 1000},
	"max.partition.fetch.bytes":                {"2000", 2000},
	"queued.max.messages.kbytes":               {"65536", 64 << 20},
	"max.poll.records":                         {"10", 10},
	"max.poll.interval.ms":                     {"600000", 10 * time.Minute},
	"consumer.timeout.ms":                      {"2500", 2500 * time.Millisecond},
	"session.timeout.ms":                       {"10000", 10 * time.Second},
	"heartbeat.interval.ms":                    {"1000", time.Second},
	"partition.assignment.strategy": {"sticky, roundrobin, range, org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
		[]assignors.Assignor{assignors.Sticky(), assignors.RoundRobin(), assignors.Range(), assignors.CooperativeSticky()}},
	"enable.auto.commit":      {"false", true},
	"auto.commit.interval.ms": {"1000", time.Second},
	"check.crcs":              {"false", true},
	"exclude.internal.topics": {"false", true},
	"client.rack":             {"eu-1a", "eu-1a"},
}

// TestEveryFieldHasAKey holds the table against the fields of the Configs: a
// field without a key, and a key for a field that there is not, fail.
func TestEveryFieldHasAKey(t *testing.T) {
	for _, config := range []struct {
		typ     reflect.Type
		clients Clients
	}{
		{reflect.TypeFor[cluster.Config](), AllClients},
		{reflect.TypeFor[producer.Config](), Producers},
		{reflect.TypeFor[consumer.Config](), Consumers},
	} {
		fields := make(map[string]bool)
		for i := range config.typ.NumField() {
			f := config.typ.Field(i)
			if f.Anonymous {
				continue
			}
			fields[f.Name] = true
			has := slices.ContainsFunc(Keys(), func(k Key) bool { return k.Field == f.Name && k.isFor(config.clients) })
			if has == (notFromText[f.Name] != "") {
				t.Errorf("%s.%s: has a key: %t; listed as one that has none: %q", config.typ, f.Name, has, notFromText[f.Name])
			}
		}
		for _, k := range Keys() {
			if k.isFor(config.clients) && !fields[k.Field] {
				t.Errorf("%s is for %s.%s, which does not exist", k.Name, config.typ, k.Field)
			}
		}
	}
}

// isFor tells whether the key is for a field of the Config of these clients alone.
func (k Key) isFor(clients Clients) bool {
	return k.Clients == clients || k.Clients != AllClients && clients != AllClients && k.Clients&clients != 0
}

// TestEveryKey sets each key by each of its names and looks which fields changed.
func TestEveryKey(t *testing.T) {
	for _, k := range Keys() {
		if k.Doc == "" || k.Allowed == "" {
			t.Errorf("%s: doc %q, allowed %q", k.Name, k.Doc, k.Allowed)
		}
		if k.Field == "TLS" || k.Field == "SASL" {
			continue // see tls_test.go and sasl_test.go
		}
		sample, ok := samples[k.Name]
		if !ok {
			t.Errorf("%s: no sample", k.Name)
			continue
		}
		for _, name := range append([]string{k.Name}, k.Aliases...) {
			for _, clients := range []Clients{AllClients, Producers, Consumers} {
				if !k.isFor(clients) {
					continue
				}
				changed := apply(t, Properties{name: sample.text}, clients)
				switch {
				case sample.want == nil:
				case len(changed) != 1:
					t.Errorf("%s=%s sets %v, want %s alone", name, sample.text, changed, k.Field)
				case !reflect.DeepEqual(changed[k.Field], sample.want):
					t.Errorf("%s=%s sets %s to %v, want %v", name, sample.text, k.Field, changed, sample.want)
				}
			}
		}
		var wrong *ValueError
		if err := (Properties{k.Name: ""}).Check(); k.Allowed != "any text" && !errors.As(err, &wrong) {
			t.Errorf("%s without a value: %v", k.Name, err)
		}
	}
}

// apply returns the fields that properties set in the Config of a client.
func apply(t *testing.T, p Properties, clients Clients) map[string]any {
	t.Helper()
	var config any
	var err error
	switch clients {
	case Producers:
		config, err = p.Producer()
	case Consumers:
		config, err = p.Consumer()
	default:
		config, err = p.Client()
	}
	if err != nil {
		t.Errorf("%v: %v", p, err)
	}
	changed := make(map[string]any)
	for i, v := 0, reflect.ValueOf(config); i < v.NumField(); i++ {
		if !v.Field(i).IsZero() && !v.Type().Field(i).Anonymous {
			changed[v.Type().Field(i).Name] = v.Field(i).Interface()
		}
	}
	return changed
}

func TestNamesAreUnique(t *testing.T) {
	names := make(map[string]string)
	for _, k := range Keys() {
		for _, name := range append([]string{k.Name}, k.Aliases...) {
			if other, ok := names[normal(name)]; ok {
				t.Errorf("%s and %s share the name %s", k.Name, other, name)
			}
			names[normal(name)] = k.Name
			if why, ok := reasons[normal(name)]; ok {
				t.Errorf("%s is supported, and not (%s)", name, why)
			}
		}
	}
	for name, why := range reasons {
		if normal(name) != name || why == "" {
			t.Errorf("key %q is not supported because %q", name, why)
		}
	}
}

func TestEachClientGetsTheSharedKeys(t *testing.T) {
	p := Properties{"bootstrap_servers": "a:1", "group.id": "g", "acks": "all", "batch.size": "7"}
	want := []string{"a:1"}
	if c, err := p.Client(); err != nil || !slices.Equal(c.BootstrapServers, want) {
		t.Errorf("client: %v, %v", c.BootstrapServers, err)
	}
	if c, err := p.Producer(); err != nil || !slices.Equal(c.BootstrapServers, want) || c.BatchSize != 7 {
		t.Errorf("producer: %v, %v", c.BootstrapServers, err)
	}
	if c, err := p.Consumer(); err != nil || !slices.Equal(c.BootstrapServers, want) || c.GroupID != "g" {
		t.Errorf("consumer: %v, %v", c.BootstrapServers, err)
	}
}

func TestCompressionLevel(t *testing.T) {
	for _, test := range []struct {
		p    Properties
		want int
	}{
		{Properties{"compression.type": "gzip", "compression.gzip.level": "9", "compression.zstd.level": "3"}, 9},
		{Properties{"compression.type": "zstd", "compression.gzip.level": "9", "compression.zstd.level": "-5"}, -5},
		{Properties{"compression.type": "lz4", "compression.lz4.level": "12", "compression.level": "1"}, 12},
		{Properties{"compression.type": "lz4", "compression.level": "1"}, 1},
		{Properties{"compression.type": "gzip", "compression.gzip.level": "-1"}, 0},
		{Properties{"compression.type": "snappy", "compression.gzip.level": "9"}, 0},
	} {
		if c, err := test.p.Producer(); err != nil || c.CompressionLevel != test.want {
			t.Errorf("%v: level %d, %v; want %d", test.p, c.CompressionLevel, err, test.want)
		}
	}
}

// Zero stands for none where a zero field is the default.
func TestZeroIsNone(t *testing.T) {
	c, err := Properties{"max.block.ms": "0", "retries": "0", "linger.ms": "0", "batch.size": "0"}.Producer()
	if err != nil || c.MaxBlock >= 0 || c.Retries >= 0 || c.Linger >= 0 || c.BatchSize != 1 {
		t.Errorf("MaxBlock %v, Retries %d, Linger %v, BatchSize %d, %v; want all negative, but 1 byte", c.MaxBlock, c.Retries, c.Linger, c.BatchSize, err)
	}
}

// Java's ProducerConfig gives up idempotence where other settings exclude it, and
// refuses them where it is asked for.
func TestIdempotence(t *testing.T) {
	for _, test := range []struct {
		p                    Properties
		disabled, refusedNew bool
	}{
		{Properties{}, false, false},
		{Properties{"acks": "all", "retries": "3", "max.in.flight": "5"}, false, false},
		{Properties{"acks": "1"}, true, false},
		{Properties{"acks": "0"}, true, false},
		{Properties{"retries": "0"}, true, false},
		{Properties{"max.in.flight.requests.per.connection": "6"}, true, false},
		{Properties{"acks": "1", "enable.idempotence": "true"}, false, true},
		{Properties{"retries": "0", "enable_idempotence": "True"}, false, true},
		{Properties{"acks": "1", "transactional.id": "t"}, false, true},
	} {
		c, err := test.p.Producer()
		if err != nil || c.DisableIdempotence != test.disabled {
			t.Errorf("%v: DisableIdempotence %t, %v; want %t", test.p, c.DisableIdempotence, err, test.disabled)
			continue
		}
		p, err := producer.New(c)
		var wrong *cluster.ConfigError
		if refused := errors.As(err, &wrong); refused != test.refusedNew || refused == (err == nil) {
			t.Errorf("%v: New: %v", test.p, err)
		}
		if p != nil {
			if err := p.Close(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	if c, err := (Properties{"acks": "1"}).Producer(); err != nil || c.Acks != producer.AcksLeader {
		t.Errorf("acks=1 is %v, %v", c.Acks, err)
	}
}

func TestProxyURL(t *testing.T) {
	for text, want := range map[string]string{
		"socks5://u:secret@proxy:1081": "socks5://proxy:1081",
		"https://proxy":                "https://proxy:443",
	} {
		cfg, err := Properties{"socks5_proxy": text}.Client()
		if got := fmt.Sprint(cfg.Dialer); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"ftp://u:secret@proxy", "u:secret@proxy:1080", "socks5://u:secret@:1080", "http://u:secret@proxy/path", "socks5://u:sec%ret@proxy"} {
		_, err := Properties{"proxy.url": text}.Client()
		var e *ValueError
		if !errors.As(err, &e) || strings.Contains(err.Error(), "sec") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
