package consumer

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

func TestTopicNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"t":                      true,
		"A-z_0.9":                true,
		"...":                    true,
		strings.Repeat("a", 249): true,
		"":                       false,
		".":                      false,
		"..":                     false,
		strings.Repeat("a", 250): false,
		"abc/123":                false,
		"name with space":        false,
		"name*with*stars":        false,
		"name+with+plus":         false,
		"größe":                  false,
	} {
		err := checkTopicName(name)
		var bad *TopicNameError
		if (err == nil) != ok || err != nil && (!errors.As(err, &bad) || bad.Name != name) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// The ways to get partitions exclude each other until they are given up.
func TestSubscriptionModes(t *testing.T) {
	calls := map[string]func(s *subscription) error{
		"Subscribe":        func(s *subscription) error { return s.subscribe([]string{"b", "a", "b"}) },
		"SubscribePattern": func(s *subscription) error { return s.subscribePattern(regexp.MustCompile("^a")) },
		"Assign":           func(s *subscription) error { return s.assign([]TopicPartition{{Topic: "a"}}) },
	}
	for first, call := range calls {
		for second, other := range calls {
			var s subscription
			must(t, call(&s))
			err := other(&s)
			var clash *SubscriptionError
			switch {
			case first == second && err != nil:
				t.Errorf("%s twice: %v", first, err)
			case first != second && (!errors.As(err, &clash) || clash.Call != second || clash.Current != first):
				t.Errorf("%s after %s: %v", second, first, err)
			}
			s.clear()
			if err := other(&s); err != nil {
				t.Errorf("%s after unsubscribe: %v", second, err)
			}
		}
	}
}

func TestSubscribe(t *testing.T) {
	var s subscription
	must(t, s.subscribe([]string{"b", "a", "b"}))
	expect(t, "topics", s.topics, []string{"a", "b"})
	must(t, s.subscribe([]string{"c"}))
	expect(t, "topics", s.topics, []string{"c"})
	for name, err := range map[string]error{
		"no topics":          s.subscribe(nil),
		"bad topic":          s.subscribe([]string{"d", "?"}),
		"nil pattern":        new(subscription).subscribePattern(nil),
		"negative partition": new(subscription).assign([]TopicPartition{{Topic: "a", Partition: -1}}),
		"bad assignment":     new(subscription).assign([]TopicPartition{{Topic: ""}}),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	expect(t, "topics after errors", s.topics, []string{"c"})
}

func TestPattern(t *testing.T) {
	var s subscription
	must(t, s.subscribePattern(regexp.MustCompile("^foo")))
	if !s.match([]string{"fizz", "foo2", "foo1"}) {
		t.Error("the first match is no change")
	}
	expect(t, "topics", s.topics, []string{"foo1", "foo2"})
	if s.match([]string{"foo1", "foo2", "bar"}) {
		t.Error("the same match is a change")
	}
	if !s.match([]string{"foo1"}) {
		t.Error("another match is no change")
	}
	expect(t, "topics", s.topics, []string{"foo1"})
}
