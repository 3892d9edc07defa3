package integration

import (
	"testing"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
)

// TestGroupSwitchesProtocol replaces the members of a classic group one by one by
// such of the consumer protocol while records are produced: each record is handled
// once, and nobody fails. On the way back no record is passed over: when the last
// member of the consumer protocol leaves, the coordinator makes the group a classic
// one of another generation, which members of the one before are put out of.
func TestGroupSwitchesProtocol(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		if _, real := target.(*kafkabroker.Cluster); !real { // the embedded broker does not mix them
			return
		}
		for name, assignor := range map[string]assignors.Assignor{"eager": assignors.Range(), "cooperative": assignors.CooperativeSticky()} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				testSwitch(t, target, func(cfg *consumer.Config) { cfg.Assignors = []assignors.Assignor{assignor} })
			})
		}
	})
}

func testSwitch(t *testing.T, target kafkabroker.Target, classic func(*consumer.Config)) {
	s := newScene(t, target)
	more := func() { s.produce(200) }
	var members []*member
	balanced := func() {
		var list []assignee
		for _, m := range members {
			list = append(list, m)
		}
		s.balanced(list...)
	}
	enter := func(protocol func(*consumer.Config)) {
		more()
		members = append(members, s.enter(protocol))
		balanced()
	}
	replaceAll := func(protocol func(*consumer.Config)) {
		for range members {
			enter(protocol)
			more()
			members[0].leave(t)
			members = members[1:]
			balanced()
		}
	}
	for range 3 {
		enter(classic)
	}
	replaceAll(byConsumerProtocol)
	more()
	s.handled()
	s.ledger.checkOnce(t, s.sent)
	replaceAll(classic)
	more()
	s.handled()
	for _, m := range members {
		m.leave(t)
	}
}
