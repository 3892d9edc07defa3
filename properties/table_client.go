package properties

import (
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn/proxy"
)

var clientKeys = []Key{
	{
		Name: "bootstrap.servers", Aliases: []string{"metadata.broker.list"}, Clients: AllClients, Field: "BootstrapServers", Default: "localhost:9092",
		Doc:   "brokers to ask for the cluster's metadata",
		value: list("must be host:port", func(s *settings) *[]string { return &s.client.BootstrapServers }),
	},
	{
		Name: "client.id", Clients: AllClients, Field: "ClientID",
		Doc:   "names the client in the brokers' logs, metrics and quotas",
		value: text(func(s *settings) *string { return &s.client.ClientID }),
	},
	{
		Name: "socket.connection.setup.timeout.ms", Clients: AllClients, Field: "ConnectTimeout", Default: "10000",
		Doc:   "bounds making one connection: name lookup, TCP, TLS and versions",
		value: milliseconds(func(s *settings) *time.Duration { return &s.client.ConnectTimeout }),
	},
	{
		Name: "socket.connection.setup.timeout.max.ms", Clients: AllClients, Field: "ConnectTimeoutMax", Default: "30000",
		Doc:   "most that it grows to after attempts that took too long",
		value: milliseconds(func(s *settings) *time.Duration { return &s.client.ConnectTimeoutMax }),
	},
	{
		Name: "client.dns.lookup", Clients: AllClients, Field: "DNSLookup", Default: "use_all_dns_ips",
		Doc: "whether bootstrap.servers are connected to as they are, or under the canonical names of their addresses",
		value: oneOf(func(s *settings) *cluster.DNSLookup { return &s.client.DNSLookup },
			choice[cluster.DNSLookup]{cluster.UseAllDNSIPs, []string{cluster.UseAllDNSIPs.String()}},
			choice[cluster.DNSLookup]{cluster.ResolveCanonicalBootstrap, []string{cluster.ResolveCanonicalBootstrap.String()}}),
	},
	{
		Name: "proxy.url", Aliases: []string{"socks5.proxy"}, Clients: AllClients, Field: "Dialer", secret: true,
		Doc: "proxy that all connections lead through",
		value: value{"string", "must be socks5://user:password@host:port, user and password if the proxy wants them, or http or https in place of socks5",
			func(s *settings, text string) bool {
				d, err := proxy.Parse(text)
				s.client.Dialer = d
				return err == nil
			}},
	},
	{
		Name: "receive.buffer.bytes", Aliases: []string{"socket.receive.buffer.bytes"}, Clients: AllClients, Field: "ReceiveBuffer", Default: "-1",
		Doc:   "size of the sockets' receive buffers",
		value: socketBuffer(func(s *settings) *int { return &s.client.ReceiveBuffer }),
	},
	{
		Name: "send.buffer.bytes", Aliases: []string{"socket.send.buffer.bytes"}, Clients: AllClients, Field: "SendBuffer", Default: "-1",
		Doc:   "size of the sockets' send buffers",
		value: socketBuffer(func(s *settings) *int { return &s.client.SendBuffer }),
	},
	{
		Name: "socket.keepalive.enable", Clients: AllClients, Field: "DisableKeepAlive", Default: "true",
		Doc:   "whether TCP probes connections on which nothing comes",
		value: inverted(func(s *settings) *bool { return &s.client.DisableKeepAlive }),
	},
	{
		Name: "request.timeout.ms", Aliases: []string{"socket.timeout.ms"}, Clients: AllClients, Field: "RequestTimeout", Default: "30000",
		Doc:   "how long an answer may take before the connection is given up",
		value: milliseconds(func(s *settings) *time.Duration { return &s.client.RequestTimeout }),
	},
	{
		Name: "api.version", Clients: AllClients, Field: "APIVersion", Default: "auto",
		Doc:   "release that all brokers are taken for, instead of asking each (auto)",
		value: release("auto", func(s *settings) *string { return &s.client.APIVersion }),
	},
	{
		Name: "api.version.request", Clients: AllClients, Field: "APIVersion", Default: "true",
		Doc:   "false: brokers are not asked, but taken for broker.version.fallback",
		value: inverted(func(s *settings) *bool { return &s.unasked }),
	},
	{
		Name: "broker.version.fallback", Clients: AllClients, Field: "APIVersion", Default: "0.10.0",
		Doc:   "that release; without api.version.request=false it has no effect, as old brokers are known by how they answer",
		value: release("", func(s *settings) *string { return &s.fallback }),
	},
	{
		Name: "reconnect.backoff.ms", Clients: AllClients, Field: "ReconnectBackoff", Default: "50",
		Doc:   "pause after the first failure to connect to a broker; doubles",
		value: milliseconds(func(s *settings) *time.Duration { return &s.client.ReconnectBackoff }),
	},
	{
		Name: "reconnect.backoff.max.ms", Clients: AllClients, Field: "ReconnectBackoffMax", Default: "1000",
		Doc:   "longest such pause",
		value: milliseconds(func(s *settings) *time.Duration { return &s.client.ReconnectBackoffMax }),
	},
	{
		Name: "retry.backoff.ms", Clients: AllClients, Field: "RetryBackoff", Default: "100",
		Doc:   "pause before a failed request is tried again; doubles",
		value: milliseconds(func(s *settings) *time.Duration { return &s.client.RetryBackoff }),
	},
	{
		Name: "retry.backoff.max.ms", Clients: AllClients, Field: "RetryBackoffMax", Default: "1000",
		Doc:   "longest such pause",
		value: milliseconds(func(s *settings) *time.Duration { return &s.client.RetryBackoffMax }),
	},
	{
		Name: "metadata.max.age.ms", Aliases: []string{"topic.metadata.refresh.interval.ms"}, Clients: AllClients, Field: "MetadataMaxAge", Default: "300000",
		Doc:   "age at which metadata are refreshed though nothing went wrong",
		value: milliseconds(func(s *settings) *time.Duration { return &s.client.MetadataMaxAge }),
	},
	{
		Name: "connections.max.idle.ms", Clients: AllClients, Field: "ConnectionsMaxIdle", Default: "540000",
		Doc:   "time after which an unused connection is closed",
		value: millisecondsOr("-1", "for never", -1, func(s *settings) *time.Duration { return &s.client.ConnectionsMaxIdle }),
	},
	{
		Name: "max.in.flight.requests.per.connection", Aliases: []string{"max.in.flight"}, Clients: AllClients, Field: "MaxInFlight", Default: "5",
		Doc:   "requests that may wait for their answers on one connection",
		value: integer("", 1, func(s *settings) *int { return &s.client.MaxInFlight }),
	},
	{
		Name: "receive.message.max.bytes", Clients: AllClients, Field: "MaxResponseBytes", Default: "134217728",
		Doc:   "largest answer that is accepted",
		value: integer("bytes", 1, func(s *settings) *int { return &s.client.MaxResponseBytes }),
	},
	{
		Name: "allow.auto.create.topics", Clients: AllClients, Field: "DisableAutoTopicCreation", Default: "true",
		Doc:   "whether brokers may create a topic that is asked for and does not exist",
		value: inverted(func(s *settings) *bool { return &s.client.DisableAutoTopicCreation }),
	},
	{
		Name: "metadata.recovery.strategy", Clients: AllClients, Field: "DisableRebootstrap", Default: "rebootstrap",
		Doc: "whether to ask bootstrap.servers again when no known broker can be reached",
		value: oneOf(func(s *settings) *bool { return &s.client.DisableRebootstrap },
			choice[bool]{false, []string{"rebootstrap"}}, choice[bool]{true, []string{"none"}}),
	},
	{
		Name: "metadata.recovery.rebootstrap.trigger.ms", Clients: AllClients, Field: "RebootstrapTrigger", Default: "300000",
		Doc:   "how long to try in vain to get metadata from known brokers before bootstrap.servers are asked",
		value: milliseconds(func(s *settings) *time.Duration { return &s.client.RebootstrapTrigger }),
	},
	{
		Name: "metrics.num.samples", Clients: Producers | Consumers, Field: "MetricsSamples", Default: "2",
		Doc: "over how many windows of time metrics are",
		value: both(
			scaled("", 1, 1000, 1, func(s *settings) *int { return &s.producer.MetricsSamples }),
			scaled("", 1, 1000, 1, func(s *settings) *int { return &s.consumer.MetricsSamples })),
	},
	{
		Name: "metrics.sample.window.ms", Clients: Producers | Consumers, Field: "MetricsWindow", Default: "30000",
		Doc: "how long each of these windows is",
		value: both(
			milliseconds(func(s *settings) *time.Duration { return &s.producer.MetricsWindow }),
			milliseconds(func(s *settings) *time.Duration { return &s.consumer.MetricsWindow })),
	},
}
