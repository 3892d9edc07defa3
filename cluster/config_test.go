package cluster

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/conn/sasl"
)

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cfg   Config
		field string
		text  []string
	}{
		{"no host", Config{BootstrapServers: []string{":9092"}}, "BootstrapServers", []string{":9092", "no host"}},
		{"bad port", Config{BootstrapServers: []string{"a:b"}}, "BootstrapServers", []string{"a:b", "1 to 65535"}},
		{"TLS address in plain text", Config{BootstrapServers: []string{"SSL://a:1"}}, "BootstrapServers", []string{"SSL", "TLS is not set"}},
		{"plain text address with TLS", Config{BootstrapServers: []string{"PLAINTEXT://a:1"}, TLS: &tls.Config{}}, "BootstrapServers", []string{"PLAINTEXT", "TLS is set"}},
		{"other scheme", Config{BootstrapServers: []string{"http://a:1"}}, "BootstrapServers", []string{"HTTP", "SASL_SSL"}},
		{"SASL address without SASL", Config{BootstrapServers: []string{"SASL_PLAINTEXT://a:1"}}, "BootstrapServers", []string{"SASL_PLAINTEXT", "SASL is not set"}},
		{"SASL address without TLS", Config{BootstrapServers: []string{"SASL_SSL://a:1"}, SASL: sasl.Plain(nil)}, "BootstrapServers", []string{"SASL_SSL", "TLS is not set"}},
		{"plain text address with SASL", Config{BootstrapServers: []string{"PLAINTEXT://a:1"}, SASL: sasl.Plain(nil)}, "BootstrapServers", []string{"PLAINTEXT", "SASL is set"}},
		{"long client id", Config{ClientID: strings.Repeat("x", 40000)}, "ClientID", []string{"40000 bytes", "32767"}},
		{"negative time", Config{RequestTimeout: -time.Second}, "RequestTimeout", []string{"-1s", "positive"}},
		{"negative age", Config{MetadataMaxAge: -1}, "MetadataMaxAge", []string{"-1ns", "positive"}},
		{"release", Config{APIVersion: "newest"}, "APIVersion", []string{"newest", "such as 4.3"}},
		{"oldest release", Config{APIVersion: "0.7.2"}, "APIVersion", []string{"0.7.2", "0.8.0"}},
		{"in flight", Config{MaxInFlight: -1}, "MaxInFlight", []string{"-1", "at least 1"}},
		{"response bytes", Config{MaxResponseBytes: -1}, "MaxResponseBytes", []string{"-1", "2147483647"}},
		{"reconnect pair", Config{ReconnectBackoff: 2 * time.Second, ReconnectBackoffMax: time.Second}, "ReconnectBackoffMax and ReconnectBackoff", []string{"1s and 2s"}},
		{"retry pair", Config{RetryBackoff: 2 * time.Second, RetryBackoffMax: time.Second}, "RetryBackoffMax and RetryBackoff", []string{"1s and 2s"}},
		{"connect pair", Config{ConnectTimeout: 2 * time.Second, ConnectTimeoutMax: time.Second}, "ConnectTimeoutMax and ConnectTimeout", []string{"1s and 2s"}},
		{"buffers", Config{SendBuffer: -1}, "ReceiveBuffer and SendBuffer", []string{"0 and -1", "system"}},
		{"canonical names elsewhere", Config{DNSLookup: ResolveCanonicalBootstrap, Dialer: new(net.Dialer)}, "DNSLookup and Dialer",
			[]string{"resolve_canonical_bootstrap_servers_only and *net.Dialer", "method Canonical"}},
		{"age and back-off", Config{MetadataMaxAge: time.Second, RetryBackoff: 2 * time.Second}, "MetadataMaxAge and RetryBackoff", []string{"1s and 2s"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewClient(tt.cfg)
			var e *ConfigError
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			equal(t, "field", e.Field, tt.field)
			for _, text := range tt.text {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not tell %q", err, text)
				}
			}
		})
	}
}

func TestConfigErrorsAreJoined(t *testing.T) {
	err := Config{MaxInFlight: -1, ConnectTimeout: -1}.Validate()
	if err == nil || !strings.Contains(err.Error(), "MaxInFlight") || !strings.Contains(err.Error(), "ConnectTimeout") {
		t.Errorf("got %v", err)
	}
}

func TestConfigDefaults(t *testing.T) {
	for _, cfg := range []Config{
		{},
		{RetryBackoff: 5 * time.Second},     // raises RetryBackoffMax
		{ReconnectBackoff: 5 * time.Second}, // raises ReconnectBackoffMax
		{ConnectTimeout: time.Minute},       // raises ConnectTimeoutMax
		{ConnectionsMaxIdle: -1},
		{DNSLookup: ResolveCanonicalBootstrap},
		{DNSLookup: ResolveCanonicalBootstrap, Dialer: new(conn.NetDialer)},
		{BootstrapServers: []string{"a,b:1", "PLAINTEXT://[::1]:2"}},
	} {
		if err := cfg.Validate(); err != nil {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	c, err := NewClient(Config{RetryBackoff: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(t.Context()) }()
	got := c.Config()
	equal(t, "servers", got.BootstrapServers, []string{"localhost:9092"})
	equal(t, "RetryBackoffMax", got.RetryBackoffMax, 5*time.Second)
	equal(t, "RequestTimeout", got.RequestTimeout, 30*time.Second)
	equal(t, "MetadataMaxAge", got.MetadataMaxAge, 5*time.Minute)
	equal(t, "ConnectionsMaxIdle", got.ConnectionsMaxIdle, 9*time.Minute)
}

// Who sends passwords over connections that are not encrypted is told once.
func TestCleartextWarning(t *testing.T) {
	for _, test := range []struct {
		cfg  Config
		want int
	}{
		{Config{}, 0},
		{Config{SASL: sasl.Plain(sasl.Password("u", "s3cr3t"))}, 1},
		{Config{SASL: sasl.OAuthBearer(sasl.UnsecuredToken("u", 0, nil))}, 1},
		{Config{SASL: sasl.Plain(sasl.Password("u", "s3cr3t")), TLS: &tls.Config{}}, 0},
		{Config{SASL: sasl.ScramSHA256(sasl.Password("u", "s3cr3t"))}, 0},
	} {
		var log strings.Builder
		test.cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
		c, err := NewClient(test.cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if got := strings.Count(log.String(), "not encrypted"); got != test.want || strings.Contains(log.String(), "s3cr3t") {
			t.Errorf("%d warnings, want %d: %s", got, test.want, &log)
		}
	}
}
