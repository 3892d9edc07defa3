package integration

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/conn/sasl"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// The users of the tests. The name of the second has to be escaped; its password is
// one that SASLprep would change, which Kafka does not.
const (
	saslUser, saslPassword   = "alice", "alice-s3cr3t"
	saslUser2, saslPassword2 = "a,=b", "p\u00aass-s3cr3t"
)

var (
	saslListeners    = ability{0, 10}
	scramUsers       = ability{0, 10, 2}
	saslAuthenticate = ability{1}
	delegationTokens = ability{3, 6} // without ZooKeeper
	sessions         = ability{2, 2} // that end (KIP-368)
)

const (
	plainLogin = "org.apache.kafka.common.security.plain.PlainLoginModule required"
	scramLogin = "org.apache.kafka.common.security.scram.ScramLoginModule required"
)

// saslTarget is a cluster with a SASL listener.
type saslTarget struct {
	kafkabroker.Target // by the plaintext listener, for real brokers
	servers            []string
}

// startSASL starts a cluster of a target's version where both users can
// authenticate by all mechanisms that have passwords.
func startSASL(t *testing.T, target kafkabroker.Target, change ...func(*kafkabroker.Config)) saslTarget {
	t.Helper()
	if _, ok := target.(*kafkabroker.Cluster); !ok {
		opts := []kafkatest.Option{kafkatest.AutoCreateTopics(1)}
		for _, mechanism := range passwordMechanisms(target) {
			opts = append(opts, kafkatest.SASL(mechanism, saslUser, saslPassword))
		}
		c := kafkatest.Start(t, opts...)
		return saslTarget{address(c.BootstrapServers()[0]), c.BootstrapServers()}
	}
	config := kafkabroker.Config{
		Version:    target.Version(),
		SASL:       map[string]string{"PLAIN": fmt.Sprintf("%s user_%s=%q", plainLogin, saslUser, saslPassword)},
		Properties: make(map[string]string),
	}
	if can(target, scramUsers) {
		config.SASL["SCRAM-SHA-256"], config.SASL["SCRAM-SHA-512"] = scramLogin, scramLogin
	}
	if can(target, delegationTokens) {
		config.Properties["delegation.token.secret.key"] = "throwaway"
	}
	for _, f := range change {
		f(&config)
	}
	c, err := kafkabroker.Start(t.Context(), config)
	must(t, err)
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, name := range []string{"SCRAM-SHA-256", "SCRAM-SHA-512"} {
		if _, ok := config.SASL[name]; ok {
			must(t, c.AddScramUser(within(t, toolPatience), name, saslUser, saslPassword))
		}
	}
	return saslTarget{c, c.SASLBootstrapServers()}
}

// passwordMechanisms are those that a target has.
func passwordMechanisms(target kafkabroker.Target) []string {
	if can(target, scramUsers) {
		return []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}
	}
	return []string{"PLAIN"}
}

// mechanism returns the one of a name.
func mechanism(name string, credentials sasl.CredentialsFunc) sasl.Mechanism {
	switch name {
	case "SCRAM-SHA-256":
		return sasl.ScramSHA256(credentials)
	case "SCRAM-SHA-512":
		return sasl.ScramSHA512(credentials)
	}
	return sasl.Plain(credentials)
}

// config leads to the SASL listener.
func (s saslTarget) config(t *testing.T, m sasl.Mechanism, scan *secretScan) cluster.Config {
	cfg := clusterConfig(t, s.Target)
	cfg.BootstrapServers, cfg.SASL, cfg.Logger = s.servers, m, scan.logger()
	return cfg
}

// works has a client send and read as one that authenticates.
func (s saslTarget) works(t *testing.T, m sasl.Mechanism, scan *secretScan) {
	t.Helper()
	topic := newTopicAt(t, s, m, scan)
	secured := s.config(t, m, scan)
	p := newProducer(t, s.Target, func(cfg *producer.Config) { cfg.Config = secured })
	c := newConsumer(t, s.Target, group(topic), func(cfg *consumer.Config) { cfg.Config = secured })
	send(t, p, record.Record{Topic: topic, Value: []byte("1")}, record.Record{Topic: topic, Value: []byte("2")})
	if can(s.Target, groups) {
		must(t, c.Subscribe(topic))
	} else {
		must(t, c.Assign(cluster.TopicPartition{Topic: topic}))
	}
	receive(t, c, 2)
	scan.say(m, secured)
}

// newTopicAt has a topic created by the first to ask for it.
func newTopicAt(t *testing.T, s saslTarget, m sasl.Mechanism, scan *secretScan) string {
	t.Helper()
	topic := kafkabroker.UniqueName(t)
	client, err := cluster.NewClient(s.config(t, m, scan))
	must(t, err)
	closeAtEnd(t, client.Close)
	_, err = client.WaitTopic(soon(t), topic)
	must(t, err)
	return topic
}

