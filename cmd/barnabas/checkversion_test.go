package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kversion"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/kafkatest"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

func TestCheckVersion(t *testing.T) {
	_, b := brokers(t, kafkatest.Brokers(2), kafkatest.Release("2.8"))
	addresses := strings.Split(b, ",")
	if got, want := must(t, "", "check-version", "-b", b), fmt.Sprintf("0 (%s)\t2.8\n1 (%s)\t2.8\n", addresses[0], addresses[1]); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := must(t, "", "check-version", "-b", b, "--apis"); !strings.Contains(got, "Fetch ") || !strings.Contains(got, "4 to 12") || !strings.Contains(got, "used: 12") {
		t.Errorf("APIs: %s", got)
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
		v, err := kafka.CheckVersion(t.Context(), kafka.Config{BootstrapServers: []string{b}})
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

// fakeVersions is a broker that has the APIs of a release, and answers ApiVersions
// and Metadata.
func fakeVersions(t *testing.T, versions *kversion.Versions) (address string) {
	apis := &protocol.ApiVersionsResponse{FinalizedFeaturesEpoch: -1}
	versions.EachMaxKeyVersion(func(key, highest int16) {
		apis.APIKeys = append(apis.APIKeys, protocol.ApiVersionsResponseAPI{APIKey: protocol.APIKey(key), MaxVersion: highest})
	})
	address = listen(t, func(c net.Conn) {
		host := c.LocalAddr().(*net.TCPAddr)
		metadata := &protocol.MetadataResponse{
			Brokers:                     []protocol.MetadataResponseBroker{{NodeID: 1, Host: host.IP.String(), Port: int32(host.Port)}},
			ClusterAuthorizedOperations: protocol.NoAuthorizedOperations,
		}
		for {
			var size [4]byte
			if _, err := io.ReadFull(c, size[:]); err != nil {
				return
			}
			frame := make([]byte, binary.BigEndian.Uint32(size[:]))
			if _, err := io.ReadFull(c, frame); err != nil {
				return
			}
			h, req, err := protocol.DecodeRequest(frame)
			if err != nil {
				t.Error(err)
				return
			}
			var resp protocol.Response = metadata
			if _, ok := req.(*protocol.ApiVersionsRequest); ok {
				resp = apis
				// A broker answers what it does not know in version 0, with an error.
				if highest, _ := versions.LookupMaxKeyVersion(int16(h.Key)); h.Version > highest {
					h.Version = 0
					resp = &protocol.ApiVersionsResponse{ErrorCode: protocol.ErrUnsupportedVersion, APIKeys: apis.APIKeys, FinalizedFeaturesEpoch: -1}
				}
			}
			out := wire.NewEncoder(nil)
			if err := protocol.EncodeResponse(out, h.CorrelationID, h.Version, resp); err != nil {
				t.Error(err)
				return
			}
			if _, err := c.Write(out.Flat()); err != nil {
				return
			}
		}
	})
	return address
}
