package assignors

import (
	"maps"
	"slices"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// Sticky returns Kafka's StickyAssignor (KIP-54): shares are as equal as the
// subscriptions allow, and members keep what they had before, as far as they stay
// equal. It uses the eager protocol: members give up their partitions in a
// rebalance, though they get back most of them; see [CooperativeSticky].
func Sticky() Assignor { return new(sticky) }

// CooperativeSticky returns Kafka's CooperativeStickyAssignor (KIP-429), which
// divides as [Sticky] does. If a member's other assignors support the cooperative
// protocol, too, or there are none, its members keep their partitions through
// rebalances. What shall go to another member is left out of the first
// assignment, and goes there with the second, when its owner has given it up.
func CooperativeSticky() Assignor { return &cooperativeSticky{generation: -1} }

// sticky tells the leader by user data what the member had.
type sticky struct{ previous *previousAssignment }

func (*sticky) New() Assignor                  { return Sticky() }
func (*sticky) Name() string                   { return "sticky" }
func (*sticky) Protocols() []RebalanceProtocol { return []RebalanceProtocol{EagerProtocol} }

func (s *sticky) UserData([]string) []byte {
	if s.previous == nil {
		return nil
	}
	return s.previous.encode()
}

func (s *sticky) OnAssignment(a Assignment, generation int32, _ string) {
	s.previous = &previousAssignment{Generation: generation}
	for _, topic := range slices.Sorted(maps.Keys(a.Partitions)) {
		s.previous.Topics = append(s.previous.Topics, topicAssignment{topic, a.Partitions[topic]})
	}
}

func (*sticky) Assign(topics []Topic, members []Member) (map[string]Assignment, error) {
	return newStickyGroup(topics, members, claimOfUserData).divide().assignments(), nil
}

// cooperativeSticky's members tell what they have with their subscriptions; the
// user data tells the generation to leaders before Kafka 3.4.
type cooperativeSticky struct{ generation int32 }

func (*cooperativeSticky) New() Assignor { return CooperativeSticky() }
func (*cooperativeSticky) Name() string  { return "cooperative-sticky" }

func (*cooperativeSticky) Protocols() []RebalanceProtocol {
	return []RebalanceProtocol{CooperativeProtocol, EagerProtocol}
}

func (s *cooperativeSticky) UserData([]string) []byte {
	c := wire.NewEncoder(nil)
	c.Int32(&s.generation)
	return c.Flat()
}

func (s *cooperativeSticky) OnAssignment(_ Assignment, generation int32, _ string) {
	s.generation = generation
}

func (*cooperativeSticky) Assign(topics []Topic, members []Member) (map[string]Assignment, error) {
	g := newStickyGroup(topics, members, claimOfSubscription).divide()
	g.withhold()
	return g.assignments(), nil
}

// claim is what a member had, and in which generation; -1 if that is not known.
type claim struct {
	partitions Partitions
	generation int32
}

// claimOfUserData reads what sticky's UserData wrote. What cannot be read is no
// claim.
func claimOfUserData(m *Member) claim {
	p, ok := decodePreviousAssignment(m.UserData)
	if !ok {
		return claim{generation: -1}
	}
	partitions := make(Partitions, len(p.Topics))
	for _, t := range p.Topics {
		partitions[t.Topic] = append(partitions[t.Topic], t.Partitions...)
	}
	return claim{partitions, p.Generation}
}

// claimOfSubscription takes what the subscription tells; the generation is in the
// user data of members before Kafka 3.4.
func claimOfSubscription(m *Member) claim {
	held := claim{m.Owned, m.Generation}
	if held.generation < 0 && len(m.UserData) > 0 {
		c := wire.NewDecoder(m.UserData, 0, false)
		defer c.Release()
		var generation int32
		if c.Int32(&generation); c.Err() == nil {
			held.generation = generation
		}
	}
	return held
}

// previousAssignment is the user data of sticky: v0 of it has no generation.
type previousAssignment struct {
	Topics     []topicAssignment
	Generation int32
}

type topicAssignment struct {
	Topic      string
	Partitions []int32
}

func (t *topicAssignment) code(c *wire.Coder) {
	c.String(&t.Topic)
	c.Int32s(&t.Partitions)
}

func (p *previousAssignment) encode() []byte {
	c := wire.NewEncoder(nil)
	wire.Array(c, &p.Topics, (*topicAssignment).code)
	c.Int32(&p.Generation)
	return c.Flat()
}

func decodePreviousAssignment(b []byte) (p previousAssignment, ok bool) {
	if len(b) == 0 {
		return p, false
	}
	c := wire.NewDecoder(b, 0, false)
	defer c.Release()
	wire.Array(c, &p.Topics, (*topicAssignment).code)
	if c.Err() != nil {
		return previousAssignment{}, false
	}
	if c.Int32(&p.Generation); c.Err() != nil {
		p.Generation = -1
	}
	return p, true
}