// failure returns why a client cannot connect, and checks that it does not take
// long to say so.
func (s saslTarget) failure(t *testing.T, m sasl.Mechanism, scan *secretScan) error {
	t.Helper()
	client, err := cluster.NewClient(s.config(t, m, scan))
	must(t, err)
	closeAtEnd(t, client.Close)
	ctx := within(t, patience/2)
	err = client.Refresh(ctx)
	if ctx.Err() != nil && can(s.Target, saslAuthenticate) || err == nil {
		t.Errorf("no failure in time: %v", err)
	}
	scan.say(err)
	return err
}

func TestSASL(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if !can(target, saslListeners) {
			return
		}
		scan := newSecretScan(t, saslPassword, "wrong-s3cr3t")
		s := startSASL(t, target)
		for _, name := range passwordMechanisms(target) {
			t.Run(name, func(t *testing.T) {
				s.isKnown(t, mechanism(name, sasl.Password(saslUser, saslPassword)), scan)
				s.works(t, mechanism(name, sasl.Password(saslUser, saslPassword)), scan)
				for _, wrong := range []sasl.CredentialsFunc{sasl.Password(saslUser, "wrong-s3cr3t"), sasl.Password("mallory", saslPassword)} {
					err := s.failure(t, mechanism(name, wrong), scan)
					want := error(protocol.ErrSaslAuthenticationFailed)
					if !can(target, saslAuthenticate) {
						want = conn.ErrSASLClosed
					}
					if !errors.Is(err, want) {
						t.Errorf("wrong credentials: %v, want %v", err, want)
					}
					wantError(t, err, "sasl: "+name, s.servers[0])
				}
			})
		}
		err := s.failure(t, renamed{sasl.Plain(sasl.Password(saslUser, saslPassword))}, scan)
		var unknown *conn.MechanismError
		if !errors.As(err, &unknown) || !slices.Contains(unknown.Enabled, "PLAIN") {
			t.Errorf("a mechanism that is not enabled: %v", err)
		}
		s.scramNames(t, scan)
		s.tokens(t, scan)
	})
}

// renamed is a mechanism by a name that no broker knows.
type renamed struct{ sasl.Mechanism }

func (renamed) Name() string { return "X-UNKNOWN" }

// scramNames has a user with a name and a password that are not plain letters, added
// by Kafka's own tool.
func (s saslTarget) scramNames(t *testing.T, scan *secretScan) {
	brokers, ok := s.Target.(*kafkabroker.Cluster)
	if !ok || !can(s.Target, scramUsers) {
		return
	}
	scan.keep(saslPassword2)
	must(t, brokers.AddScramUser(within(t, toolPatience), "SCRAM-SHA-256", saslUser2, saslPassword2))
	s.isKnown(t, sasl.ScramSHA256(sasl.Password(saslUser2, saslPassword2)), scan)
	s.works(t, sasl.ScramSHA256(sasl.Password(saslUser2, saslPassword2)), scan)
}

// isKnown waits until the broker has heard from the controller of credentials that
// were just added.
func (s saslTarget) isKnown(t *testing.T, m sasl.Mechanism, scan *secretScan) {
	t.Helper()
	client, err := cluster.NewClient(s.config(t, m, scan))
	must(t, err)
	closeAtEnd(t, client.Close)
	eventually(t, patience, func() error { return client.Refresh(soon(t)) })
}

// tokens has a client authenticate by a delegation token (KIP-48).
func (s saslTarget) tokens(t *testing.T, scan *secretScan) {
	if _, ok := s.Target.(*kafkabroker.Cluster); !ok || !can(s.Target, delegationTokens) {
		return
	}
	client, err := cluster.NewClient(s.config(t, sasl.ScramSHA256(sasl.Password(saslUser, saslPassword)), scan))
	must(t, err)
	closeAtEnd(t, client.Close)
	resp, err := client.DoAny(soon(t), &protocol.CreateDelegationTokenRequest{MaxLifetimeMs: -1})
	must(t, err)
	token := resp.(*protocol.CreateDelegationTokenResponse)
	must(t, token.ErrorCode.Err())
	hmac := base64.StdEncoding.EncodeToString(token.HMAC)
	scan.keep(hmac)
	for _, m := range []func(sasl.CredentialsFunc) sasl.Mechanism{sasl.ScramSHA256, sasl.ScramSHA512} {
		s.isKnown(t, m(sasl.DelegationToken(token.TokenID, hmac)), scan)
		s.works(t, m(sasl.DelegationToken(token.TokenID, hmac)), scan)
		if err := s.failure(t, m(sasl.Password(token.TokenID, hmac)), scan); !errors.Is(err, protocol.ErrSaslAuthenticationFailed) {
			t.Errorf("a token as a password: %v", err)
		}
	}
}

// TestSASLAtPlaintext has a client authenticate to a listener that does not want
// it.
func TestSASLAtPlaintext(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if _, ok := target.(*kafkabroker.Cluster); !ok || !can(target, saslListeners) {
			return
		}
		scan := newSecretScan(t, saslPassword)
		s := saslTarget{target, target.BootstrapServers()}
		start := time.Now()
		err := s.failure(t, sasl.Plain(sasl.Password(saslUser, saslPassword)), scan)
		if took := time.Since(start); took > patience/3 {
			t.Errorf("it took %v", took)
		}
		wantError(t, err, "sasl: PLAIN")
	})
}
