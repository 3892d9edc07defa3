package properties

import "strings"

// What is said of several keys.
const (
	later      = "it comes in a later version"
	kerberos   = "GSSAPI is set up in a program: import plugin/kerberos and set Config.SASL"
	inProgram  = "set Config.SASL in a program: conn/sasl has what is needed"
	laterShare = "share groups come in a later version"
	laterStats = "reporters of metrics come in a later version: see the method Metrics of each client"
	ofJava     = "it is about the inside of the Java client"
	ofLibrd    = "it is about the inside of librdkafka"
	callbacks  = "what is code cannot be set from text"
	probing    = "socket.connection.setup.timeout.ms bounds the question for a broker's versions, too"
	ofWriters  = "what is code cannot be set from text: see producer.NewTyped"
	ofReaders  = "what is code cannot be set from text: see consumer.NewTyped"
	ownDialer  = "set Config.Dialer to a net.Dialer of your own"
	logger     = "set Config.Logger"
)

// reasons tells of keys of Kafka's clients why they cannot be set.
var reasons = map[string]string{
	// The Java client.
	"bootstrap.controllers":                             later,
	"config.providers":                                  "put the values into the text before it is parsed",
	"default.api.timeout.ms":                            "the context of each call bounds it",
	"enable.metrics.push":                               laterStats,
	"auto.include.jmx.reporter":                         laterStats,
	"metric.reporters":                                  laterStats,
	"metrics.recording.level":                           laterStats,
	"metadata.max.idle.ms":                              later,
	"security.providers":                                ofJava,
	"interceptor.classes":                               callbacks,
	"key.serializer":                                    ofWriters,
	"value.serializer":                                  ofWriters,
	"key.deserializer":                                  ofReaders,
	"value.deserializer":                                ofReaders,
	"share.acknowledgement.mode":                        laterShare,
	"share.acquire.mode":                                laterShare,
	"ssl.engine.factory.class":                          ofJava,
	"ssl.keymanager.algorithm":                          ofJava,
	"ssl.trustmanager.algorithm":                        ofJava,
	"ssl.provider":                                      ofJava,
	"ssl.secure.random.implementation":                  ofJava,
	"log.compression.type":                              "it is a setting of topics",
	"min.insync.replicas":                               "it is a setting of topics and brokers",
	"log.retention.ms":                                  "it is a setting of brokers",
	"zookeeper.connect":                                 "clients talk to brokers alone: set bootstrap.servers",
	"broker.list":                                       "set bootstrap.servers",
	"metadata.cluster.check.enable":                     later,
	"internal.throw.on.fetch.stable.offset.unsupported": ofJava,

	// librdkafka.
	"api.version.fallback.ms":                 "what is known of an old broker is doubted when it does not answer, or after 30 minutes",
	"api.version.request.timeout.ms":          probing,
	"auto.commit.enable":                      "set enable.auto.commit",
	"background.event.cb":                     callbacks,
	"broker.address.family":                   ownDialer,
	"broker.address.ttl":                      ofLibrd,
	"batch.num.messages":                      "set batch.size: a batch is bounded in bytes alone",
	"builtin.features":                        ofLibrd,
	"closesocket.cb":                          callbacks,
	"connect.cb":                              callbacks,
	"consume.callback.max.messages":           "set max.poll.records",
	"consume.cb":                              callbacks,
	"coordinator.query.interval.ms":           ofLibrd,
	"debug":                                   logger,
	"delivery.report.only.error":              ofLibrd,
	"dr.cb":                                   callbacks,
	"dr.msg.cb":                               callbacks,
	"enable.auto.offset.store":                "a record counts as consumed when the application comes back for the next",
	"enable.gapless.guarantee":                "set enable.idempotence",
	"enable.partition.eof":                    "compare Position with EndOffsets",
	"enable.random.seed":                      ofLibrd,
	"enabled.events":                          callbacks,
	"error.cb":                                callbacks,
	"fetch.error.backoff.ms":                  "set retry.backoff.ms",
	"fetch.queue.backoff.ms":                  ofLibrd,
	"group.protocol.type":                     ofLibrd,
	"https.ca.location":                       inProgram,
	"https.ca.pem":                            inProgram,
	"interceptors":                            callbacks,
	"internal.termination.signal":             ofLibrd,
	"log.cb":                                  callbacks,
	"log.connection.close":                    logger,
	"log.level":                               logger,
	"log.queue":                               logger,
	"log.thread.name":                         logger,
	"max.in.flight.requests":                  "set max.in.flight.requests.per.connection",
	"message.copy.max.bytes":                  ofLibrd,
	"oauthbearer.token.refresh.cb":            callbacks,
	"offset.commit.cb":                        callbacks,
	"offset.store.method":                     ofLibrd,
	"offset.store.path":                       ofLibrd,
	"offset.store.sync.interval.ms":           ofLibrd,
	"opaque":                                  ofLibrd,
	"open.cb":                                 callbacks,
	"partitioner.cb":                          callbacks,
	"plugin.library.paths":                    ofLibrd,
	"queue.buffering.backpressure.threshold":  ofLibrd,
	"queue.buffering.max.messages":            "set buffer.memory, which is in bytes",
	"queued.min.messages":                     "set queued.max.messages.kbytes",
	"queuing.strategy":                        ofLibrd,
	"rebalance.cb":                            callbacks,
	"reconnect.backoff.jitter.ms":             "set reconnect.backoff.ms",
	"resolve.cb":                              callbacks,
	"socket.blocking.max.ms":                  ofLibrd,
	"socket.cb":                               callbacks,
	"socket.max.fails":                        ofLibrd,
	"socket.nagle.disable":                    "TCP_NODELAY is always set",
	"ssl.ca.certificate.stores":               "set ssl.ca.location",
	"ssl.ca":                                  "set ssl.ca.pem",
	"ssl.certificate":                         "set ssl.certificate.pem",
	"ssl.certificate.verify.cb":               callbacks,
	"ssl.engine.callback.data":                ofLibrd,
	"ssl.key":                                 "set ssl.key.pem",
	"ssl.curves.list":                         "set Config.TLS",
	"ssl.engine.id":                           ofLibrd,
	"ssl.engine.location":                     ofLibrd,
	"ssl.providers":                           ofLibrd,
	"ssl.sigalgs.list":                        "set Config.TLS",
	"statistics.interval.ms":                  laterStats,
	"stats.cb":                                callbacks,
	"sticky.partitioning.linger.ms":           "records without keys go to one partition until it got 64 KiB",
	"throttle.cb":                             callbacks,
	"topic.blacklist":                         ofLibrd,
	"topic.metadata.propagation.max.ms":       ofLibrd,
	"topic.metadata.refresh.fast.cnt":         ofLibrd,
	"topic.metadata.refresh.fast.interval.ms": "set retry.backoff.ms",
	"topic.metadata.refresh.sparse":           ofLibrd,
	"default.topic.conf":                      ofLibrd,
	"produce.offset.report":                   ofLibrd,
	"msg.order.cmp":                           ofLibrd,

	// kafka-python, underscores for dots.
	"api.version.auto.timeout.ms":     probing,
	"bootstrap.timeout.ms":            "the context of each call bounds it",
	"bootstrap.topics.filter":         "topics are asked for as they are needed",
	"default.offset.commit.callback":  callbacks,
	"kafka.client":                    callbacks,
	"legacy.iterator":                 "there is one way to iterate: Records",
	"loop":                            callbacks,
	"metric.group.prefix":             laterStats,
	"metrics.enabled":                 laterStats,
	"send.backoff.ms":                 "nothing waits between requests: set linger.ms",
	"selector":                        callbacks,
	"selector.poll.timeout.ms":        "there is no selector",
	"skip.double.compressed.messages": "such messages are read",
	"sock.chunk.buffer.count":         ownDialer,
	"sock.chunk.bytes":                ownDialer,
	"socket.options":                  ownDialer,
	"ssl.context":                     "set Config.TLS",
	"state.change.callback":           callbacks,
	"wakeup.timeout.ms":               "there is no selector",
}

// unsupported tells why a key of Kafka's clients cannot be set; false if none of
// them has it.
func unsupported(name string) (reason string, ok bool) {
	if reason, ok = reasons[name]; ok {
		return reason, true
	}
	switch {
	case strings.HasPrefix(name, "sasl.kerberos."):
		return kerberos, true
	case strings.HasPrefix(name, "sasl.login."):
		return ofJava, true
	case strings.HasPrefix(name, "sasl.") || strings.HasPrefix(name, "enable.sasl."):
		return inProgram, true
	}
	return "", false
}
