package cluster

import (
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/conn/sasl"
	"github.com/barnabas-go/kafka/conn/tlsconfig"
	"github.com/barnabas-go/kafka/internal/fakebroker"
	"github.com/barnabas-go/kafka/protocol"
)

var update = flag.Bool("update", false, "write testdata/start anew")

// start is one way in which the start of a client fails.
type start struct {
	cfg    func(t *testing.T) Config // with BootstrapServers; they appear as ADDR in the text
	try    func(context.Context, *Client) error
	stages []conn.Stage // of the errors that are joined, sorted; none: it has none
	is     error
}

// What people see who got something wrong, each with a real listener: testdata/start
// has the texts, and go test ./cluster -run FailedStart -update writes them.
func TestFailedStart(t *testing.T) {
	for name, s := range failedStarts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := s.cfg(t)
			cfg.Logger = slog.New(slog.DiscardHandler)
			if cfg.ConnectTimeout == 0 {
				cfg.ConnectTimeout = 2 * time.Second
			}
			c, err := NewClient(cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close(context.Background()) }()
			try := s.try
			if try == nil {
				try = func(ctx context.Context, c *Client) error { return c.Bootstrap(ctx) }
			}
			err = try(within(t, 5*time.Second), c)
			if err == nil {
				t.Fatal("no error")
			}
			if s.is != nil && !errors.Is(err, s.is) {
				t.Errorf("%v is not %v", err, s.is)
			}
			equal(t, "stages", stagesOf(err), s.stages)
			if strings.Contains(err.Error(), "not-to-be-shown") {
				t.Errorf("a password is shown: %v", err)
			}
			golden(t, name, textOf(err, cfg.BootstrapServers))
		})
	}
}

// stagesOf returns the stages of all errors that are joined.
func stagesOf(err error) (stages []conn.Stage) {
	var all *AttemptsError
	var e *conn.Error
	switch {
	case errors.As(err, &all):
		for _, err := range all.Errs {
			stages = append(stages, stagesOf(err)...)
		}
	case errors.As(err, &e):
		stages = append(stages, e.Stage)
	}
	slices.Sort(stages)
	return stages
}

// textOf is the error with names for the addresses, which differ from run to run.
func textOf(err error, servers []string) string {
	text := err.Error()
	var all *AttemptsError
	if errors.As(err, &all) && len(all.Errs) > 1 { // they come in random order
		unsorted := all.Error()
		slices.SortFunc(all.Errs, func(a, b error) int {
			return slices.IndexFunc(servers, func(s string) bool { return strings.Contains(a.Error(), s) }) -
				slices.IndexFunc(servers, func(s string) bool { return strings.Contains(b.Error(), s) })
		})
		text = strings.ReplaceAll(text, unsorted, all.Error())
	}
	for i, s := range servers {
		name := "ADDR"
		if i > 0 {
			name = "ANOTHER"
		}
		text = strings.ReplaceAll(text, s, name)
	}
	text = reset.ReplaceAllString(text, "")
	return request.ReplaceAllString(text, " REQUEST: ")
}

// What may differ: whether the end of a connection overtakes what was not read, and
// which of the client's questions was the last.
var (
	reset   = regexp.MustCompile(`: (read|write) tcp \S+: (read|write): (connection reset by peer|broken pipe)`)
	request = regexp.MustCompile(` \w+ v\d+: `)
)

