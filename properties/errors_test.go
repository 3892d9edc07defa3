package properties

import (
	"errors"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		p    Properties
		want string
	}{
		{Properties{"botstrap.servers": "a:1"}, `unknown key "botstrap.servers": did you mean "bootstrap.servers"?`},
		{Properties{"bootstrap.server": "a:1"}, `unknown key "bootstrap.server": did you mean "bootstrap.servers"?`},
		{Properties{"enable.auto.comit": "true"}, `unknown key "enable.auto.comit": did you mean "enable.auto.commit"?`},
		{Properties{"linger.sm": "1"}, `unknown key "linger.sm": did you mean "linger.ms"?`},
		{Properties{"group": "g"}, `unknown key "group"`},
		{Properties{"transactional.ids": "t"}, `unknown key "transactional.ids": did you mean "transactional.id"?`},
		{Properties{"sasl.mechanism": "PLAIN"}, `keys "sasl.mechanism" and "security.protocol": clients do not authenticate unless security.protocol is SASL_SSL or SASL_PLAINTEXT: set it, or leave the other away`},
		{Properties{"sasl_plain_username": "u"}, `keys "sasl_plain_username" and "security.protocol": clients do not authenticate unless security.protocol is SASL_SSL or SASL_PLAINTEXT: set it, or leave the other away`},
		{Properties{"key.serializer": "x"}, `key "key.serializer" is one of Kafka's, but is not supported: what is code cannot be set from text: see producer.NewTyped`},
		{Properties{"acks": "2"}, `key "acks" cannot be "2": must be all, 1 or 0`},
		{Properties{"request_timeout_ms": "30s"}, `key "request_timeout_ms" cannot be "30s": must be 1 to 2147483647 ms`},
		{Properties{"request.timeout.ms": "NaN"}, `key "request.timeout.ms" cannot be "NaN": must be 1 to 2147483647 ms`},
		{Properties{"request.timeout.ms": "0"}, `key "request.timeout.ms" cannot be "0": must be 1 to 2147483647 ms`},
		{Properties{"batch.size": "-1"}, `key "batch.size" cannot be "-1": must be 0 to 2147483647 bytes`},
		{Properties{"connections.max.idle.ms": "-2"}, `key "connections.max.idle.ms" cannot be "-2": must be 1 to 2147483647 ms, or -1 for never`},
		{Properties{"enable.auto.commit": "maybe"}, `key "enable.auto.commit" cannot be "maybe": must be true or false`},
		{Properties{"partition.assignment.strategy": "range,best"}, `key "partition.assignment.strategy" cannot be "range,best": must be one or more of range, roundrobin, sticky, cooperative-sticky`},
		{Properties{"bootstrap.servers": " , "}, `key "bootstrap.servers" cannot be " , ": must be host:port, several between commas`},
		{Properties{"security.protocol": "TLS"}, `key "security.protocol" cannot be "TLS": must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL`},
		{Properties{"compression.type": "lz5", "acks": "x"}, "key \"acks\" cannot be \"x\": must be all, 1 or 0\n" +
			`key "compression.type" cannot be "lz5": must be none, gzip, snappy, lz4 or zstd`},
		{Properties{"bootstrap.servers": "a:1", "metadata.broker.list": "b:2"}, `keys "bootstrap.servers" and "metadata.broker.list": they mean the same: keep one of them`},
		{Properties{"acks": "1", "request_required_acks": "1"}, `keys "acks" and "request_required_acks": they mean the same: keep one of them`},
		{Properties{"buffer.memory": "1", "queue.buffering.max.kbytes": "1"}, `keys "buffer.memory" and "queue.buffering.max.kbytes": they mean the same: keep one of them`},
	} {
		err := test.p.Check()
		if err == nil || err.Error() != test.want {
			t.Errorf("%v:\n got %v\nwant %s", test.p, err, test.want)
		}
		for _, client := range []func() error{
			func() error { _, err := test.p.Client(); return err },
			func() error { _, err := test.p.Producer(); return err },
			func() error { _, err := test.p.Consumer(); return err },
		} {
			if err := client(); err == nil || err.Error() != test.want {
				t.Errorf("%v: a client got %v", test.p, err)
			}
		}
	}
}

func TestLookup(t *testing.T) {
	if k, err := Lookup("fetch_wait_max_ms"); err != nil || k.Name != "fetch.max.wait.ms" || k.Clients != Consumers {
		t.Errorf("%+v, %v", k, err)
	}
	var unknown *UnknownKeyError
	if _, err := Lookup("fetch.max.wat.ms"); !errors.As(err, &unknown) || unknown.Nearest != "fetch.max.wait.ms" {
		t.Errorf("%v", err)
	}
	var unsupported *UnsupportedKeyError
	if _, err := Lookup("debug"); !errors.As(err, &unsupported) {
		t.Errorf("%v", err)
	}
}
