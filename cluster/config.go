package cluster

import (
	"cmp"
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/conn/sasl"
)

// Config is what every client needs to find the brokers and to talk to them.
// The zero value of a field stands for its default, and the zero Config for a
// client of localhost:9092. The name in brackets is Kafka's property.
type Config struct {
	// BootstrapServers are brokers to ask for the cluster's metadata, each as
	// host:port; the port may be left out for 9092, an IPv6 address with a port
	// needs brackets. Some of the cluster's brokers are enough: they name the
	// others. Default localhost:9092. [bootstrap.servers]
	BootstrapServers []string

	// ClientID names the client in the brokers' logs, metrics and quotas. Default
	// none. [client.id]
	ClientID string

	// Dialer makes all connections: set it to use a proxy, see package conn/proxy,
	// or another network. It is given host names as they are. Default a
	// [conn.NetDialer], which tries all addresses of a name and looks it up again
	// for every connection.
	Dialer conn.Dialer

	// DNSLookup is what BootstrapServers are taken for: names to connect to, or
	// aliases to look up first. Default [UseAllDNSIPs]. [client.dns.lookup]
	DNSLookup DNSLookup

	// TLS, if it is set, encrypts all connections; an empty ServerName stands for
	// the host of each address. Default nil, which is plain text.
	// [security.protocol=SSL, ssl.*]
	TLS *tls.Config

	// SASL, if it is set, is how all connections authenticate. Default nil, which is
	// not at all. [security.protocol=SASL_SSL, sasl.*]
	SASL sasl.Mechanism

	// ConnectTimeout bounds making one connection: name lookup, TCP, TLS, the
	// exchange of versions and SASL together. Default 10 s.
	// [socket.connection.setup.timeout.ms]
	ConnectTimeout time.Duration

	// ConnectTimeoutMax is the most that ConnectTimeout grows to: it doubles for a
	// broker with each attempt in a row that took too long, ±20 % at random
	// (KIP-601). Default 30 s, or ConnectTimeout if that is longer.
	// [socket.connection.setup.timeout.max.ms]
	ConnectTimeoutMax time.Duration

	// ReceiveBuffer and SendBuffer are the sizes of the sockets' buffers in bytes.
	// Default those of the system, which fits them to each connection.
	// [receive.buffer.bytes, send.buffer.bytes]
	ReceiveBuffer, SendBuffer int

	// DisableKeepAlive turns TCP's keep-alive probes off. Default false: the first
	// is sent after 15 s of silence. [socket.keepalive.enable=false of librdkafka]
	DisableKeepAlive bool

	// RequestTimeout is how long an answer may take; later the connection is given
	// up. Default 30 s. [request.timeout.ms]
	RequestTimeout time.Duration

	// APIVersion is the release of Kafka that all brokers are taken for, such as
	// "2.8", "0.10.2" or kafka-python's "(0, 10, 2)"; see [conn.ParseRelease]. It
	// saves the question for the versions of their APIs, which takes half a second
	// with Kafka 0.9, and is a help where something on the way does not bear it. It
	// must not be newer than any of the brokers, and with brokers from 4.0 on not
	// older than 2.1: else there are errors that name it. Default empty: each
	// broker is asked. [api_version of kafka-python, broker.version.fallback of
	// librdkafka with api.version.request=false]
	APIVersion string

	// GuessRelease is for brokers that neither tell their API versions nor fail as
	// those of a release from before 0.10: they are taken for the newest of these
	// one of whose APIs they answer for. Default false: that is an error.
	GuessRelease bool

	// ReconnectBackoff is the pause after the first failure to connect to a
	// broker. It doubles with every further one up to ReconnectBackoffMax, each
	// ±20 % at random. Default 50 ms. [reconnect.backoff.ms]
	ReconnectBackoff time.Duration

	// ReconnectBackoffMax is the longest such pause. Default 1 s, or
	// ReconnectBackoff if that is longer. [reconnect.backoff.max.ms]
	ReconnectBackoffMax time.Duration

	// RetryBackoff is the pause before a failed request is tried again, and the
	// least time between two refreshes of the metadata. It doubles with every
	// further failure up to RetryBackoffMax, each ±20 % at random. Default 100 ms.
	// [retry.backoff.ms]
	RetryBackoff time.Duration

	// RetryBackoffMax is the longest such pause. Default 1 s, or RetryBackoff if
	// that is longer. [retry.backoff.max.ms]
	RetryBackoffMax time.Duration

	// MetadataMaxAge is the age at which metadata are refreshed though nothing
	// went wrong, so that new brokers, and new topics of a pattern subscription,
	// are found. Default 5 min. [metadata.max.age.ms]
	MetadataMaxAge time.Duration

	// ConnectionsMaxIdle is the time after which an unused connection is closed.
	// It should be less than the brokers' own connections.max.idle.ms of 10 min.
	// Default 9 min; negative: never. [connections.max.idle.ms]
	ConnectionsMaxIdle time.Duration

	// MaxInFlight is how many requests may wait for their answers on one
	// connection. Default 5. [max.in.flight.requests.per.connection]
	MaxInFlight int

	// MaxResponseBytes is the largest answer that is accepted; a longer one closes
	// the connection before anything of it is read. Default 128 MiB.
	// [receive.message.max.bytes of librdkafka]
	MaxResponseBytes int

	// DisableAutoTopicCreation keeps brokers from creating topics that are asked
	// for and do not exist; otherwise they may, where auto.create.topics.enable is
	// set. Default false. [allow.auto.create.topics=false]
	DisableAutoTopicCreation bool

	// DisableRebootstrap makes a client that can reach none of the brokers it
	// knows try only these; otherwise it asks BootstrapServers again (KIP-899).
	// Default false. [metadata.recovery.strategy=none]
	DisableRebootstrap bool

	// RebootstrapTrigger is how long the client may try in vain to get metadata from
	// the brokers it knows before it asks BootstrapServers beside them (KIP-1102). It
	// does so earlier where all of them fail. Default 5 min.
	// [metadata.recovery.rebootstrap.trigger.ms]
	RebootstrapTrigger time.Duration

	// AllowClusterChange lets the client carry on where BootstrapServers lead to a
	// cluster with another id than before. Otherwise it refuses, since offsets,
	// groups and producer ids of one cluster mean nothing in another. Default
	// false.
	AllowClusterChange bool

	// Hooks are functions that are told of connections, requests and responses as
	// they come and go. Default none, which costs nothing.
	Hooks conn.Hooks

	// Logger gets the client's messages. Default slog.Default().
	Logger *slog.Logger
}

