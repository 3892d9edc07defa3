package cluster

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// RequestUpdate has the metadata refreshed soon, in the background: once for all
// who ask before it begins, and not before the back-off since the last attempt
// is over.
func (c *Client) RequestUpdate() { c.meta.RequestUpdate() }

// Refresh waits for an update of the metadata that began after the call. Failed
// ones are tried again with back-off until ctx ends, unless no broker can be used
// with this configuration. That a topic was answered with an error is no failure
// of the update: see [Topic].Err.
func (c *Client) Refresh(ctx context.Context) error {
	ctx, stop := c.bind(ctx)
	defer stop()
	var last error
	for {
		err := c.meta.RequestUpdate().Wait(ctx)
		switch {
		case err == nil || isTopicError(err):
			return nil
		case ctx.Err() != nil:
			return ended(ctx, "refresh metadata", cmp.Or(last, c.whyNoBrokers()))
		case permanent(err):
			return c.failed("refresh metadata", err)
		}
		last = err
	}
}

// whyNoBrokers returns why no broker is known: the last failure, or that the
// bootstrap servers have not answered yet; nil if one is known.
func (c *Client) whyNoBrokers() error {
	if len(c.meta.Snapshot().nodes) > 0 {
		return nil
	}
	if err := c.meta.lastFailure(); err != nil {
		return err
	}
	return fmt.Errorf("no answer yet from bootstrap servers %s", strings.Join(c.cfg.BootstrapServers, ","))
}

// need wakes the refresher.
func (c *Client) need() {
	c.needed.Store(true)
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// refreshLoop refreshes the metadata when they are due, until Close.
func (c *Client) refreshLoop() {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var due <-chan time.Time
		if c.needed.Load() {
			timer.Reset(c.meta.TTL())
			due = timer.C
		}
		select {
		case <-due:
			c.refresh()
		case <-c.wake:
		case <-c.ctx.Done():
			return
		}
	}
}

// refresh asks once for what is due.
func (c *Client) refresh() {
	select {
	case c.asking <- struct{}{}:
		defer func() { <-c.asking }()
	case <-c.ctx.Done():
		return
	}
	if c.meta.TTL() > 0 {
		return // somebody else asked meanwhile
	}
	full := c.meta.begin()
	topics := c.topicsToAsk(full)
	if !full && len(topics) == 0 {
		c.meta.abandon()
		return
	}
	resp, err := c.askMetadata(c.ctx, topics)
	if err := c.updated(full, resp, err); err != nil && c.ctx.Err() == nil && !isTopicError(err) {
		c.log.warn("refresh", "metadata refresh failed; trying again", "error", err)
	}
}

// updated takes the outcome of asking into the metadata.
func (c *Client) updated(full bool, resp *protocol.MetadataResponse, err error) error {
	switch {
	case err != nil:
		c.meta.FailedUpdate(err)
	case full:
		err = c.meta.Update(resp)
	default:
		err = c.meta.UpdatePartial(resp)
	}
	s := c.meta.Snapshot()
	c.dropStale(s)
	if full && err == nil && c.missing(s) {
		c.meta.requestSome(false)
	}
	return err
}

// missing tells that a topic of interest was not answered, which happens where
// all topics were asked for and it does not exist.
func (c *Client) missing(s *Snapshot) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for topic := range c.interest.topics {
		if _, ok := s.Topic(topic); !ok {
			return true
		}
	}
	return false
}

// askMetadata asks the known brokers, and if none answers (KIP-899), all take too
// long, or one says that it should be done (KIP-1102), the bootstrap servers.
func (c *Client) askMetadata(ctx context.Context, topics []string) (*protocol.MetadataResponse, error) {
	if len(c.meta.Snapshot().nodes) == 0 {
		return c.askSeeds(ctx, topics, false)
	}
	limited, cancel := ctx, context.CancelFunc(func() {})
	if !c.cfg.DisableRebootstrap {
		limited, cancel = context.WithTimeout(ctx, c.cfg.RebootstrapTrigger)
	}
	defer cancel()
	answer, err := c.askNodes(limited, c.askForMetadata(topics), patience)
	if err == nil {
		return answer.(*protocol.MetadataResponse), nil
	}
	if ctx.Err() != nil || c.cfg.DisableRebootstrap {
		return nil, err
	}
	resp, err2 := c.askSeeds(ctx, topics, true)
	if err2 != nil {
		return nil, &AttemptsError{append(attempts(err), attempts(err2)...)}
	}
	return resp, nil
}
