package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
)

// DefaultCheckVersionTimeout is that of [CheckVersionOptions]. The 2 s of
// kafka-python are short for TLS over an ocean, and for brokers that just started;
// it takes no longer for being longer.
const DefaultCheckVersionTimeout = 10 * time.Second

// CheckVersionOptions tells [CheckVersion] how to ask. All of it may be left out.
type CheckVersionOptions struct {
	// Config is how to reach the brokers. Its APIVersion is of no account, as they
	// are asked, and its BootstrapServers count if no others are named.
	Config Config
	// Timeout bounds all of it. A bootstrap server that does not answer takes only
	// its share, so that the next one can be asked. Default 10 s.
	Timeout time.Duration
	// Strict makes it an error if a broker from before 0.10 fails at a probe in
	// another way than such brokers do; the error tells what it did. Otherwise it is
	// taken for the newest of these releases one of whose probes it answers.
	Strict bool
	// Node is the id of the broker to ask. Nil stands for any that answers.
	Node *int32
}

// CheckVersion asks a broker of the cluster that bootstrap leads to, host:port and
// several of them between commas, which Kafka it runs: kafka-python's
// check_version. It asks the brokers one after the other until one answers, each
// once. The error is that of the configuration, or tells for each address at which
// stage it failed, and why.
//
// Brokers from 0.10 on tell the versions of their APIs, by which their release is
// known. Older ones are sent what one release after the other was the first to
// know. That takes a few round trips, and half a second more with Kafka 0.9, which
// does not answer what it does not know.
func CheckVersion(ctx context.Context, bootstrap string, opts CheckVersionOptions) (BrokerVersion, error) {
	var v BrokerVersion
	err := opts.reach(ctx, bootstrap, func(ctx context.Context, c *Client, nodes []cluster.Node) error {
		var errs []error
		for _, node := range nodes {
			var err error
			if v, err = c.brokerVersion(ctx, node); err == nil {
				return nil
			}
			errs = append(errs, err)
		}
		return &cluster.AttemptsError{Errs: errs}
	})
	return v, err
}

// CheckVersions is CheckVersion for all brokers that are alive, by ascending id, or
// for the one that opts names. The error joins those of all that cannot be asked;
// the result has the others.
func CheckVersions(ctx context.Context, bootstrap string, opts CheckVersionOptions) ([]BrokerVersion, error) {
	var versions []BrokerVersion
	err := opts.reach(ctx, bootstrap, func(ctx context.Context, c *Client, nodes []cluster.Node) error {
		var err error
		versions, err = c.brokerVersions(ctx, nodes)
		return err
	})
	return versions, err
}

// reach calls f with the brokers to ask.
func (o CheckVersionOptions) reach(ctx context.Context, bootstrap string, f func(context.Context, *Client, []cluster.Node) error) error {
	timeout := cmp.Or(o.Timeout, DefaultCheckVersionTimeout)
	if timeout < 0 {
		return &cluster.ConfigError{Field: "CheckVersionOptions.Timeout", Value: timeout.String(), Allowed: "must be positive, or zero for the default"}
	}
	c, err := New(o.config(bootstrap, timeout))
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("not done within the timeout of %v", timeout))
	defer cancel()
	if err = c.cluster.Bootstrap(bounded); err == nil {
		var nodes []cluster.Node
		if nodes, err = o.nodes(c.cluster.Metadata().Snapshot()); err == nil {
			err = f(bounded, c, nodes)
		}
	}
	return errors.Join(err, c.Close(context.WithoutCancel(ctx)))
}

// config leaves each bootstrap server, and what comes after them, its share of the
// time.
func (o CheckVersionOptions) config(bootstrap string, timeout time.Duration) Config {
	cfg := o.Config
	cfg.APIVersion, cfg.GuessRelease = "", !o.Strict
	if bootstrap != "" {
		cfg.BootstrapServers = []string{bootstrap}
	}
	servers, _ := conn.ParseBootstrap(cfg.BootstrapServers...) // New tells what is wrong with them
	share := timeout / time.Duration(max(len(servers), 1)+1)
	if cfg.ConnectTimeout >= 0 {
		cfg.ConnectTimeout = min(cmp.Or(cfg.ConnectTimeout, conn.DefaultConnectTimeout), max(share, 1))
	}
	return cfg
}

// nodes are those to ask.
func (o CheckVersionOptions) nodes(s *cluster.Snapshot) ([]cluster.Node, error) {
	all := s.Nodes()
	if o.Node == nil {
		return all, nil
	}
	i := slices.IndexFunc(all, func(n cluster.Node) bool { return n.ID == *o.Node })
	if i < 0 {
		return nil, fmt.Errorf("%w: %d; there are %v", cluster.ErrUnknownNode, *o.Node, all)
	}
	return all[i : i+1], nil
}
