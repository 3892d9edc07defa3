package conn

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// TestReleaseVectors are those of kafka-python's check_version: a broker that has
// one API, with the version that a release was the first to have.
func TestReleaseVectors(t *testing.T) {
	for _, v := range []struct {
		api     protocol.APIKey
		version int16
		release string
	}{
		{protocol.ApiVersions, 0, "0.10.0"},
		{protocol.Metadata, 1, "0.10.0"},
		{protocol.Metadata, 2, "0.10.1"},
		{protocol.OffsetFetch, 2, "0.10.2"},
		{protocol.Metadata, 4, "0.11.0"},
		{protocol.Metadata, 5, "1.0"},
		{protocol.Fetch, 7, "1.1"},
		{protocol.Fetch, 8, "2.0"},
		{protocol.Fetch, 10, "2.1"},
		{protocol.ListOffsets, 5, "2.2"},
		{protocol.Fetch, 11, "2.3"},
		{protocol.Produce, 8, "2.4"},
		{protocol.DescribeAcls, 2, "2.5"},
		{protocol.DescribeClientQuotas, 0, "2.6"},
		{protocol.Fetch, 12, "2.7"},
		{protocol.Produce, 9, "2.8"},
		{protocol.ListOffsets, 7, "3.0"},
		{protocol.Fetch, 13, "3.1"},
		{protocol.JoinGroup, 9, "3.2"},
		{protocol.DescribeAcls, 3, "3.3"},
		{protocol.LeaderAndIsr, 7, "3.4"},
		{protocol.Fetch, 15, "3.5"},
		{protocol.AddPartitionsToTxn, 4, "3.6"},
		{protocol.Fetch, 16, "3.7"},
		{protocol.Produce, 11, "3.8"},
		{protocol.Fetch, 17, "3.9"},
		{protocol.ListOffsets, 10, "4.0"},
		{protocol.Produce, 13, "4.1"},
		{protocol.ListOffsets, 11, "4.2"},
		{protocol.DescribeLogDirs, 5, "4.3"},
	} {
		one := newVersions(&protocol.ApiVersionsResponse{
			APIKeys: []protocol.ApiVersionsResponseAPI{{APIKey: v.api, MaxVersion: v.version}},
		})
		if got := one.Release(); got != v.release {
			t.Errorf("%v v%d is taken for %s, want %s", v.api, v.version, got, v.release)
		}
	}
}

func TestParseRelease(t *testing.T) {
	for text, want := range map[string]string{
		"0.8.0": "0.8.0", "0.8": "0.8.0", "0.8.2.2": "0.8.2", "0.9": "0.9", "0.9.0.1": "0.9", "0.10": "0.10.0",
		"0.10.2": "0.10.2", "0.11": "0.11.0", "0.11.0.3": "0.11.0", "1": "1.0", "2.8": "2.8", " 2.8.2 ": "2.8", "2.99": "2.8", "4.3": "4.3",
		"4.3.1": "4.3", "7.1": "4.3",
		"(0, 8, 2)": "0.8.2", "(0, 9)": "0.9", "(0, 10, 1)": "0.10.1", "(0,10)": "0.10.0", "(2, 8,)": "2.8",
	} {
		if got, err := ParseRelease(text); got != want || err != nil {
			t.Errorf("%q is taken for %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"", "()", "(0, 10", "0,10", "auto", "2.x", "v2.8", "2..8", "-1", "0.7.2", "0", "1.99999999"} {
		if got, err := ParseRelease(text); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q is taken for %q, %v", text, got, err)
		}
	}
	for _, r := range releases {
		if got, err := ParseRelease(r.name); got != r.name || err != nil {
			t.Errorf("%s is taken for %s, %v", r.name, got, err)
		}
	}
}

// What is set is not asked for: a connection is ready at once, whatever the broker
// would have said.
func TestFixedVersion(t *testing.T) {
	for text, want := range map[string]struct{ metadata, fetch, produce, join int16 }{
		"0.8.0":      {0, 0, 0, -1},
		"0.9":        {0, 1, 1, 0},
		"(0, 10, 1)": {2, 3, 2, 1},
		"0.10.2.1":   {2, 3, 2, 1},
		"2.8":        {11, 12, 9, 7},
		"4.3":        {13, 18, 13, 9},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker(t, serve)
			cfg := b.config()
			cfg.APIVersion = text
			start := time.Now()
			c := b.dial(cfg)
			if took := time.Since(start); took != 0 || b.dials.Load() != 1 || b.writes.Load() != 0 {
				t.Errorf("%s: it took %v, %d dials and %d writes", text, took, b.dials.Load(), b.writes.Load())
			}
			for api, version := range map[protocol.APIKey]int16{
				protocol.Metadata: want.metadata, protocol.Fetch: want.fetch, protocol.Produce: want.produce, protocol.JoinGroup: want.join,
			} {
				if got, ok := c.Version(api); ok != (version >= 0) || ok && got != version {
					t.Errorf("%s: %v is v%d, %v; want v%d", text, api, got, ok, version)
				}
			}
			if v := c.Versions(); !v.Fixed || v.Assumed != v.Release() || v.FinalizedEpoch != -1 {
				t.Errorf("%s: %+v", text, v)
			}
			if _, err := c.Do(t.Context(), &protocol.MetadataRequest{AllowAutoTopicCreation: true}); err != nil {
				t.Errorf("%s: %v", text, err)
			}
		})
	}
}

