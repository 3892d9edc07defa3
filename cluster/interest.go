package cluster

import (
	"context"
	"slices"

	"github.com/barnabas-go/kafka/protocol"
)

// interest is which topics somebody wants the metadata of.
type interest struct {
	all    bool
	topics map[string]*wanted
}

// wanted tells why a topic is of interest: it was added, or somebody waits for
// it.
type wanted struct {
	added   bool
	waiters int
}

func (in *interest) want(topic string) *wanted {
	w := in.topics[topic]
	if w == nil {
		if in.topics == nil {
			in.topics = make(map[string]*wanted)
		}
		w = &wanted{}
		in.topics[topic] = w
	}
	return w
}

// drop forgets a topic that nobody wants any more.
func (in *interest) drop(topic string) {
	if w := in.topics[topic]; w != nil && !w.added && w.waiters == 0 {
		delete(in.topics, topic)
	}
}

// AddTopics adds topics to those whose metadata are kept fresh. Those that are
// not known are asked for at once; the broker may create them, see
// Config.DisableAutoTopicCreation.
func (c *Client) AddTopics(topics ...string) {
	c.mu.Lock()
	for _, topic := range topics {
		c.interest.want(topic).added = true
	}
	c.mu.Unlock()
	c.askForUnknown(topics)
}

// SetTopics makes topics those whose metadata are kept fresh, instead of all
// that were added. Those that are not known are asked for at once. Without
// topics only the brokers are kept fresh.
func (c *Client) SetTopics(topics []string) {
	c.mu.Lock()
	for topic, w := range c.interest.topics {
		w.added = false
		c.interest.drop(topic)
	}
	for _, topic := range topics {
		c.interest.want(topic).added = true
	}
	c.mu.Unlock()
	c.askForUnknown(topics)
}

// SetAllTopics has the metadata of all topics of the cluster kept fresh, for
// pattern subscriptions, or ends that.
func (c *Client) SetAllTopics(all bool) {
	c.mu.Lock()
	changed := c.interest.all != all
	c.interest.all = all
	c.mu.Unlock()
	if changed && all {
		c.meta.RequestUpdate()
	}
}

// askForUnknown requests an update if one of the topics has no metadata: at
// once if one was never asked for, after the back-off if all that is known of
// them are errors.
func (c *Client) askForUnknown(topics []string) {
	s := c.meta.Snapshot()
	var some, never bool
	for _, topic := range topics {
		t, ok := s.Topic(topic)
		never = never || !ok
		some = some || !ok || t.Err != protocol.ErrNone
	}
	if some {
		c.meta.requestSome(never)
	}
}

// topicsToAsk returns the topics for a metadata request: nil for all, empty for
// none. If full is false, it returns those of interest whose metadata are not
// settled.
func (c *Client) topicsToAsk(full bool) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if full && c.interest.all {
		return nil
	}
	s := c.meta.Snapshot()
	topics := make([]string, 0, len(c.interest.topics))
	for topic := range c.interest.topics {
		if t, ok := s.Topic(topic); full || !ok || t.Err != protocol.ErrNone || t.open() {
			topics = append(topics, topic)
		}
	}
	slices.Sort(topics)
	return topics
}

// WaitTopic adds a topic to those whose metadata are kept fresh and waits until
// it has partitions: a new topic needs a moment until all brokers know it. If
// ctx ends before, the topic is not added, and the error joins that of ctx and
// the last reason. That the client may not see the topic, that its name is
// invalid, or that no broker can be used with this configuration, is returned at
// once.
func (c *Client) WaitTopic(ctx context.Context, topic string) (*Topic, error) {
	c.mu.Lock()
	w := c.interest.want(topic)
	if t, ok := c.meta.Snapshot().Topic(topic); ok && w.added && len(t.Partitions) > 0 && !c.closed {
		c.mu.Unlock()
		return t, nil
	}
	w.waiters++
	c.mu.Unlock()
	ctx, stop := c.bind(ctx)
	defer stop()
	t, err := c.waitTopic(ctx, topic)
	c.mu.Lock()
	defer c.mu.Unlock()
	w = c.interest.want(topic)
	w.waiters--
	w.added = w.added || err == nil
	c.interest.drop(topic)
	return t, err
}

func (c *Client) waitTopic(ctx context.Context, topic string) (*Topic, error) {
	for asked := false; ; asked = true {
		result := c.meta.result()
		t, _ := c.meta.Snapshot().Topic(topic)
		if ctx.Err() != nil {
			return nil, ended(ctx, "wait for topic "+topic, c.whyNot(t))
		}
		if t != nil && len(t.Partitions) > 0 {
			return t, nil
		}
		if !asked {
			c.askForUnknown([]string{topic})
		} else if err := c.whyNot(t); permanent(err) {
			return nil, c.failed("wait for topic "+topic, err)
		}
		select {
		case <-result:
		case <-ctx.Done():
		}
	}
}

// whyNot returns why there is no metadata of a topic, which may be nil.
func (c *Client) whyNot(t *Topic) error {
	if err := c.meta.lastFailure(); err != nil && !isTopicError(err) {
		return err
	}
	if t != nil && t.Err != protocol.ErrNone {
		return topicError(t.Name, t.Err)
	}
	return c.whyNoBrokers()
}
