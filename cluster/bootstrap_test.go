package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// All known brokers take connections and answer nothing: the bootstrap servers are
// asked when the time for that has come (KIP-1102).
func TestRebootstrapTrigger(t *testing.T) {
	for _, trigger := range []time.Duration{2 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeCluster("a:1", "b:2", "c:3")
			f.up("seed:9")
			c := f.client(t, Config{BootstrapServers: []string{"seed:9"}, RebootstrapTrigger: trigger, RequestTimeout: 2 * time.Minute})
			for range 2 { // the second asks a known broker
				if err := c.Refresh(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			f.up("d:4")
			f.set(func() {
				for _, addr := range []string{"a:1", "b:2", "c:3"} {
					f.brokers[addr].hangs = true
				}
				f.nodes = map[int32]string{4: "d:4"}
			})
			start := time.Now()
			if err := c.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			// Those that are not connected to are given up after ConnectTimeout, but
			// the one that is may take RequestTimeout.
			between(t, "time", time.Since(start), trigger, trigger+time.Second)
			equal(t, "brokers", c.Metadata().Brokers(), []Node{{ID: 4, Host: "d", Port: 4}})
		})
	}
}

// A broker says that the client should begin anew (KIP-1102), though others would
// answer.
func TestRebootstrapRequired(t *testing.T) {
	for _, disabled := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFakeCluster("a:1", "b:2")
			f.up("seed:9")
			c := f.client(t, Config{BootstrapServers: []string{"seed:9"}, DisableRebootstrap: disabled})
			if err := c.Refresh(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.set(func() { f.rebootstrap = []string{"a:1", "b:2"} })
			before := len(f.asked(protocol.Metadata))
			err := c.Refresh(within(t, 10*time.Second))
			if (err != nil) != disabled || disabled && !errors.Is(err, protocol.ErrRebootstrapRequired) {
				t.Errorf("disabled %v: %v", disabled, err)
			}
			var asked []string
			for _, s := range f.asked(protocol.Metadata)[before:] {
				asked = append(asked, s.addr)
			}
			if !disabled && (len(asked) != 2 || asked[1] != "seed:9") {
				t.Errorf("asked %v, want one broker and then the bootstrap server", asked)
			}
		})
	}
}

// aliased is a fake cluster behind an alias.
type aliased struct {
	*fakeCluster
	names func() ([]string, error)
}

func (a aliased) Canonical(_ context.Context, host string) ([]string, error) {
	if host != "alias" {
		return nil, fmt.Errorf("asked for %q", host)
	}
	return a.names()
}

func TestCanonicalBootstrap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("one:1")
		names, lookupErr := []string{"gone", "one"}, error(nil)
		a := aliased{f, func() ([]string, error) { return names, lookupErr }}
		c, err := NewClient(Config{BootstrapServers: []string{"alias:1"}, Dialer: a, DNSLookup: ResolveCanonicalBootstrap})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(t.Context())
		lookupErr = errTestLookup
		var e *conn.Error
		if err := c.Bootstrap(t.Context()); !errors.Is(err, errTestLookup) || !errors.As(err, &e) || e.Stage != conn.StageResolve || e.Broker != "alias:1" {
			t.Errorf("got %v", err)
		}
		lookupErr = nil
		if err := c.Bootstrap(t.Context()); err != nil {
			t.Fatal(err)
		}
		if f.dialed("one:1", time.Hour) != 1 || f.dialed("alias:1", time.Hour) != 0 {
			t.Errorf("dialed %v", f.dials)
		}
	})
}

var errTestLookup = errors.New("no such name")

// Of a cluster of 1,000 brokers, those are connected to that are used.
func TestConnectsOnlyToWhatIsUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var addrs []string
		for i := range 1000 {
			addrs = append(addrs, fmt.Sprintf("b%d:1", i))
		}
		f := newFakeCluster(addrs...)
		f.topics["t"] = topicOf("t", 0, 1, 2)
		f.answer = func(string, protocol.Request) protocol.Response { return &protocol.ProduceResponse{} }
		c := f.client(t, Config{BootstrapServers: addrs[:1]})
		if _, err := c.WaitTopic(t.Context(), "t"); err != nil {
			t.Fatal(err)
		}
		equal(t, "brokers", len(c.Metadata().Brokers()), 1000)
		used := []int32{1, 500, 999}
		for _, id := range used {
			if _, err := c.Conn(t.Context(), id, UseProduce); err != nil {
				t.Fatal(err)
			}
		}
		pass(time.Hour) // a dozen refreshes of the metadata
		if n := len(f.asked(protocol.Metadata)); n < 10 {
			t.Errorf("%d requests for metadata in an hour", n)
		}
		dialed := 0
		for i, addr := range addrs {
			if n := f.dialed(addr, 2*time.Hour); n > 0 && !slices.Contains(used, int32(i)) {
				dialed++
			}
		}
		// One for each refresh at most, as idle connections are closed after 9 min.
		if dialed > 15 {
			t.Errorf("%d brokers were connected to beside those used", dialed)
		}
	})
}

func TestReadyAndBlackedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		var mu sync.Mutex
		connected := 0
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}, MaxInFlight: 1, Hooks: conn.Hooks{
			Connect: func(e conn.ConnectEvent) {
				mu.Lock()
				defer mu.Unlock()
				if e.NodeID == 0 && e.Addr == "a:1" && e.Err == nil {
					connected++
				}
			},
		}})
		check := func(when string, ready, blackedOut bool) {
			t.Helper()
			synctest.Wait()
			if c.Ready(0) != ready || c.BlackedOut(0) != blackedOut {
				t.Errorf("%s: ready %v, blacked out %v", when, c.Ready(0), c.BlackedOut(0))
			}
		}
		check("unknown", false, false)
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("never connected", false, false)
		if _, err := c.Conn(t.Context(), 0, UseGeneral); err != nil {
			t.Fatal(err)
		}
		check("connected", true, false)
		equal(t, "connections that the hook saw", connected, 1)
		f.set(func() { f.brokers["a:1"].hangs = true })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			_, _ = c.Do(ctx, 0, &protocol.ListGroupsRequest{})
			close(done)
		}()
		check("full", false, false)
		cancel()
		<-done
		f.down("a:1")
		check("gone", false, true)
	})
}