func golden(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join("testdata", "start", strings.ReplaceAll(name, " ", "-")+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text+"\n" != string(want) {
		t.Errorf("\n got %s\nwant %s", text, want)
	}
}

// broker serves as a broker that has f's metadata; its answer may be another, and
// nil closes the connection.
func broker(t *testing.T, f *fakeCluster, answer func(protocol.Request) (resp protocol.Response, its bool)) (addr string) {
	t.Helper()
	return fakebroker.Listen(t, func(c net.Conn) {
		fakebroker.Serve(c, func(h *protocol.RequestHeader, req protocol.Request) (protocol.Response, bool) {
			if answer != nil {
				if resp, its := answer(req); its {
					return resp, resp != nil
				}
			}
			return f.respond("", req), true
		})
	})
}

// newLoneBroker is a fakeCluster for broker: of one node at an address.
func newLoneBroker(advertised string) *fakeCluster {
	f := newFakeCluster()
	f.up("")
	f.nodes[1] = advertised
	f.topics["orders"] = topicOf("orders", 1)
	return f
}

// nameless is a network in which no name is known, and one that drops packets.
type nameless struct{ drops bool }

func (d nameless) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		return nil, err
	case d.drops:
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
	case net.ParseIP(host) == nil:
		return nil, &net.OpError{Op: "dial", Net: network, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

func servers(list ...string) Config { return Config{BootstrapServers: list} }

func withTLS(t *testing.T, cfg Config, o tlsconfig.Options) Config {
	t.Helper()
	var err error
	if cfg.TLS, err = tlsconfig.New(o); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func withSASL(cfg Config) Config {
	cfg.SASL = sasl.Plain(sasl.Password("alice", "not-to-be-shown"))
	return cfg
}

// leader connects to the leader of topic orders, as those who produce to it do.
func leader(ctx context.Context, c *Client) error {
	if _, err := c.WaitTopic(ctx, "orders"); err != nil {
		return err
	}
	_, err := c.Conn(ctx, 1, UseGeneral)
	return err
}

var failedStarts = map[string]start{
	"refused": {
		cfg:    func(t *testing.T) Config { return servers(fakebroker.ClosedPort(t)) },
		stages: []conn.Stage{conn.StageDial},
	},
	"unknown name": {
		cfg:    func(*testing.T) Config { return Config{BootstrapServers: []string{"kafak-1:9092"}, Dialer: nameless{}} },
		stages: []conn.Stage{conn.StageResolve},
	},
	"timeout": {
		cfg: func(*testing.T) Config {
			return Config{BootstrapServers: []string{"192.0.2.1:9092"}, Dialer: nameless{drops: true}, ConnectTimeout: 100 * time.Millisecond}
		},
		stages: []conn.Stage{conn.StageDial}, is: conn.ErrConnectTimeout,
	},
	"several servers": {
		cfg: func(t *testing.T) Config {
			return servers(fakebroker.ClosedPort(t), fakebroker.Listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }))
		},
		stages: []conn.Stage{conn.StageAPIVersions, conn.StageDial},
	},
	"web server": {
		cfg: func(t *testing.T) Config {
			web := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(web.Close)
			return servers(web.Listener.Addr().String())
		},
		stages: []conn.Stage{conn.StageAPIVersions}, is: conn.ErrProtocol,
	},
	"ZooKeeper": { // which closes upon a packet that is no session's
		cfg: func(t *testing.T) Config {
			return servers(fakebroker.Listen(t, func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 8)) }))
		},
		stages: []conn.Stage{conn.StageAPIVersions}, is: conn.ErrDisconnected,
	},
	"plaintext to TLS": { // the alert is that of Kafka 4.3.1 on Java 17
		cfg: func(t *testing.T) Config {
			return servers(fakebroker.Listen(t, func(c net.Conn) {
				_, _ = io.WriteString(c, "\x15\x03\x03\x00\x02\x02\x50")
				_, _ = io.Copy(io.Discard, c)
			}))
		},
		stages: []conn.Stage{conn.StageAPIVersions},
	},
	"TLS to plaintext": { // as Kafka does with a request that claims to be larger than any
		cfg: func(t *testing.T) Config {
			return withTLS(t, servers(fakebroker.Listen(t, func(c net.Conn) { _, _ = io.ReadFull(c, make([]byte, 4)) })), tlsconfig.Options{})
		},
		stages: []conn.Stage{conn.StageTLS},
	},
	"unknown authority": {
		cfg: func(t *testing.T) Config {
			web := httptest.NewUnstartedServer(nil)
			web.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			web.StartTLS()
			t.Cleanup(web.Close)
			return withTLS(t, servers(web.Listener.Addr().String()), tlsconfig.Options{Roots: tlsconfig.Source{File: "../conn/tlsconfig/testdata/root.pem"}})
		},
		stages: []conn.Stage{conn.StageTLS},
	},
	"silent": {
		cfg: func(t *testing.T) Config {
			cfg := servers(fakebroker.Listen(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) }))
			cfg.ConnectTimeout = 200 * time.Millisecond
			return cfg
		},
		stages: []conn.Stage{conn.StageAPIVersions}, is: conn.ErrConnectTimeout,
	},
	"wrong password": { // the message is Kafka's
		cfg: func(t *testing.T) Config {
			return withSASL(servers(broker(t, newLoneBroker("127.0.0.1:1"), func(req protocol.Request) (protocol.Response, bool) {
				switch req.(type) {
				case *protocol.SaslHandshakeRequest:
					return &protocol.SaslHandshakeResponse{Mechanisms: []string{"PLAIN"}}, true
				case *protocol.SaslAuthenticateRequest:
					return &protocol.SaslAuthenticateResponse{ErrorCode: protocol.ErrSaslAuthenticationFailed,
						ErrorMessage: ptr("Authentication failed: Invalid username or password")}, true
				}
				return nil, false
			})))
		},
		stages: []conn.Stage{conn.StageSASL}, is: protocol.ErrSaslAuthenticationFailed,
	},
	"mechanism not enabled": {
		cfg: func(t *testing.T) Config {
			return withSASL(servers(broker(t, newLoneBroker("127.0.0.1:1"), func(req protocol.Request) (protocol.Response, bool) {
				_, is := req.(*protocol.SaslHandshakeRequest)
				return &protocol.SaslHandshakeResponse{ErrorCode: protocol.ErrUnsupportedSaslMechanism, Mechanisms: []string{"SCRAM-SHA-512", "OAUTHBEARER"}}, is
			})))
		},
		stages: []conn.Stage{conn.StageSASL}, is: protocol.ErrUnsupportedSaslMechanism,
	},
	"SASL not expected": {
		cfg: func(t *testing.T) Config {
			return withSASL(servers(broker(t, newLoneBroker("127.0.0.1:1"), func(req protocol.Request) (protocol.Response, bool) {
				_, is := req.(*protocol.SaslHandshakeRequest)
				return &protocol.SaslHandshakeResponse{ErrorCode: protocol.ErrIllegalSaslState}, is
			})))
		},
		stages: []conn.Stage{conn.StageSASL}, is: protocol.ErrIllegalSaslState,
	},
	"SASL missing": { // Kafka closes upon the first request that is not of the authentication
		cfg: func(t *testing.T) Config {
			return servers(broker(t, newLoneBroker("127.0.0.1:1"), func(req protocol.Request) (protocol.Response, bool) {
				_, is := req.(*protocol.MetadataRequest)
				return nil, is
			}))
		},
		stages: []conn.Stage{conn.StageMetadata}, is: conn.ErrDisconnected,
	},
	"unauthorised": {
		cfg: func(t *testing.T) Config {
			f := newLoneBroker("127.0.0.1:1")
			f.topics["orders"] = failedTopic("orders", protocol.ErrTopicAuthorizationFailed)
			return servers(broker(t, f, nil))
		},
		try: leader, is: protocol.ErrTopicAuthorizationFailed,
	},
	"advertised and refused": {
		cfg: func(t *testing.T) Config {
			advertised := fakebroker.ClosedPort(t)
			return servers(broker(t, newLoneBroker(advertised), nil), advertised)
		},
		try: leader, stages: []conn.Stage{conn.StageDial},
	},
	"advertised and unknown": { // in Docker
		cfg: func(t *testing.T) Config {
			cfg := servers(broker(t, newLoneBroker("kafka:29092"), nil))
			cfg.Dialer = nameless{}
			return cfg
		},
		try: leader, stages: []conn.Stage{conn.StageResolve},
	},
	"broker too old": {
		cfg: func(t *testing.T) Config {
			f := newLoneBroker("")
			addr := broker(t, f, func(req protocol.Request) (protocol.Response, bool) {
				_, is := req.(*protocol.ApiVersionsRequest)
				resp := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
				for key, most := range map[protocol.APIKey]int16{protocol.Produce: 2, protocol.Fetch: 2, protocol.Metadata: 1, protocol.ApiVersions: 0} { // Kafka 0.10.0
					resp.APIKeys = append(resp.APIKeys, protocol.ApiVersionsResponseAPI{APIKey: key, MaxVersion: most})
				}
				return resp, is
			})
			f.set(func() { f.nodes[1] = addr })
			return servers(addr)
		},
		try: func(ctx context.Context, c *Client) error {
			if err := c.Refresh(ctx); err != nil {
				return err
			}
			_, err := c.Do(ctx, 1, &protocol.InitProducerIdRequest{ProducerID: -1, ProducerEpoch: -1})
			return err
		},
	},
}