func TestFixedVersionLacks(t *testing.T) {
	b := newFakeBroker(t, serve)
	cfg := b.config()
	cfg.APIVersion = "0.8.2"
	c := b.dial(cfg)
	_, err := c.Do(t.Context(), heartbeat(1))
	want := "broker broker:9092: Heartbeat is not supported by Kafka 0.8.2, which Config.APIVersion (api.version) says the broker is: " +
		"set a newer release, or none to have it asked"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	want = "record headers: Kafka 0.11 or later is needed, broker broker:9092 is Kafka 0.8.2 by Config.APIVersion (api.version)"
	if err := c.Lacks("record headers", "0.11"); err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	cfg.APIVersion = "newest"
	if _, err := Dial(t.Context(), "broker:9092", cfg); err == nil || !strings.Contains(err.Error(), `Config.APIVersion: "newest" is not a release`) {
		t.Errorf("a release that there is not: %v", err)
	}
}

// closesBut closes the connection upon all but the versions of a release.
func closesBut(release string) func(*peer) {
	versions := named(release).versions()
	return func(p *peer) {
		for {
			req := p.next()
			r, ok := versions.Range(req.Key)
			switch {
			case req.Key == protocol.ApiVersions && ok && !r.has(req.Version):
				req.Version = 0
				p.reply(req, &protocol.ApiVersionsResponse{ErrorCode: protocol.ErrUnsupportedVersion, FinalizedFeaturesEpoch: -1})
			case !ok || !r.has(req.Version):
				return
			case req.Key == protocol.ApiVersions:
				resp := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
				for _, key := range versions.APIs() {
					r, _ := versions.Range(key)
					resp.APIKeys = append(resp.APIKeys, protocol.ApiVersionsResponseAPI{APIKey: key, MinVersion: r.Min, MaxVersion: r.Max})
				}
				p.reply(req, resp)
			default:
				p.reply(req, empty(req.Key))
			}
		}
	}
}

// skipsBut09 passes over what Kafka 0.9 does not know.
func skipsBut09(p *peer) {
	versions := named("0.9").versions()
	for {
		req := p.next()
		if r, ok := versions.Range(req.Key); ok && r.has(req.Version) {
			p.reply(req, empty(req.Key))
		}
	}
}

// TestFixedVersionContradicts sets a release that the broker is not. The first
// error is a guess; then the broker is asked, and the error is one for good.
func TestFixedVersionContradicts(t *testing.T) {
	for _, test := range []struct {
		set    string
		broker func(*peer)
		req    protocol.Request
		want   string
	}{
		{"2.8", closesBut("2.3"), heartbeat(1),
			"Config.APIVersion (api.version) is 2.8, which has Heartbeat v4; the broker is Kafka 2.3, which has v0 to v3 " +
				"(set the release of the oldest broker, or none to have brokers asked)"},
		{"2.8", closesBut("0.8.2"), heartbeat(1),
			"Config.APIVersion (api.version) is 2.8, which has Heartbeat v4; the broker is Kafka 0.8.2, which does not have it " +
				"(set the release of the oldest broker, or none to have brokers asked)"},
		{"2.8", skipsBut09, &protocol.ListGroupsRequest{},
			"Config.APIVersion (api.version) is 2.8, which has ListGroups v4; the broker is Kafka 0.9, which has v0 to v0 " +
				"(set the release of the oldest broker, or none to have brokers asked)"},
		{"0.9", closesBut("4.3"), &protocol.FetchRequest{MaxBytes: 1 << 30},
			"Config.APIVersion (api.version) is 0.9, which has Fetch v1; the broker is Kafka 4.3, which has v4 to v18 " +
				"(from 4.0 on Kafka lacks the versions from before 2.1: set a newer release, or none to have brokers asked)"},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker(t, test.broker)
			cfg := b.config()
			cfg.APIVersion, cfg.OldBrokers = test.set, new(OldBrokers)
			_, err := b.dial(cfg).Do(t.Context(), test.req)
			if err == nil {
				t.Fatal("no error")
			}
			var e *Error
			if errors.Is(err, ErrDisconnected) && (!errors.As(err, &e) || !e.Retriable() || e.Hint != fixedHint(test.set)) {
				t.Errorf("first %v", err)
			}
			for range 2 {
				_, err = Dial(t.Context(), "broker:9092", cfg)
				if !errors.As(err, &e) || e.Retriable() || err.Error() != "broker broker:9092: apiversions: "+test.want {
					t.Errorf("got  %v\nwant %s", err, test.want)
				}
			}
			upgraded := newFakeBroker(t, closesBut(test.set))
			cfg.Dialer = upgraded
			if _, err := upgraded.dial(cfg).Do(t.Context(), test.req); err != nil {
				t.Errorf("after the right release came: %v", err)
			}
		})
	}
}

