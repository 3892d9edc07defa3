package properties

import (
	"errors"
	"strings"
	"testing"
)

// The settings of other clients, each of which can be set, or is answered with why
// it cannot: Java's are those of ProducerConfig and ConsumerConfig, librdkafka's
// those of rd_kafka_conf_properties_show for producers and of its CONFIGURATION.md
// for consumers, but for callbacks.
var foreignKeys = map[string]string{
	"Java 4.3.1": `
		acks batch.size bootstrap.servers buffer.memory client.dns.lookup client.id
		compression.gzip.level compression.lz4.level compression.type compression.zstd.level
		config.providers connections.max.idle.ms delivery.timeout.ms enable.idempotence
		enable.metrics.push interceptor.classes key.serializer linger.ms max.block.ms
		max.in.flight.requests.per.connection max.request.size metadata.max.age.ms
		metadata.max.idle.ms metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy
		metric.reporters metrics.num.samples metrics.recording.level metrics.sample.window.ms
		partitioner.adaptive.partitioning.enable partitioner.availability.timeout.ms
		partitioner.class partitioner.ignore.keys receive.buffer.bytes reconnect.backoff.max.ms
		reconnect.backoff.ms request.timeout.ms retries retry.backoff.max.ms retry.backoff.ms
		sasl.client.callback.handler.class sasl.jaas.config sasl.kerberos.kinit.cmd
		sasl.kerberos.min.time.before.relogin sasl.kerberos.service.name
		sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor
		sasl.login.callback.handler.class sasl.login.class sasl.login.connect.timeout.ms
		sasl.login.read.timeout.ms sasl.login.refresh.buffer.seconds
		sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor
		sasl.login.refresh.window.jitter sasl.login.retry.backoff.max.ms
		sasl.login.retry.backoff.ms sasl.mechanism sasl.oauthbearer.assertion.algorithm
		sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.exp.seconds
		sasl.oauthbearer.assertion.claim.iss sasl.oauthbearer.assertion.claim.jti.include
		sasl.oauthbearer.assertion.claim.nbf.seconds sasl.oauthbearer.assertion.claim.sub
		sasl.oauthbearer.assertion.file sasl.oauthbearer.assertion.private.key.file
		sasl.oauthbearer.assertion.private.key.passphrase sasl.oauthbearer.assertion.template.file
		sasl.oauthbearer.client.credentials.client.id
		sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.clock.skew.seconds
		sasl.oauthbearer.expected.audience sasl.oauthbearer.expected.issuer
		sasl.oauthbearer.header.urlencode sasl.oauthbearer.jwks.endpoint.refresh.ms
		sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms
		sasl.oauthbearer.jwks.endpoint.retry.backoff.ms sasl.oauthbearer.jwks.endpoint.url
		sasl.oauthbearer.jwt.retriever.class sasl.oauthbearer.jwt.validator.class
		sasl.oauthbearer.scope sasl.oauthbearer.scope.claim.name sasl.oauthbearer.sub.claim.name
		sasl.oauthbearer.token.endpoint.url security.protocol security.providers send.buffer.bytes
		socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms
		ssl.cipher.suites ssl.enabled.protocols ssl.endpoint.identification.algorithm
		ssl.engine.factory.class ssl.key.password ssl.keymanager.algorithm
		ssl.keystore.certificate.chain ssl.keystore.key ssl.keystore.location
		ssl.keystore.password ssl.keystore.type ssl.protocol ssl.provider
		ssl.secure.random.implementation ssl.trustmanager.algorithm ssl.truststore.certificates
		ssl.truststore.location ssl.truststore.password ssl.truststore.type transaction.timeout.ms
		transaction.two.phase.commit.enable transactional.id value.serializer`,
	"librdkafka 2.11.1": `
		acks allow.auto.create.topics api.version.fallback.ms api.version.request
		api.version.request.timeout.ms batch.num.messages batch.size bootstrap.servers
		broker.address.family broker.address.ttl broker.version.fallback builtin.features
		client.dns.lookup client.id client.rack compression.codec compression.level
		compression.type connections.max.idle.ms debug delivery.report.only.error
		delivery.timeout.ms enable.gapless.guarantee enable.idempotence enable.metrics.push
		enable.random.seed enable.sasl.oauthbearer.unsecure.jwt
		enable.ssl.certificate.verification https.ca.location https.ca.pem interceptors
		internal.termination.signal linger.ms log.connection.close log.queue log.thread.name
		max.in.flight max.in.flight.requests.per.connection message.copy.max.bytes
		message.max.bytes message.send.max.retries message.timeout.ms metadata.broker.list
		metadata.max.age.ms metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy
		partitioner plugin.library.paths produce.offset.report
		queue.buffering.backpressure.threshold queue.buffering.max.kbytes
		queue.buffering.max.messages queue.buffering.max.ms queuing.strategy
		receive.message.max.bytes reconnect.backoff.jitter.ms reconnect.backoff.max.ms
		reconnect.backoff.ms request.required.acks request.timeout.ms retries retry.backoff.max.ms
		retry.backoff.ms sasl.kerberos.keytab sasl.kerberos.kinit.cmd
		sasl.kerberos.min.time.before.relogin sasl.kerberos.principal sasl.kerberos.service.name
		sasl.mechanism sasl.mechanisms sasl.oauthbearer.assertion.algorithm
		sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.exp.seconds
		sasl.oauthbearer.assertion.claim.iss sasl.oauthbearer.assertion.claim.jti.include
		sasl.oauthbearer.assertion.claim.nbf.seconds sasl.oauthbearer.assertion.claim.sub
		sasl.oauthbearer.assertion.file sasl.oauthbearer.assertion.jwt.template.file
		sasl.oauthbearer.assertion.private.key.file
		sasl.oauthbearer.assertion.private.key.passphrase
		sasl.oauthbearer.assertion.private.key.pem sasl.oauthbearer.client.credentials.client.id
		sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.client.id
		sasl.oauthbearer.client.secret sasl.oauthbearer.config sasl.oauthbearer.extensions
		sasl.oauthbearer.grant.type sasl.oauthbearer.method sasl.oauthbearer.scope
		sasl.oauthbearer.token.endpoint.url sasl.password sasl.username security.protocol
		socket.blocking.max.ms socket.connection.setup.timeout.ms socket.keepalive.enable
		socket.max.fails socket.nagle.disable socket.receive.buffer.bytes socket.send.buffer.bytes
		socket.timeout.ms ssl.ca.certificate.stores ssl.ca.location ssl.ca.pem
		ssl.certificate.location ssl.certificate.pem ssl.cipher.suites ssl.crl.location
		ssl.curves.list ssl.endpoint.identification.algorithm ssl.engine.id ssl.engine.location
		ssl.key.location ssl.key.password ssl.key.pem ssl.keystore.location ssl.keystore.password
		ssl.providers ssl.sigalgs.list statistics.interval.ms sticky.partitioning.linger.ms
		topic.blacklist topic.metadata.propagation.max.ms topic.metadata.refresh.fast.cnt
		topic.metadata.refresh.fast.interval.ms topic.metadata.refresh.interval.ms
		topic.metadata.refresh.sparse transaction.timeout.ms transactional.id`,
	"kafka-python 1.4": `
		bootstrap_servers client_id key_serializer value_serializer acks compression_type retries
		batch_size linger_ms partitioner buffer_memory max_block_ms max_request_size
		metadata_max_age_ms retry_backoff_ms request_timeout_ms receive_buffer_bytes
		send_buffer_bytes socket_options reconnect_backoff_ms reconnect_backoff_max_ms
		max_in_flight_requests_per_connection security_protocol ssl_context ssl_check_hostname
		ssl_cafile ssl_certfile ssl_keyfile ssl_password ssl_crlfile api_version
		api_version_auto_timeout_ms connections_max_idle_ms sock_chunk_bytes
		sock_chunk_buffer_count metric_reporters metrics_num_samples metrics_sample_window_ms
		selector sasl_mechanism sasl_plain_username sasl_plain_password sasl_kerberos_service_name`,
	"Java 4.3.1, consumer": `
		allow.auto.create.topics auto.commit.interval.ms auto.offset.reset bootstrap.servers
		check.crcs client.dns.lookup client.id client.rack config.providers connections.max.idle.ms
		default.api.timeout.ms enable.auto.commit enable.metrics.push exclude.internal.topics
		fetch.max.bytes fetch.max.wait.ms fetch.min.bytes group.id group.instance.id group.protocol
		group.remote.assignor heartbeat.interval.ms interceptor.classes
		internal.throw.on.fetch.stable.offset.unsupported isolation.level key.deserializer
		max.partition.fetch.bytes max.poll.interval.ms max.poll.records metadata.max.age.ms
		metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy metric.reporters
		metrics.num.samples metrics.recording.level metrics.sample.window.ms
		partition.assignment.strategy receive.buffer.bytes reconnect.backoff.max.ms
		reconnect.backoff.ms request.timeout.ms retry.backoff.max.ms retry.backoff.ms
		sasl.client.callback.handler.class sasl.jaas.config sasl.kerberos.kinit.cmd
		sasl.kerberos.min.time.before.relogin sasl.kerberos.service.name
		sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor
		sasl.login.callback.handler.class sasl.login.class sasl.login.connect.timeout.ms
		sasl.login.read.timeout.ms sasl.login.refresh.buffer.seconds
		sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor
		sasl.login.refresh.window.jitter sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms
		sasl.mechanism sasl.oauthbearer.assertion.algorithm sasl.oauthbearer.assertion.claim.aud
		sasl.oauthbearer.assertion.claim.exp.seconds sasl.oauthbearer.assertion.claim.iss
		sasl.oauthbearer.assertion.claim.jti.include sasl.oauthbearer.assertion.claim.nbf.seconds
		sasl.oauthbearer.assertion.claim.sub sasl.oauthbearer.assertion.file
		sasl.oauthbearer.assertion.private.key.file sasl.oauthbearer.assertion.private.key.passphrase
		sasl.oauthbearer.assertion.template.file sasl.oauthbearer.client.credentials.client.id
		sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.clock.skew.seconds
		sasl.oauthbearer.expected.audience sasl.oauthbearer.expected.issuer
		sasl.oauthbearer.header.urlencode sasl.oauthbearer.jwks.endpoint.refresh.ms
		sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms
		sasl.oauthbearer.jwks.endpoint.retry.backoff.ms sasl.oauthbearer.jwks.endpoint.url
		sasl.oauthbearer.jwt.retriever.class sasl.oauthbearer.jwt.validator.class
		sasl.oauthbearer.scope sasl.oauthbearer.scope.claim.name sasl.oauthbearer.sub.claim.name
		sasl.oauthbearer.token.endpoint.url security.protocol security.providers send.buffer.bytes
		session.timeout.ms share.acknowledgement.mode share.acquire.mode
		socket.connection.setup.timeout.max.ms socket.connection.setup.timeout.ms ssl.cipher.suites
		ssl.enabled.protocols ssl.endpoint.identification.algorithm ssl.engine.factory.class
		ssl.key.password ssl.keymanager.algorithm ssl.keystore.certificate.chain ssl.keystore.key
		ssl.keystore.location ssl.keystore.password ssl.keystore.type ssl.protocol ssl.provider
		ssl.secure.random.implementation ssl.trustmanager.algorithm ssl.truststore.certificates
		ssl.truststore.location ssl.truststore.password ssl.truststore.type value.deserializer`,
	"librdkafka 2.15.0, consumer": `
		allow.auto.create.topics api.version.fallback.ms api.version.request
		api.version.request.timeout.ms auto.commit.enable auto.commit.interval.ms auto.offset.reset
		bootstrap.servers broker.address.family broker.address.ttl broker.version.fallback
		builtin.features check.crcs client.dns.lookup client.id client.rack connections.max.idle.ms
		consume.callback.max.messages coordinator.query.interval.ms debug default_topic_conf
		enable.auto.commit enable.auto.offset.store enable.metrics.push enable.partition.eof
		enable.random.seed enable.sasl.oauthbearer.unsecure.jwt enable.ssl.certificate.verification
		enabled_events fetch.error.backoff.ms fetch.max.bytes fetch.message.max.bytes fetch.min.bytes
		fetch.queue.backoff.ms fetch.wait.max.ms group.id group.instance.id group.protocol
		group.protocol.type group.remote.assignor heartbeat.interval.ms https.ca.location
		https.ca.pem interceptors internal.termination.signal isolation.level log.connection.close
		log.queue log.thread.name log_level max.in.flight max.in.flight.requests.per.connection
		max.partition.fetch.bytes max.poll.interval.ms max.poll.records message.copy.max.bytes
		message.max.bytes metadata.broker.list metadata.max.age.ms
		metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy offset.store.method
		offset.store.path offset.store.sync.interval.ms opaque partition.assignment.strategy
		plugin.library.paths queued.max.messages.kbytes queued.min.messages receive.message.max.bytes
		reconnect.backoff.jitter.ms reconnect.backoff.max.ms reconnect.backoff.ms
		retry.backoff.max.ms retry.backoff.ms sasl.kerberos.keytab sasl.kerberos.kinit.cmd
		sasl.kerberos.min.time.before.relogin sasl.kerberos.principal sasl.kerberos.service.name
		sasl.mechanism sasl.mechanisms sasl.oauthbearer.assertion.algorithm
		sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.exp.seconds
		sasl.oauthbearer.assertion.claim.iss sasl.oauthbearer.assertion.claim.jti.include
		sasl.oauthbearer.assertion.claim.nbf.seconds sasl.oauthbearer.assertion.claim.sub
		sasl.oauthbearer.assertion.file sasl.oauthbearer.assertion.jwt.template.file
		sasl.oauthbearer.assertion.private.key.file sasl.oauthbearer.assertion.private.key.passphrase
		sasl.oauthbearer.assertion.private.key.pem sasl.oauthbearer.client.credentials.client.id
		sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.client.id
		sasl.oauthbearer.client.secret sasl.oauthbearer.config sasl.oauthbearer.extensions
		sasl.oauthbearer.grant.type sasl.oauthbearer.metadata.authentication.type
		sasl.oauthbearer.method sasl.oauthbearer.scope sasl.oauthbearer.sub.claim.name
		sasl.oauthbearer.token.endpoint.url sasl.password sasl.username security.protocol
		session.timeout.ms share.acknowledgement.mode socket.blocking.max.ms
		socket.connection.setup.timeout.ms socket.keepalive.enable socket.max.fails
		socket.nagle.disable socket.receive.buffer.bytes socket.send.buffer.bytes socket.timeout.ms
		ssl.ca.certificate.stores ssl.ca.location ssl.ca.pem ssl.certificate.location
		ssl.certificate.pem ssl.cipher.suites ssl.crl.location ssl.curves.list
		ssl.endpoint.identification.algorithm ssl.engine.id ssl.engine.location ssl.key.location
		ssl.key.password ssl.key.pem ssl.keystore.location ssl.keystore.password ssl.providers
		ssl.sigalgs.list ssl_ca ssl_certificate ssl_engine_callback_data ssl_key
		statistics.interval.ms topic.blacklist topic.metadata.propagation.max.ms
		topic.metadata.refresh.fast.cnt topic.metadata.refresh.fast.interval.ms
		topic.metadata.refresh.interval.ms topic.metadata.refresh.sparse`,
	"kafka-python 1.4, consumer": `
		bootstrap_servers client_id group_id key_deserializer value_deserializer fetch_min_bytes
		fetch_max_wait_ms fetch_max_bytes max_partition_fetch_bytes request_timeout_ms
		retry_backoff_ms reconnect_backoff_ms reconnect_backoff_max_ms
		max_in_flight_requests_per_connection auto_offset_reset enable_auto_commit
		auto_commit_interval_ms default_offset_commit_callback check_crcs metadata_max_age_ms
		partition_assignment_strategy max_poll_records max_poll_interval_ms session_timeout_ms
		heartbeat_interval_ms receive_buffer_bytes send_buffer_bytes socket_options
		consumer_timeout_ms skip_double_compressed_messages security_protocol ssl_context
		ssl_check_hostname ssl_cafile ssl_certfile ssl_keyfile ssl_password ssl_crlfile api_version
		api_version_auto_timeout_ms metric_reporters metrics_num_samples metrics_sample_window_ms
		selector exclude_internal_topics sasl_mechanism sasl_plain_username sasl_plain_password
		sasl_kerberos_service_name connections_max_idle_ms metric_group_prefix`,
	"aiokafka, by FastKafka 0.8": `
		loop max_batch_size send_backoff_ms enable_idempotence transactional_id
		transaction_timeout_ms sasl_kerberos_domain_name sasl_oauth_token_provider`,
}

func TestForeignKeysAreKnown(t *testing.T) {
	for client, keys := range foreignKeys {
		for key := range strings.FieldsSeq(keys) {
			_, err := Lookup(key)
			var unsupported *UnsupportedKeyError
			if err != nil && !errors.As(err, &unsupported) {
				t.Errorf("%s: %v", client, err)
			}
		}
	}
}
