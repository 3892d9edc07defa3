package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/fakebroker"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
)

var update = flag.Bool("update", false, "write what check-version prints to testdata, to be read before it is kept")

// TestCheckVersion holds the outputs against those in testdata: of a release
// without features, and of the newest that the embedded broker knows.
func TestCheckVersion(t *testing.T) {
	for release, opts := range map[string][]kafkatest.Option{
		"2.8":    {kafkatest.Brokers(2), kafkatest.Release("2.8")},
		"newest": {kafkatest.Brokers(2)},
	} {
		_, b := brokers(t, opts...)
		for file, args := range map[string]string{"": "", "-apis": "--apis", "-one": "--node 1 --apis --strict", "-json": "-J", "-one-json": "--json --node 0"} {
			got := hideAddresses(must(t, "", strings.Fields("check-version -b "+b+" "+args)...), b)
			name := filepath.Join("testdata", "check-version-"+release+file+".txt")
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(name); err != nil || got != string(want) {
				t.Errorf("check-version %s differs from %s, %v:\n%s", args, name, err, got)
			}
		}
	}
}

// hideAddresses replaces brokers' ports, which no test can foretell.
func hideAddresses(text, bootstrap string) string {
	for i, address := range strings.Split(bootstrap, ",") {
		_, port, _ := strings.Cut(address, ":")
		text = strings.ReplaceAll(text, port, fmt.Sprintf("%d", 1001+i))
	}
	return text
}

// TestCheckVersionJSON reads the output as a script does.
func TestCheckVersionJSON(t *testing.T) {
	_, b := brokers(t, kafkatest.Brokers(2), kafkatest.Release("2.8"))
	out := json.NewDecoder(strings.NewReader(must(t, "", "check-version", "-b", b, "-J")))
	for id := range 2 {
		var v struct {
			Node    int    `json:"node"`
			Host    string `json:"host"`
			Port    int    `json:"port"`
			Release string `json:"release"`
			Assumed *bool  `json:"assumed"`
			APIs    []struct {
				Key            int
				Name           string
				Min, Max, Used *int
			} `json:"apis"`
		}
		if err := out.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if address := fmt.Sprintf("%s:%d", v.Host, v.Port); v.Node != id || address != strings.Split(b, ",")[id] || v.Release != "2.8" || v.Assumed == nil || *v.Assumed {
			t.Errorf("broker %d: %+v", id, v)
		}
		if fetch := v.APIs[1]; fetch.Key != 1 || fetch.Name != "Fetch" || *fetch.Min != 4 || *fetch.Max != 12 || *fetch.Used != 12 {
			t.Errorf("Fetch: %+v", fetch)
		}
	}
	if out.More() {
		t.Error("there is more than a line for each broker")
	}
}

func TestCheckVersionFails(t *testing.T) {
	_, b := brokers(t)
	r := barnabas(t, "", "check-version", "-b", b, "--node", "99")
	if r.code != exitFailure || !strings.Contains(r.err, "node is not in the cluster's metadata: 99; there are [") {
		t.Errorf("exit code %d, %s", r.code, r.err)
	}
	r = barnabas(t, "", "check-version", "-b", b, "-X", "api.version=2.8")
	if r.code != exitOK || !strings.Contains(r.err, "api.version has no effect here") {
		t.Errorf("exit code %d, %s", r.code, r.err)
	}
}

// TestReleases holds the signs by which releases are told against the versions
// that another client knows of each.
func TestReleases(t *testing.T) {
	known := 0
	for _, release := range kversion.VersionStrings() {
		versions := kversion.FromString(release)
		if !versions.HasKey(int16(protocol.ApiVersions)) {
			continue // before 0.10 brokers cannot be asked
		}
		b := fakeVersions(t, versions)
		v, err := kafka.CheckVersion(t.Context(), b, kafka.CheckVersionOptions{Strict: true})
		if err != nil {
			t.Errorf("%s: %v", release, err)
			continue
		}
		want := strings.TrimPrefix(release, "v")
		if want == "4.4" {
			want = "4.3" // not released when this was written
		}
		if v.Release != want {
			t.Errorf("%s is taken for %s", release, v.Release)
		}
		known++
	}
	if known < 25 {
		t.Errorf("only %d releases were tried", known)
	}
}

