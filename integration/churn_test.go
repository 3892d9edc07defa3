package integration

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
)

// longestClose is how long a member may take that leaves in good order: a group whose
// leader has died takes no commits until its session ends, after 6 s, and another may
// die then.
const longestClose = 15 * time.Second

// churn is how long and among how many members TestChurn lasts.
type churn struct {
	length              time.Duration
	begin, fewest, most int // members
	partitions          int
	pause               time.Duration // between two events
}

// churnOf is a small one, or a large one of the length that CHURN gives, such as 3m.
func churnOf(t *testing.T) churn {
	small := churn{10 * time.Second, 12, 6, 16, 24, 150 * time.Millisecond}
	length := os.Getenv("CHURN")
	if length == "" {
		return small
	}
	d, err := time.ParseDuration(length)
	must(t, err)
	return churn{d, 50, 40, 60, 120, 300 * time.Millisecond}
}

// TestChurn has members join, leave and die at random while records are produced.
// Each record is handled, no partition has two owners at a time, and members close
// soon whatever happens.
func TestChurn(t *testing.T) {
	forEachWithGroups(t, func(t *testing.T, target kafkabroker.Target) {
		for _, mode := range []struct {
			name  string
			needs ability
			set   func(*consumer.Config)
		}{
			{"cooperative", groups, missedSoonCooperative},
			{"static", staticMembers, missedSoonCooperative},
			{"consumer", consumerProtocol, byConsumerProtocol},
		} {
			// The embedded broker takes members of a classic group for dead that wait in
			// JoinGroup for one that is, and never answers them. Kafka keeps them.
			_, real := target.(*kafkabroker.Cluster)
			dies, static := real || mode.name == "consumer", mode.name == "static"
			if can(target, mode.needs) && (real || !static) {
				t.Run(mode.name, func(t *testing.T) {
					testChurn(t, &restless{T: t, target: target, churn: churnOf(t), set: mode.set, static: static, dies: dies})
				})
			}
		}
	})
}

func missedSoonCooperative(cfg *consumer.Config) {
	missedSoon(cfg)
	cfg.HeartbeatInterval = 300 * time.Millisecond
	cfg.Assignors = []assignors.Assignor{assignors.CooperativeSticky()}
}

// restless is a group whose members come and go.
type restless struct {
	*testing.T
	churn
	target  kafkabroker.Target
	topic   string
	groupID string
	set     func(*consumer.Config)
	static  bool
	dies    bool     // without a farewell
	away    []string // names of static members
	owners  *owners
	ledger  ledger
	members []*restlessMember
	named   int
	joined  int
	crashed int
	slowest time.Duration // Close
}

type restlessMember struct {
	*member
	name    string
	network *cuttable
}

// name returns that of a new member, or of a static one that comes back.
func (r *restless) name() string {
	if len(r.away) > 0 {
		name := r.away[0]
		r.away = r.away[1:]
		return name
	}
	r.named++
	return fmt.Sprintf("member-%d", r.named)
}

func (r *restless) enter() {
	m := &restlessMember{name: r.name(), network: &cuttable{}}
	c := openConsumer(r.T, r.target, group(r.groupID), r.set, r.owners.listen(m.name), func(cfg *consumer.Config) {
		cfg.Dialer = m.network
		cfg.RetryBackoff = 20 * time.Millisecond
		if r.static {
			cfg.GroupInstanceID = m.name
		}
	})
	must(r.T, c.Subscribe(r.topic))
	m.member = startMember(r.T, c, &r.ledger)
	r.members = append(r.members, m)
	r.joined++
}

// exit takes a member out, in good order or by cutting its network.
func (r *restless) exit(i int, crash bool) {
	m := r.members[i]
	r.members = append(r.members[:i:i], r.members[i+1:]...)
	start := time.Now()
	if !crash {
		m.leave(r.T)
	} else {
		r.crashed++
		m.stop()
		m.network.cut()
		r.owners.dead(m.name)
		_ = m.CloseWithoutCommit(within(r.T, 100*time.Millisecond)) // it cannot say farewell
	}
	took := time.Since(start)
	if r.slowest = max(r.slowest, took); took > longestClose {
		r.Errorf("%s took %v to close", m.name, took)
	}
	if r.static {
		r.owners.dead(m.name) // its partitions remain its own, and wait for it
		r.away = append(r.away, m.name)
	}
}

func testChurn(t *testing.T, r *restless) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	r.topic, r.groupID, r.owners = newTopic(t, r.target, r.partitions), kafkabroker.UniqueName(t), newOwners()
	if can(r.target, consumerProtocol) {
		setGroup(t, r.target, r.groupID, "consumer.session.timeout.ms", "2000")
	}
	for range r.begin {
		r.enter()
	}
	p := newProducer(t, r.target)
	var sent []producer.Metadata
	pace := time.NewTicker(r.pause)
	defer pace.Stop()
	for range r.length / r.pause {
		<-pace.C
		sent = append(sent, send(t, p, numbered(r.topic, 200)...)...)
		switch n := len(r.members); {
		case n < r.fewest || n < r.most && random.IntN(2) == 0:
			r.enter()
		default:
			r.exit(random.IntN(n), r.dies && random.IntN(4) == 0)
		}
	}
	began := time.Now()
	eventually(t, 2*patience, func() error {
		var all []assignee
		for _, m := range r.members {
			all = append(all, m)
		}
		return shared(partitionsOf(r.topic, r.partitions), all...)
	})
	eventually(t, 2*patience, func() error { return r.ledger.missing(sent) })
	calm := time.Since(began)
	for len(r.members) > 0 {
		r.exit(0, false)
	}
	r.owners.check(t)
	t.Logf("%d members, %d of which crashed, handled %d records; all was shared and handled %v after the last of them; the slowest Close took %v",
		r.joined, r.crashed, len(sent), calm.Round(time.Millisecond), r.slowest.Round(time.Millisecond))
	if r.crashed == 0 {
		r.ledger.checkOnce(t, sent)
	}
}
