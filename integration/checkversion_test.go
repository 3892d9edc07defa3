package integration

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/record"
)

// TestCheckVersion has brokers say which release they are.
func TestCheckVersion(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		start := time.Now()
		v, err := kafka.CheckVersion(soon(t), strings.Join(target.BootstrapServers(), ","), kafka.CheckVersionOptions{
			Config: clusterConfig(t, target), Strict: true,
		})
		must(t, err)
		t.Logf("%v, after %v", v, time.Since(start).Round(time.Millisecond))
		if want, err := conn.ParseRelease(target.Version()); err == nil && v.Release != want {
			t.Errorf("%v, want %s", v, want)
		}
		if asked := v.Versions.Assumed == ""; asked != can(target, apiVersions) {
			t.Errorf("it was asked: %t", asked)
		}
	})
}

// TestReleaseTable holds the versions that a release is said to have against the
// brokers'. Those of Apache's differ only in what KRaft lacked at first.
func TestReleaseTable(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		brokers, ok := target.(*kafkabroker.Cluster)
		if !ok {
			return
		}
		asked, err := kafka.CheckVersion(soon(t), "", kafka.CheckVersionOptions{Config: clusterConfig(t, target), Strict: true})
		must(t, err)
		cfg := clusterConfig(t, target)
		cfg.APIVersion = target.Version()
		a, err := kafka.NewAdmin(cfg)
		must(t, err)
		closeAtEnd(t, a.Close)
		set, err := a.BrokerVersions(soon(t))
		must(t, err)
		for _, api := range protocol.APIs() {
			has, has1 := asked.Versions.Range(api.Key)
			says, says1 := set[0].Versions.Range(api.Key)
			switch {
			case api.Key == protocol.Produce && brokers.AtLeast(4): // says less than it has (KAFKA-18659)
				has.Min = says.Min
			case api.Key == protocol.JoinGroup && brokers.AtLeast(4): // 4.0.1 has versions again that 4.0.0 lacked (KAFKA-19444)
				has.Min = says.Min
			case brokers.AtLeast(4) && !brokers.AtLeast(4, 1) && (!says1 || says.Max < has.Max): // unstable versions are enabled
				continue
			case !has1 && !brokers.AtLeast(3, 9): // delegation tokens and SCRAM with KRaft
				continue
			}
			if has1 != says1 || has != says {
				t.Errorf("%v: the broker has %v, %t; the table %v, %t", api.Key, has, has1, says, says1)
			}
		}
	})
}

// TestFixedVersion sends and reads without asking for versions: by those of the
// brokers' release, and by older ones that they still know.
func TestFixedVersion(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		for _, release := range fixedVersions(target) {
			topic := newTopic(t, target, 1)
			p := newProducer(t, target, func(cfg *producer.Config) { cfg.APIVersion = release })
			_, err := p.SendSync(soon(t), record.Record{Topic: topic, Value: []byte(release)})
			must(t, err)
			c := newConsumer(t, target, func(cfg *consumer.Config) { cfg.APIVersion = release })
			must(t, c.Assign(cluster.TopicPartition{Topic: topic}))
			records, err := c.Poll(soon(t))
			if err != nil || len(records) != 1 || string(records[0].Value) != release {
				t.Errorf("as Kafka %s: %v, %v", release, records, err)
			}
		}
	})
}

// fixedVersions are releases that the brokers may be taken for.
func fixedVersions(target kafkabroker.Target) []string {
	brokers, ok := target.(*kafkabroker.Cluster)
	switch {
	case target.Version() == kafkabroker.Embedded:
		return []string{"2.8", "4.0"}
	case !ok:
		return nil
	case brokers.AtLeast(4):
		return []string{target.Version(), "2.1", "2.8"}
	case brokers.AtLeast(2, 1):
		return []string{target.Version(), "0.9", "2.1"}
	default:
		return []string{target.Version(), "0.8.0"}
	}
}

// TestWrongFixedVersion sets a release that the brokers are not.
func TestWrongFixedVersion(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		brokers, ok := target.(*kafkabroker.Cluster)
		if !ok {
			return
		}
		set, phrase := "4.3", "set the release of the oldest broker"
		if brokers.AtLeast(4, 1) {
			set, phrase = "0.9", "from 4.0 on Kafka lacks the versions from before 2.1"
		}
		wrong := func(cfg *cluster.Config) { cfg.APIVersion, cfg.RequestTimeout = set, 2*time.Second }
		topic := newTopic(t, target, 1)
		p := newProducer(t, target, func(cfg *producer.Config) {
			wrong(&cfg.Config)
			cfg.DeliveryTimeout = 5 * time.Second
		})
		c := newConsumer(t, target, func(cfg *consumer.Config) { wrong(&cfg.Config) })
		must(t, c.Assign(cluster.TopicPartition{Topic: topic}))
		is, err := conn.ParseRelease(target.Version())
		must(t, err)
		for name, call := range map[string]func(context.Context) error{
			"SendSync": func(ctx context.Context) error {
				_, err := p.SendSync(ctx, record.Record{Topic: topic, Value: []byte("v")})
				return err
			},
			"Poll": func(ctx context.Context) error { _, err := c.Poll(ctx); return err },
		} {
			start := time.Now()
			err := call(soon(t))
			wantError(t, err, "Config.APIVersion (api.version) is "+set, "the broker is Kafka "+is, phrase)
			t.Logf("%s after %v: %v", name, time.Since(start).Round(time.Millisecond), err)
		}
	})
}
