package kafkatest

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/barnabas-go/kafka/protocol"
)

// An Option changes how [Start] and [New] set up a cluster.
type Option func(*config)

type config struct {
	brokers       int
	ports         []int
	network       *Network // nil: loopback TCP
	topics        []seedTopic
	autoCreate    bool
	partitions    int
	release       string
	maxVersions   map[protocol.APIKey]int16
	brokerConfigs map[string]string
	tls           *tls.Config
	users         []user
	log           *slog.Logger
}

type seedTopic struct {
	name       string
	partitions int
}

type user struct{ mechanism, name, password string }

// Brokers sets how many brokers the cluster has; the default is 1. Their node
// ids are 0, 1, and so on.
func Brokers(n int) Option { return func(c *config) { c.brokers = n } }

// Ports sets the port of each broker, and with it their number. The default is
// one broker on a free port.
func Ports(ports ...int) Option {
	return func(c *config) { c.ports, c.brokers = ports, len(ports) }
}

// InMemory runs the cluster on a [Network] of its own instead of loopback TCP,
// so that it works inside a testing/synctest bubble. Clients reach it through
// [Cluster.Dialer].
func InMemory() Option { return func(c *config) { c.network = new(Network) } }

// Topic creates a topic at the start.
func Topic(name string, partitions int) Option {
	return func(c *config) { c.topics = append(c.topics, seedTopic{name, partitions}) }
}

// AutoCreateTopics creates a topic with that many partitions when a client asks
// for its metadata and allows that, as auto.create.topics.enable does. By
// default an unknown topic is an error.
func AutoCreateTopics(partitions int) Option {
	return func(c *config) { c.autoCreate, c.partitions = true, partitions }
}

// Release makes the cluster speak the API versions of an Apache Kafka release,
// such as "2.8" or "3.9.1", where it knows them. By default it speaks the
// newest it knows.
func Release(version string) Option { return func(c *config) { c.release = version } }

// MaxVersion limits one API to versions up to max; -1 takes the API away. It
// goes on top of [Release].
func MaxVersion(apiKey protocol.APIKey, max int16) Option {
	return func(c *config) { c.maxVersions[apiKey] = max }
}

// BrokerConfig sets a broker configuration, such as "message.max.bytes". Those
// that change what the embedded brokers do are few: the limits on messages,
// transactions, sessions and segments, and the timeouts of groups.
func BrokerConfig(name, value string) Option {
	return func(c *config) { c.brokerConfigs[name] = value }
}

// TLS makes the brokers' listeners speak TLS. The config needs a certificate.
func TLS(t *tls.Config) Option { return func(c *config) { c.tls = t } }

// SASL demands that clients authenticate, and adds a user. The mechanism is
// PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.
func SASL(mechanism, username, password string) Option {
	return func(c *config) { c.users = append(c.users, user{mechanism, username, password}) }
}

// Logger takes what the brokers log; the default is to log nothing.
func Logger(l *slog.Logger) Option { return func(c *config) { c.log = l } }

func newConfig(opts []Option) (*config, error) {
	c := &config{
		brokers:       1,
		partitions:    1,
		maxVersions:   make(map[protocol.APIKey]int16),
		brokerConfigs: make(map[string]string),
		log:           slog.New(slog.DiscardHandler),
	}
	for _, o := range opts {
		o(c)
	}
	return c, c.validate()
}

func (c *config) validate() error {
	if c.brokers < 1 || c.brokers > 1000 {
		return fmt.Errorf("kafkatest: %d brokers: Brokers and Ports take 1 to 1000", c.brokers)
	}
	if len(c.ports) > 0 && len(c.ports) != c.brokers {
		return fmt.Errorf("kafkatest: Ports names %d ports, Brokers asks for %d brokers", len(c.ports), c.brokers)
	}
	for _, p := range c.ports {
		if p < 0 || p > 65535 {
			return fmt.Errorf("kafkatest: port %d: Ports takes 0 (any free one) to 65535", p)
		}
	}
	if c.autoCreate && c.partitions < 1 {
		return fmt.Errorf("kafkatest: AutoCreateTopics takes 1 partition or more, not %d", c.partitions)
	}
	for _, t := range c.topics {
		if t.name == "" || t.partitions < 1 {
			return fmt.Errorf("kafkatest: topic %q with %d partitions: Topic takes a name and 1 partition or more", t.name, t.partitions)
		}
	}
	for _, u := range c.users {
		if !slices.Contains([]string{mechanismPlain, "SCRAM-SHA-256", "SCRAM-SHA-512"}, u.mechanism) {
			return fmt.Errorf("kafkatest: SASL mechanism %q: the brokers know PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512", u.mechanism)
		}
	}
	if c.log == nil {
		return fmt.Errorf("kafkatest: Logger is nil: leave the option out to log nothing")
	}
	return nil
}

// versions returns the limits that Release and MaxVersion set, nil for none.
func (c *config) versions() (*kversion.Versions, error) {
	if c.release == "" && len(c.maxVersions) == 0 {
		return nil, nil
	}
	v := kversion.Tip()
	if c.release != "" {
		if v = kversion.FromString(c.release); v == nil {
			return nil, fmt.Errorf("kafkatest: Kafka release %q is not known; known are %s",
				c.release, strings.Join(kversion.VersionStrings(), ", "))
		}
	}
	for key, limit := range c.maxVersions {
		if known, ok := v.LookupMaxKeyVersion(int16(key)); ok && limit < known {
			v.SetMaxKeyVersion(int16(key), limit)
		}
	}
	return v, nil
}
