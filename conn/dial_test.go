package conn

import (
	"errors"
	"regexp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// skips does as Kafka 0.9 does with what it does not know.
func skips(p *peer) {
	for {
		if req := p.next(); req.Key != protocol.ApiVersions {
			p.reply(req, protocol.Lookup(req.Key).NewResponse())
		}
	}
}

// only knows Metadata and some other APIs, in version 0, and closes the connection
// upon all else.
func only(apis ...protocol.APIKey) func(*peer) {
	return func(p *peer) {
		for {
			req := p.next()
			switch {
			case req.Version != 0:
				return
			case req.Key == protocol.Metadata:
				p.reply(req, &protocol.MetadataResponse{ClusterAuthorizedOperations: protocol.NoAuthorizedOperations})
			case slices.Contains(apis, req.Key):
				p.reply(req, empty(req.Key))
			default:
				return
			}
		}
	}
}

func TestNegotiate(t *testing.T) {
	closes := func(p *peer) { p.next() }
	slow := func(p *peer) {
		req := p.next()
		pass(silence + silence/2)
		p.reply(req, allAPIs())
		serveAPIs(p)
	}
	old := func(listed bool, max int16) func(*peer) { // knows the question, not in its latest version
		return func(p *peer) {
			for {
				req := p.next()
				if req.Version <= max {
					p.reply(req, &protocol.ApiVersionsResponse{
						FinalizedFeaturesEpoch: -1,
						APIKeys:                []protocol.ApiVersionsResponseAPI{{APIKey: protocol.Metadata, MaxVersion: 7}},
					})
					continue
				}
				resp := &protocol.ApiVersionsResponse{ErrorCode: protocol.ErrUnsupportedVersion, FinalizedFeaturesEpoch: -1}
				if listed {
					resp.APIKeys = []protocol.ApiVersionsResponseAPI{{APIKey: protocol.ApiVersions, MaxVersion: max}}
				}
				req.Version = 0
				p.reply(req, resp)
			}
		}
	}
	tests := []struct {
		name    string
		scripts []func(*peer)
		dials   int32
		took    time.Duration
		assumed string
		version int16 // of Metadata
	}{
		{"modern", []func(*peer){modern(serve)}, 1, 0, "", protocol.Lookup(protocol.Metadata).Max},
		{"Kafka 2.8: ApiVersions v3", []func(*peer){old(true, 3)}, 1, 0, "", 7},
		{"Kafka 2.3: ApiVersions v2, not told", []func(*peer){old(false, 2)}, 1, 0, "", 7},
		{"Kafka 0.10: ApiVersions v0", []func(*peer){old(false, 0)}, 1, 0, "", 7},
		{"Kafka 0.9", []func(*peer){skips}, 2, silence, "0.9", 0},
		{"Kafka 0.8.0", []func(*peer){only()}, 8, 0, "0.8.0", 0},
		{"Kafka 0.8.1", []func(*peer){only(protocol.OffsetFetch)}, 7, 0, "0.8.1", 0},
		{"Kafka 0.8.2", []func(*peer){only(protocol.OffsetFetch, protocol.FindCoordinator)}, 6, 0, "0.8.2", 0},
		{"modern, after it closed once", []func(*peer){closes, serveAPIs, modern(serve)}, 3, 0, "", protocol.Lookup(protocol.Metadata).Max},
		{"modern, after four connections were cut", []func(*peer){closes, only(), closes, only(protocol.FindCoordinator), serveAPIs, modern(serve)}, 6, 0, "", protocol.Lookup(protocol.Metadata).Max},
		{"modern and slow", []func(*peer){slow}, 1, silence + silence/2, "", protocol.Lookup(protocol.Metadata).Max},
		{"modern, after it was silent", []func(*peer){(*peer).drain, serveAPIs}, 3, silence + DefaultConnectTimeout/4, "", protocol.Lookup(protocol.Metadata).Max},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newFakeBroker(t, tt.scripts...)
				start := time.Now()
				c := b.dialDefault()
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if n := b.dials.Load(); n != tt.dials {
					t.Errorf("%d dials, want %d", n, tt.dials)
				}
				if c.Versions().Assumed != tt.assumed {
					t.Errorf("assumed %q, want %q", c.Versions().Assumed, tt.assumed)
				}
				if v, ok := c.Version(protocol.Metadata); !ok || v != tt.version {
					t.Errorf("Metadata v%d, %v; want v%d", v, ok, tt.version)
				}
				if c.cfg.MaxInFlight != DefaultMaxInFlight || cap(c.slots) != DefaultMaxInFlight {
					t.Errorf("%d in flight allowed", c.cfg.MaxInFlight)
				}
			})
		})
	}
}

