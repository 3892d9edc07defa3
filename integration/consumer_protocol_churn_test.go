package integration

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/producer"
)

// churn is how long members come and go at random, with churnPause between two of
// them.
var churn = flag.Duration("churn", 10*time.Second, "how long TestConsumerGroupChurn has members come and go")

const churnPause = 150 * time.Millisecond

// restless is a group whose members come and go.
type restless struct {
	*testing.T
	target  kafkabroker.Target
	topic   string
	groupID string
	owners  *owners
	ledger  ledger
	members []*restlessMember
	named   int
	crashed int
}

type restlessMember struct {
	*member
	name    string
	network *cuttable
}

func (r *restless) enter() {
	r.named++
	m := &restlessMember{name: fmt.Sprintf("member-%d", r.named), network: &cuttable{}}
	c := openConsumer(r.T, r.target, group(r.groupID), byConsumerProtocol, r.owners.listen(m.name), func(cfg *consumer.Config) {
		cfg.Dialer = m.network
		cfg.RetryBackoff = 20 * time.Millisecond
	})
	must(r.T, c.Subscribe(r.topic))
	m.member = startMember(r.T, c, &r.ledger)
	r.members = append(r.members, m)
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
	if took := time.Since(start); took > 5*time.Second {
		r.Errorf("%s took %v to close", m.name, took)
	}
}

// TestConsumerGroupChurn has a dozen members and more join, leave and die at
// random while records are produced. Each record is handled, and no partition has
// two owners at a time.
func TestConsumerGroupChurn(t *testing.T) {
	forEachWithConsumerProtocol(t, func(t *testing.T, target kafkabroker.Target) {
		const partitions, fewest, most = 24, 6, 16
		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		r := &restless{T: t, target: target, topic: newTopic(t, target, partitions), groupID: kafkabroker.UniqueName(t), owners: newOwners()}
		setGroup(t, target, r.groupID, "consumer.session.timeout.ms", "2000")
		for range 12 {
			r.enter()
		}
		p := newProducer(t, target)
		var sent []producer.Metadata
		pace := time.NewTicker(churnPause)
		defer pace.Stop()
		for range *churn / churnPause {
			<-pace.C
			sent = append(sent, send(t, p, numbered(r.topic, 200)...)...)
			switch n := len(r.members); {
			case n < fewest || n < most && random.IntN(2) == 0:
				r.enter()
			default:
				r.exit(random.IntN(n), random.IntN(4) == 0)
			}
		}
		eventually(t, patience, func() error {
			var all []assignee
			for _, m := range r.members {
				all = append(all, m)
			}
			return shared(partitionsOf(r.topic, partitions), all...)
		})
		eventually(t, patience, func() error { return r.ledger.missing(sent) })
		for len(r.members) > 0 {
			r.exit(0, false)
		}
		r.owners.check(t)
		t.Logf("%d members, %d of which crashed, handled %d records", r.named, r.crashed, len(sent))
		if r.crashed == 0 {
			r.ledger.checkOnce(t, sent)
		}
	})
}
