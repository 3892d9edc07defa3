package properties

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func TestFromEnv(t *testing.T) {
	p, err := FromEnv([]string{
		"HOME=/home/me", "KAFKA_=", "=C:", "KAFKA",
		"KAFKA_BOOTSTRAP_SERVERS=a:1,b:2", "KAFKA_ENABLE_AUTO_COMMIT=false", "KAFKA_METADATA_MAX_AGE_MS=1000",
		// Of brokers, Kafka's scripts, Kubernetes and Docker.
		"KAFKA_HEAP_OPTS=-Xmx1g", "KAFKA_OPTS=-Dx=y", "KAFKA_JVM_PERFORMANCE_OPTS=", "KAFKA_LOG4J_OPTS=", "KAFKA_JMX_PORT=9",
		"KAFKA_HOME=/opt/kafka", "KAFKA_VERSION=4.3.1", "KAFKA_LOG_DIRS=/data",
		"KAFKA_PORT=tcp://10.0.0.1:9092", "KAFKA_SERVICE_HOST=10.0.0.1", "KAFKA_SERVICE_PORT=9092", "KAFKA_PORT_9092_TCP_ADDR=10.0.0.1",
		"KAFKA_NODE_ID=1", "KAFKA_PROCESS_ROLES=broker", "KAFKA_LISTENERS=PLAINTEXT://:9092",
	})
	want := Properties{"bootstrap.servers": "a:1,b:2", "enable.auto.commit": "false", "metadata.max.age.ms": "1000"}
	if err != nil || !maps.Equal(p, want) {
		t.Errorf("got %v, %v; want %v", p, err, want)
	}
	for variable, want := range map[string]string{
		"KAFKA_BOOTSTRAP_SERVER=a:1":           `environment variable KAFKA_BOOTSTRAP_SERVER: unknown key "bootstrap.server": did you mean "bootstrap.servers"?`,
		"KAFKA_ACKS=two":                       `environment variable KAFKA_ACKS: key "acks" cannot be "two": must be all, 1 or 0`,
		"KAFKA_INTERCEPTOR_CLASSES=x":          `environment variable KAFKA_INTERCEPTOR_CLASSES: key "interceptor.classes" is one of Kafka's, but is not supported`,
		"KAFKA_SECURITY_PROTOCOL=SASL_PLAIN":   `environment variable KAFKA_SECURITY_PROTOCOL: key "security.protocol" cannot be "SASL_PLAIN"`,
		"KAFKA_SSL_TRUSTSTORE_LOCATION=/a.pem": `security.protocol`,
	} {
		if _, err := FromEnv([]string{variable}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", variable, err, want)
		}
	}
	_, err = FromEnv([]string{"KAFKA_ACKS=1", "KAFKA_REQUEST_REQUIRED_ACKS=0"})
	if conflict := (*ConflictError)(nil); !errors.As(err, &conflict) {
		t.Errorf("one key by two of its names: %v", err)
	}
}

func TestWith(t *testing.T) {
	file := Properties{"metadata.broker.list": "old:9092", "acks": "1", "client_id": "me"}
	got := file.With(Properties{"bootstrap.servers": "new:9092", "request.required.acks": "all"})
	want := Properties{"bootstrap.servers": "new:9092", "request.required.acks": "all", "client_id": "me"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if file["acks"] != "1" || len(file) != 3 {
		t.Errorf("With changed its receiver to %v", file)
	}
	if got := Properties(nil).With(want); !maps.Equal(got, want) {
		t.Errorf("of none: %v", got)
	}
}