// Who shares what it knows of old brokers need not wait, and notices what has
// become of them.
func TestOldBrokersAreRemembered(t *testing.T) {
	for name, test := range map[string]struct {
		old     func(*peer)
		assumed string
		first   int32 // dials
	}{
		"Kafka 0.9": {skips, "0.9", 2},
		"Kafka 0.8": {only(protocol.OffsetFetch), "0.8.1", 7},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := Config{OldBrokers: new(OldBrokers)}
				dial := func(assumed string, dials int32, scripts ...func(*peer)) {
					t.Helper()
					b := newFakeBroker(t, scripts...)
					cfg.Dialer = b
					if got := b.dial(cfg).Versions().Assumed; got != assumed || b.dials.Load() != dials {
						t.Errorf("assumed %q after %d dials, want %q after %d", got, b.dials.Load(), assumed, dials)
					}
				}
				dial(test.assumed, test.first, test.old)
				start := time.Now()
				dial(test.assumed, 1, test.old)
				if took := time.Since(start); took != 0 {
					t.Errorf("the second connection took %v", took)
				}
				pass(oldBrokerAge)
				dial("", 1, modern(serve))
				dial("", 1, modern(serve))
			})
		})
	}
}

// serveAPIs answers the question for API versions and all else.
func serveAPIs(p *peer) {
	for {
		req := p.next()
		if req.Key == protocol.ApiVersions {
			p.reply(req, allAPIs())
		} else {
			p.reply(req, empty(req.Key))
		}
	}
}

func TestNegotiateErrors(t *testing.T) {
	tests := []struct {
		name   string
		script func(*peer)
		is     error
		want   string
	}{
		{"closes on everything", func(p *peer) { p.next() }, ErrDisconnected,
			"broker broker:9092: apiversions: ApiVersions v4: connection closed by the broker (" + hintClosesAll + ")"},
		{"refuses", func(p *peer) {
			p.hello(&protocol.ApiVersionsResponse{ErrorCode: protocol.ErrInvalidRequest, FinalizedFeaturesEpoch: -1})
		}, protocol.ErrInvalidRequest,
			"broker broker:9092: apiversions: ApiVersions at broker:9092: " + protocol.ErrInvalidRequest.Error()},
		{"no version in common", func(p *peer) {
			for {
				req := p.next()
				req.Version = 0
				p.reply(req, &protocol.ApiVersionsResponse{ErrorCode: protocol.ErrUnsupportedVersion, FinalizedFeaturesEpoch: -1})
			}
		}, protocol.ErrUnsupportedVersion,
			"broker broker:9092: apiversions: ApiVersions at broker:9092: " + protocol.ErrUnsupportedVersion.Error()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newFakeBroker(t, tt.script)
				_, err := Dial(t.Context(), "broker:9092", b.config())
				var e *Error
				if !errors.Is(err, tt.is) || !errors.As(err, &e) || e.Stage != StageAPIVersions || err.Error() != tt.want {
					t.Errorf("got  %v\nwant %s", err, tt.want)
				}
			})
		})
	}
}

// Kafka's ApiVersionsRequest demands this of the software's name and version.
var softwarePattern = regexp.MustCompile(`^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$`)

func TestSoftware(t *testing.T) {
	if v := softwareVersion(); !softwarePattern.MatchString(v) || !softwarePattern.MatchString(softwareName) {
		t.Errorf("%q %q", softwareName, v)
	}
	for v, want := range map[string]string{
		"v1.2.3": "1.2.3", "v0.0.0-20261121120000-abcdef123456+dirty": "0.0.0-20261121120000-abcdef123456-dirty",
		"(devel)": "devel", "": "unknown",
	} {
		if got := cleanVersion(v); got != want || !softwarePattern.MatchString(got) {
			t.Errorf("%q becomes %q, want %q", v, got, want)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	_, err := Dial(t.Context(), "broker:x", Config{ConnectTimeout: -1, MaxInFlight: -1})
	want := `broker broker:x: config: bad broker address "broker:x": port "x" is not a number from 1 to 65535
conn: Config.ConnectTimeout must not be negative
conn: Config.MaxInFlight must not be negative`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if err := (Config{ClientID: string(make([]byte, 40000))}).Validate(); err == nil {
		t.Error("a client id of 40000 bytes is accepted")
	}
	if err := (Config{MaxIdle: -1}).Validate(); err != nil {
		t.Error(err)
	}
}
