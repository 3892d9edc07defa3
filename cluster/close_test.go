package cluster

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/protocol"
)

// Close ends the client in each state: the bubble of synctest fails a test that
// leaves a goroutine, and every call that waits must return.
func TestClose(t *testing.T) {
	hang := func(f *fakeCluster) {
		f.set(func() {
			for _, b := range f.brokers {
				b.hangs = true
			}
		})
	}
	refresh := func(t *testing.T, c *Client) {
		if err := c.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	states := []struct {
		name  string
		state func(*testing.T, *fakeCluster, *Client)
	}{
		{"never used", func(*testing.T, *fakeCluster, *Client) {}},
		{"in use", func(t *testing.T, _ *fakeCluster, c *Client) {
			refresh(t, c)
			for use := range uses {
				if _, err := c.Conn(t.Context(), 0, use); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"never reached", func(_ *testing.T, f *fakeCluster, c *Client) {
			f.down("a:1")
			f.down("b:2")
			c.RequestUpdate()
			pass(time.Minute)
		}},
		{"while it bootstraps", func(_ *testing.T, f *fakeCluster, c *Client) {
			hang(f)
			c.RequestUpdate()
			synctest.Wait()
		}},
		{"while it refreshs", func(t *testing.T, f *fakeCluster, c *Client) {
			refresh(t, c)
			hang(f)
			c.RequestUpdate()
			pass(3 * time.Second)
		}},
		{"while brokers are down", func(t *testing.T, f *fakeCluster, c *Client) {
			refresh(t, c)
			f.down("a:1")
			f.down("b:2")
			c.RequestUpdate()
			pass(time.Minute)
		}},
	}
	for _, tt := range states {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFakeCluster("a:1", "b:2")
				c := f.client(t, Config{BootstrapServers: []string{"a:1", "b:2"}})
				tt.state(t, f, c)
				closeTwice(t, c)
			})
		})
	}
}

// closeTwice closes the client while calls wait, and looks at what they return.
func closeTwice(t *testing.T, c *Client) {
	// Those before the client was closed, and those because it is.
	ends := []error{ErrUnknownNode, errRefused, ErrClosed, conn.ErrClosed}
	calls := startCalls(c)
	synctest.Wait()
	start := time.Now()
	if err := c.Close(t.Context()); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Errorf("Close again: %v", err)
	}
	for name, err := range calls {
		if err := <-err; err != nil && !slices.ContainsFunc(ends, func(end error) bool { return errors.Is(err, end) }) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range startCalls(c) {
		if err := <-err; !errors.Is(err, ErrClosed) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	equal(t, "time", time.Since(start), 0)
}

// startCalls makes all calls that can block and returns their outcomes.
func startCalls(c *Client) map[string]<-chan error {
	ctx := context.Background()
	outcomes := make(map[string]<-chan error)
	for name, call := range map[string]func() error{
		"Bootstrap": func() error { return c.Bootstrap(ctx) },
		"Refresh":   func() error { return c.Refresh(ctx) },
		"WaitTopic": func() error { _, err := c.WaitTopic(ctx, "t"); return err },
		"Conn":      func() error { _, err := c.Conn(ctx, 0, UseFetch); return err },
		"Do": func() error {
			_, err := c.Do(ctx, 0, &protocol.MetadataRequest{AllowAutoTopicCreation: true})
			return err
		},
		"DoAny": func() error {
			_, err := c.DoAny(ctx, &protocol.MetadataRequest{AllowAutoTopicCreation: true})
			return err
		},
		"DoController": func() error {
			_, err := c.DoController(ctx, &protocol.MetadataRequest{AllowAutoTopicCreation: true})
			return err
		},
		"Coordinator": func() error { _, err := c.Coordinator(ctx, GroupCoordinator, "g"); return err },
		"DoCoordinator": func() error {
			_, err := c.DoCoordinator(ctx, GroupCoordinator, "g", &protocol.HeartbeatRequest{})
			return err
		},
	} {
		outcome := make(chan error, 1)
		outcomes[name] = outcome
		go func() { outcome <- call() }()
	}
	return outcomes
}

func TestCloseKeepsToItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFakeCluster("a:1")
		c := f.client(t, Config{BootstrapServers: []string{"a:1"}})
		release := make(chan struct{})
		c.Metadata().AddListener(func(*Snapshot) { <-release }) // a listener must not do this
		c.RequestUpdate()
		synctest.Wait()
		if err := c.Close(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		close(release)
		if err := c.Close(t.Context()); err != nil {
			t.Errorf("got %v", err)
		}
	})
}

func TestCallsKeepToTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newFakeCluster().client(t, Config{BootstrapServers: []string{"a:1"}})
		for name, call := range map[string]func(context.Context) error{
			"Refresh":   c.Refresh,
			"WaitTopic": func(ctx context.Context) error { _, err := c.WaitTopic(ctx, "t"); return err },
			"DoAny": func(ctx context.Context) error {
				_, err := c.DoAny(ctx, &protocol.MetadataRequest{AllowAutoTopicCreation: true})
				return err
			},
			"Coordinator": func(ctx context.Context) error { _, err := c.Coordinator(ctx, GroupCoordinator, "g"); return err },
		} {
			start := time.Now()
			err := call(within(t, 10*time.Second))
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errRefused) {
				t.Errorf("%s: got %v", name, err)
			}
			equal(t, name, time.Since(start), 10*time.Second)
		}
	})
}