// otherwise are the versions of which that client says something else than the
// brokers of the release: stubs in 0.8.2, an omission, and what only brokers
// without ZooKeeper have, or only those with a receiver of telemetry.
var otherwise = map[protocol.APIKey][]string{
	protocol.JoinGroup:                 {"0.8.2"},
	protocol.Heartbeat:                 {"0.8.2"},
	protocol.OffsetFetch:               {"0.10.2"},
	protocol.DescribeQuorum:            {"3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9"},
	protocol.UnregisterBroker:          {"3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9"},
	protocol.ListConfigResources:       {"3.7", "3.8", "3.9"},
	protocol.DescribeTopicPartitions:   {"3.8", "3.9"},
	protocol.AddRaftVoter:              {"3.9"},
	protocol.RemoveRaftVoter:           {"3.9"},
	protocol.GetTelemetrySubscriptions: {"4.0", "4.1", "4.2", "4.3"},
	protocol.PushTelemetry:             {"4.0", "4.1", "4.2", "4.3"},
}

// TestReleaseTable holds the versions that Config.APIVersion stands for against
// those that another client knows of each release.
func TestReleaseTable(t *testing.T) {
	for _, name := range kversion.VersionStrings() {
		versions := kversion.FromString(name)
		release, err := conn.ParseRelease(strings.TrimPrefix(name, "v"))
		if err != nil || name == "v4.4" {
			continue
		}
		a, err := kafka.NewAdmin(kafka.Config{BootstrapServers: []string{fakeVersions(t, versions)}, APIVersion: release})
		if err != nil {
			t.Fatal(err)
		}
		set, err := a.BrokerVersions(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", release, err)
		}
		for _, api := range protocol.APIs() {
			want, wanted := versions.LookupMaxKeyVersion(int16(api.Key))
			got, ok := set[0].Versions.Range(api.Key)
			same := ok == wanted && (!ok || got.Max == want)
			if same == slices.Contains(otherwise[api.Key], release) {
				t.Errorf("Kafka %s: %v v%d, %t; the other client says v%d, %t", release, api.Key, got.Max, ok, want, wanted)
			}
		}
		if err := a.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// fakeVersions is a broker that has the APIs of a release, and answers ApiVersions
// and Metadata.
func fakeVersions(t *testing.T, versions *kversion.Versions) (address string) {
	apis := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
	versions.EachMaxKeyVersion(func(key, highest int16) {
		apis.APIKeys = append(apis.APIKeys, protocol.ApiVersionsResponseAPI{APIKey: protocol.APIKey(key), MaxVersion: highest})
	})
	address = fakebroker.Listen(t, func(c net.Conn) {
		host := c.LocalAddr().(*net.TCPAddr)
		metadata := &protocol.MetadataResponse{
			Brokers:                     []protocol.MetadataResponseBroker{{NodeID: 1, Host: host.IP.String(), Port: int32(host.Port)}},
			ClusterAuthorizedOperations: protocol.NoAuthorizedOperations,
		}
		fakebroker.Serve(c, func(h *protocol.RequestHeader, req protocol.Request) (protocol.Response, bool) {
			if _, ok := req.(*protocol.ApiVersionsRequest); !ok {
				return metadata, true
			}
			// A broker answers what it does not know in version 0, with an error.
			if highest, _ := versions.LookupMaxKeyVersion(int16(h.Key)); h.Version > highest {
				h.Version = 0
				return &protocol.ApiVersionsResponse{ErrorCode: protocol.ErrUnsupportedVersion, APIKeys: apis.APIKeys, FinalizedFeaturesEpoch: -1}, true
			}
			return apis, true
		})
	})
	return address
}