// A connection that ends for another reason is none to doubt what was set.
func TestFixedVersionIsRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closes := func(p *peer) { p.next() }
		b := newFakeBroker(t, closes, closesBut("2.8"))
		cfg := b.config()
		cfg.APIVersion, cfg.OldBrokers = "2.8", new(OldBrokers)
		if _, err := b.dial(cfg).Do(t.Context(), heartbeat(1)); !errors.Is(err, ErrDisconnected) {
			t.Error(err)
		}
		for want := int32(3); want < 5; want++ { // asked once, and not again
			if _, err := b.dial(cfg).Do(t.Context(), heartbeat(1)); err != nil || b.dials.Load() != want {
				t.Errorf("%v after %d dials, want %d", err, b.dials.Load(), want)
			}
		}
	})
}

// TestOldBrokerIsUpgraded has a broker that was remembered as old replaced by one
// that dropped the old versions: the first request fails, and then it is asked.
func TestOldBrokerIsUpgraded(t *testing.T) {
	for name, old := range map[string]func(*peer){"0.9": skipsBut09, "0.8.2": closesBut("0.8.2")} {
		synctest.Test(t, func(t *testing.T) {
			cfg := Config{OldBrokers: new(OldBrokers)}
			before := newFakeBroker(t, old)
			cfg.Dialer = before
			c := before.dial(cfg)
			if got := c.Versions().Assumed; got != name {
				t.Fatalf("assumed %q, want %q", got, name)
			}
			if _, err := c.Do(t.Context(), &protocol.MetadataRequest{AllowAutoTopicCreation: true}); err != nil {
				t.Fatal(err)
			}
			after := newFakeBroker(t, closesBut("4.3"))
			cfg.Dialer = after
			fetch := &protocol.FetchRequest{ReplicaID: -1, MaxBytes: 1 << 30}
			if _, err := after.dial(cfg).Do(t.Context(), fetch); !errors.Is(err, ErrDisconnected) {
				t.Errorf("the first request: %v", err)
			}
			c = after.dial(cfg)
			if _, err := c.Do(t.Context(), fetch); err != nil || c.Versions().Release() != "4.3" {
				t.Errorf("Kafka %s, %v", c.Versions().Release(), err)
			}
		})
	}
}

// TestOldBrokerRestarts: a broker that answered before it went away is not asked
// again.
func TestOldBrokerRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newFakeBroker(t, skipsBut09, func(p *peer) {
			p.reply(p.next(), empty(protocol.Metadata))
			p.next()
		}, skipsBut09)
		cfg := b.config()
		cfg.OldBrokers = new(OldBrokers)
		metadata := &protocol.MetadataRequest{AllowAutoTopicCreation: true}
		c := b.dial(cfg)
		if _, err := c.Do(t.Context(), metadata); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Do(t.Context(), metadata); !errors.Is(err, ErrDisconnected) {
			t.Fatal(err)
		}
		start := time.Now()
		c = b.dial(cfg)
		if _, err := c.Do(t.Context(), metadata); err != nil || time.Since(start) > 0 || b.dials.Load() != 3 || c.Versions().Assumed != "0.9" {
			t.Errorf("%v: Kafka %s after %v and %d dials", err, c.Versions().Release(), time.Since(start), b.dials.Load())
		}
	})
}

// TestNewBrokerDoesNotBecomeOld has the network to a broker that has told its
// versions fail in just the ways that old brokers do.
func TestNewBrokerDoesNotBecomeOld(t *testing.T) {
	for name, old := range map[string]func(*peer){"0.9": skipsBut09, "0.8.2": closesBut("0.8.2")} {
		synctest.Test(t, func(t *testing.T) {
			cfg := Config{OldBrokers: new(OldBrokers)}
			b := newFakeBroker(t, closesBut("4.3"))
			cfg.Dialer = b
			b.dial(cfg)
			b = newFakeBroker(t, old)
			cfg.Dialer = b
			if c, err := Dial(t.Context(), "broker:9092", cfg); err == nil {
				t.Errorf("after the behaviour of %s it is taken for Kafka %s", name, c.Versions().Release())
				c.Close()
			}
			b = newFakeBroker(t, closesBut("4.3"))
			cfg.Dialer = b
			if got := b.dial(cfg).Versions().Release(); got != "4.3" {
				t.Errorf("it is taken for Kafka %s", got)
			}
		})
	}
}

