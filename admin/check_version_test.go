package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

func TestCheckVersionOfANode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeBroker{}
		one, two := int32(1), int32(2)
		opts := CheckVersionOptions{Config: f.config(), Strict: true, Node: &one}
		if v, err := CheckVersion(t.Context(), "fake", opts); err != nil || v.Node.ID != 1 || v.Release != "4.3" {
			t.Errorf("%v, %v", v, err)
		}
		if all, err := CheckVersions(t.Context(), "", opts); err != nil || len(all) != 1 {
			t.Errorf("%v, %v", all, err)
		}
		opts.Node = &two
		_, err := CheckVersion(t.Context(), "", opts)
		if !errors.Is(err, cluster.ErrUnknownNode) || !strings.Contains(err.Error(), "2; there are [1 (fake:9092)]") {
			t.Errorf("a node that there is not: %v", err)
		}
	})
}

// silence is a network on which some brokers do not even accept connections.
type silence struct {
	*fakeBroker
	silent string
}

func (s silence) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if strings.HasPrefix(address, s.silent) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.fakeBroker.DialContext(ctx, network, address)
}

func TestCheckVersionTimeout(t *testing.T) {
	for _, test := range []struct {
		bootstrap string
		set, most time.Duration
		fails     bool
	}{
		{"silent-1,silent-2", 0, DefaultCheckVersionTimeout, true},
		{"silent-1", 2 * time.Second, 2 * time.Second, true},
		{"silent-1,silent-2,fake", 4 * time.Second, 2 * time.Second, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeBroker{}
			cfg := f.config()
			cfg.Dialer = silence{f, "silent"}
			start := time.Now()
			v, err := CheckVersion(t.Context(), test.bootstrap, CheckVersionOptions{Config: cfg, Timeout: test.set})
			if took := time.Since(start); (err != nil) != test.fails || took > test.most {
				t.Errorf("%s: %v, %v after %v", test.bootstrap, v, err, took)
			}
			if test.fails && !strings.Contains(err.Error(), "silent-1:9092: dial") {
				t.Errorf("%s: the error is %v", test.bootstrap, err)
			}
		})
	}
	var wrong *cluster.ConfigError
	if _, err := CheckVersion(t.Context(), "", CheckVersionOptions{Timeout: -1}); !errors.As(err, &wrong) || wrong.Field != "CheckVersionOptions.Timeout" {
		t.Errorf("a negative timeout: %v", err)
	}
	if _, err := CheckVersion(t.Context(), "a:b", CheckVersionOptions{}); !errors.As(err, &wrong) || wrong.Field != "BootstrapServers" {
		t.Errorf("a wrong address: %v", err)
	}
}

// TestCheckVersionAsks whatever is set: it is a check.
func TestCheckVersionAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := (&fakeBroker{}).config()
		cfg.APIVersion = "0.9"
		if v, err := CheckVersion(t.Context(), "", CheckVersionOptions{Config: cfg}); err != nil || v.Release != "4.3" || v.Versions.Fixed {
			t.Errorf("%v, %v", v, err)
		}
	})
}

// TestVersionReport is about what brokers do not tell: old ones their versions, and
// new ones not all of a feature.
func TestVersionReport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeBroker{}
		cfg := f.config()
		cfg.APIVersion = "0.8.0"
		c, err := New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close(t.Context()) }()
		f.answer = func(protocol.Request) protocol.Response { return nil }
		versions, err := c.BrokerVersions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(versions[0])
		want := `{"node":1,"host":"fake","port":9092,"release":"0.8.0","assumed":true,"apis":[` +
			`{"key":0,"name":"Produce","min":0,"max":0,"used":0},{"key":1,"name":"Fetch","min":0,"max":0,"used":0},` +
			`{"key":2,"name":"ListOffsets","min":0,"max":0,"used":0},{"key":3,"name":"Metadata","min":0,"max":0,"used":0}],` +
			`"features":[],"finalized_epoch":null}`
		if err != nil || string(got) != want {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
		table := "API          KEY  BROKER  CLIENT   USED\n" +
			"Produce      0    0       0 to 13  0\n" +
			"Fetch        1    0       0 to 18  0\n" +
			"ListOffsets  2    0       0 to 11  0\n" +
			"Metadata     3    0       0 to 13  0\n"
		if got := versions[0].Table(); got != table {
			t.Errorf("got\n%swant\n%s", got, table)
		}
	})
}

func TestVersionReportOfFeatures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeBroker{features: func(resp *protocol.ApiVersionsResponse) {
			resp.APIKeys = append(resp.APIKeys[3:4], protocol.ApiVersionsResponseAPI{APIKey: 7, MinVersion: 1, MaxVersion: 3})
			resp.SupportedFeatures = []protocol.ApiVersionsResponseSupportedFeature{{Name: "b", MinVersion: 1, MaxVersion: 3}, {Name: "a", MaxVersion: 1}}
			resp.FinalizedFeatures = []protocol.ApiVersionsResponseFinalizedFeature{{Name: "b", MinVersionLevel: 2, MaxVersionLevel: 2}, {Name: "c", MinVersionLevel: 5, MaxVersionLevel: 5}}
			resp.FinalizedFeaturesEpoch = 42
		}}
		v, err := CheckVersion(t.Context(), "", CheckVersionOptions{Config: f.config()})
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(v)
		want := `"apis":[{"key":3,"name":"Metadata","min":0,"max":13,"used":13},{"key":7,"name":"ControlledShutdown","min":1,"max":3,"used":null}],` +
			`"features":[{"name":"a","min":0,"max":1,"finalized":null},{"name":"b","min":1,"max":3,"finalized":2},` +
			`{"name":"c","min":null,"max":null,"finalized":5}],"finalized_epoch":42}`
		if err != nil || !strings.HasSuffix(string(got), want) {
			t.Errorf("got  %s, %v\nwant %s", got, err, want)
		}
		table := "API                 KEY  BROKER   CLIENT   USED\n" +
			"Metadata            3    0 to 13  0 to 13  13\n" +
			"ControlledShutdown  7    1 to 3   -        -\n\n" +
			"FEATURE  BROKER  FINALIZED\n" +
			"a        0 to 1  -\n" +
			"b        1 to 3  2\n" +
			"c        -       5\n"
		if got := v.Table(); got != table {
			t.Errorf("got\n%swant\n%s", got, table)
		}
	})
}