// WithDefaults returns c with its zero fields replaced by what they stand for:
// what a client made of c has.
func (c Config) WithDefaults() Config {
	if len(c.BootstrapServers) == 0 {
		c.BootstrapServers = []string{"localhost:9092"}
	}
	c.ConnectTimeout = cmp.Or(c.ConnectTimeout, conn.DefaultConnectTimeout)
	c.ConnectTimeoutMax = cmp.Or(c.ConnectTimeoutMax, max(conn.DefaultConnectTimeoutMax, c.ConnectTimeout))
	c.RequestTimeout = cmp.Or(c.RequestTimeout, conn.DefaultRequestTimeout)
	c.ReconnectBackoff = cmp.Or(c.ReconnectBackoff, conn.DefaultReconnectBackoff)
	c.ReconnectBackoffMax = cmp.Or(c.ReconnectBackoffMax, max(conn.DefaultReconnectBackoffMax, c.ReconnectBackoff))
	c.RetryBackoff = cmp.Or(c.RetryBackoff, 100*time.Millisecond)
	c.RetryBackoffMax = cmp.Or(c.RetryBackoffMax, max(time.Second, c.RetryBackoff))
	c.MetadataMaxAge = cmp.Or(c.MetadataMaxAge, max(5*time.Minute, c.RetryBackoff))
	c.ConnectionsMaxIdle = cmp.Or(c.ConnectionsMaxIdle, conn.DefaultMaxIdle)
	c.RebootstrapTrigger = cmp.Or(c.RebootstrapTrigger, 5*time.Minute)
	c.MaxInFlight = cmp.Or(c.MaxInFlight, conn.DefaultMaxInFlight)
	c.MaxResponseBytes = cmp.Or(c.MaxResponseBytes, conn.DefaultMaxResponseBytes)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// warnOfCleartext logs that the mechanism shows what proves the client's identity
// to whoever listens on the way.
func (c *Config) warnOfCleartext() {
	if c.SASL == nil || c.TLS != nil {
		return
	}
	if name := c.SASL.Name(); name == "PLAIN" || name == "OAUTHBEARER" {
		c.Logger.Warn("kafka: passwords or tokens are sent over connections that are not encrypted: set TLS (security.protocol=SASL_SSL)", "mechanism", name)
	}
}

// conn returns what connections need of c.
func (c *Config) conn() conn.Config {
	dialer := c.Dialer
	if dialer == nil {
		dialer = new(conn.NetDialer) // one, so that what it learns is for all brokers
	}
	return conn.Config{
		ClientID:            c.ClientID,
		Dialer:              dialer,
		ConnectTimeoutMax:   c.ConnectTimeoutMax,
		ReceiveBuffer:       c.ReceiveBuffer,
		SendBuffer:          c.SendBuffer,
		DisableKeepAlive:    c.DisableKeepAlive,
		Hooks:               c.Hooks,
		TLS:                 c.TLS,
		SASL:                c.SASL,
		ConnectTimeout:      c.ConnectTimeout,
		RequestTimeout:      c.RequestTimeout,
		APIVersion:          c.APIVersion,
		GuessRelease:        c.GuessRelease,
		MaxInFlight:         c.MaxInFlight,
		MaxIdle:             c.ConnectionsMaxIdle,
		MaxResponseBytes:    c.MaxResponseBytes,
		ReconnectBackoff:    c.ReconnectBackoff,
		ReconnectBackoffMax: c.ReconnectBackoffMax,
		OldBrokers:          new(conn.OldBrokers),
		Logger:              c.Logger,
	}
}