// TestStrangeProbes is about brokers that fail in ways that no release does.
func TestStrangeProbes(t *testing.T) {
	refusesAPIVersions := func(release string) func(*peer) {
		versions := named(release).versions()
		return func(p *peer) {
			for {
				req := p.next()
				switch r, ok := versions.Range(req.Key); {
				case req.Key == protocol.ApiVersions:
					p.reply(req, &protocol.ApiVersionsResponse{ErrorCode: protocol.ErrInvalidRequest, FinalizedFeaturesEpoch: -1})
				case ok && r.has(req.Version):
					p.reply(req, empty(req.Key))
				default:
					return
				}
			}
		}
	}
	// It answers nothing but Metadata and OffsetFetch, and closes upon ApiVersions.
	silentToMost := func(p *peer) {
		for {
			switch req := p.next(); {
			case req.Key == protocol.ApiVersions:
				return
			case req.Version == 0 && (req.Key == protocol.Metadata || req.Key == protocol.OffsetFetch):
				p.reply(req, empty(req.Key))
			}
		}
	}
	for name, test := range map[string]struct {
		broker func(*peer)
		strict string
		guess  string
	}{
		"0.9 by ListGroups": {closesBut("0.9"), "", "0.9"},
		"refuses, 0.9":      {refusesAPIVersions("0.9"), "apiversions: ApiVersions at broker:9092: " + protocol.ErrInvalidRequest.Error(), "0.9"},
		"refuses, 0.8.2":    {refusesAPIVersions("0.8.2"), "apiversions: ApiVersions at broker:9092: " + protocol.ErrInvalidRequest.Error(), "0.8.2"},
		"refuses, 0.8.1":    {refusesAPIVersions("0.8.1"), "apiversions: ApiVersions at broker:9092: " + protocol.ErrInvalidRequest.Error(), "0.8.1"},
		"refuses, 0.8.0":    {refusesAPIVersions("0.8.0"), "apiversions: ApiVersions at broker:9092: " + protocol.ErrInvalidRequest.Error(), "0.8.0"},
		"silent to most": {silentToMost, "apiversions: it is older than 0.10, but neither answers the probe for Kafka 0.9 nor closes the connection, " +
			"as brokers do that are still older: ListGroups v0: ", "0.8.1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newFakeBroker(t, test.broker)
				cfg := b.config()
				c, err := Dial(t.Context(), "broker:9092", cfg)
				if test.strict == "" {
					if err != nil || c.Versions().Release() != test.guess {
						t.Fatalf("%v, want Kafka %s", err, test.guess)
					}
					c.Close()
					return
				}
				if err == nil || !strings.Contains(err.Error(), test.strict) {
					t.Errorf("got  %v\nwant %s", err, test.strict)
				}
				cfg.GuessRelease = true
				start := time.Now()
				if got := b.dial(cfg).Versions().Release(); got != test.guess || time.Since(start) > DefaultConnectTimeout {
					t.Errorf("Kafka %s after %v, want %s", got, time.Since(start), test.guess)
				}
			})
		})
	}
	t.Run("closes upon all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			cfg := newFakeBroker(t, func(p *peer) { p.next() }).config()
			cfg.GuessRelease = true
			if _, err := Dial(t.Context(), "broker:9092", cfg); err == nil || !strings.Contains(err.Error(), hintClosesAll) {
				t.Error(err)
			}
		})
	})
}

// An API that is newer than the broker is an error that says since when there is
// one.
func TestUnsupportedSince(t *testing.T) {
	for _, tt := range []struct {
		release string
		req     protocol.Request
		want    string
	}{
		{"0.8.1", heartbeat(1), "Heartbeat is not supported: Kafka 0.9 or later is needed, the broker is Kafka 0.8.1"},
		{"0.9", &protocol.CreateTopicsRequest{}, "CreateTopics is not supported: Kafka 0.10.1 or later is needed, the broker is Kafka 0.9"},
		{"2.3", &protocol.AlterPartitionReassignmentsRequest{}, "AlterPartitionReassignments is not supported: Kafka 2.4 or later is needed, the broker is Kafka 2.3"},
	} {
		v := named(tt.release).versions()
		v.Assumed = tt.release
		c := &Conn{addr: "b:1", versions: v}
		if _, err := c.pick(tt.req); err == nil || err.Error() != "broker b:1: "+tt.want {
			t.Errorf("%v", err)
		}
	}
}
