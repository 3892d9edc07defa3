package consumer

import (
	"fmt"
	"regexp"
	"slices"
)

// subscriptionMode is the way in which a consumer gets its partitions.
type subscriptionMode uint8

const (
	noSubscription subscriptionMode = iota
	byTopics
	byPattern
	byAssignment
)

// call returns the method that leads to the mode.
func (m subscriptionMode) call() string {
	return [...]string{"nothing", "Subscribe", "SubscribePattern", "Assign"}[m]
}

// subscription is what the application wants to read. The ways to say so
// exclude each other.
type subscription struct {
	mode    subscriptionMode
	topics  []string // sorted: those subscribed to, that match the pattern, or with assigned partitions
	pattern *regexp.Regexp
	remote  bool // the group's coordinator matches the pattern
}

// enter changes the mode, which must be the same as before unless that was none.
func (s *subscription) enter(mode subscriptionMode) error {
	if s.mode != noSubscription && s.mode != mode {
		return &SubscriptionError{Call: mode.call(), Current: s.mode.call()}
	}
	s.mode = mode
	return nil
}

// subscribe replaces the topics.
func (s *subscription) subscribe(topics []string) error {
	if len(topics) == 0 {
		return fmt.Errorf("Subscribe: no topics; to give up a subscription, call Unsubscribe")
	}
	for _, t := range topics {
		if err := checkTopicName(t); err != nil {
			return fmt.Errorf("Subscribe: %w", err)
		}
	}
	if err := s.enter(byTopics); err != nil {
		return err
	}
	s.topics = sorted(topics)
	return nil
}

// subscribePattern replaces the pattern; topics are matched by match.
func (s *subscription) subscribePattern(re *regexp.Regexp) error {
	if re == nil {
		return fmt.Errorf("SubscribePattern: the pattern is nil")
	}
	if err := s.enter(byPattern); err != nil {
		return err
	}
	s.pattern = re
	s.topics, s.remote = nil, false
	return nil
}

// match takes the topics of a cluster that a pattern subscription matches, and
// tells whether they are others than before.
func (s *subscription) match(topics []string) bool {
	matched := slices.DeleteFunc(sorted(topics), func(t string) bool { return !s.pattern.MatchString(t) })
	changed := !slices.Equal(matched, s.topics)
	s.topics = matched
	return changed
}

// assign makes the assignment the application's own.
func (s *subscription) assign(partitions []TopicPartition) error {
	for _, tp := range partitions {
		if err := checkTopicName(tp.Topic); err != nil {
			return fmt.Errorf("Assign: %w", err)
		}
		if tp.Partition < 0 {
			return fmt.Errorf("Assign: partition %d of topic %s is negative", tp.Partition, tp.Topic)
		}
	}
	if err := s.enter(byAssignment); err != nil {
		return err
	}
	topics := make([]string, len(partitions))
	for i, tp := range partitions {
		topics[i] = tp.Topic
	}
	s.topics = sorted(topics)
	return nil
}

// clear gives up what there is.
func (s *subscription) clear() { *s = subscription{} }

// groupManaged tells whether the partitions come from the group, if there is
// one.
func (s *subscription) groupManaged() bool { return s.mode == byTopics || s.mode == byPattern }

const maxTopicName = 249

// checkTopicName tells whether a topic can have the name.
func checkTopicName(name string) error {
	switch {
	case name == "":
		return &TopicNameError{name, "it is empty"}
	case name == "." || name == "..":
		return &TopicNameError{name, `it must not be "." or ".."`}
	case len(name) > maxTopicName:
		return &TopicNameError{name, fmt.Sprintf("it has %d characters, at most %d are allowed", len(name), maxTopicName)}
	}
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-') {
			return &TopicNameError{name, fmt.Sprintf("the character %q is not allowed, only ASCII letters, digits, '.', '_' and '-' are", r)}
		}
	}
	return nil
}

// sorted returns a sorted copy without duplicates.
func sorted(topics []string) []string {
	topics = slices.Clone(topics)
	slices.Sort(topics)
	return slices.Compact(topics)
}
