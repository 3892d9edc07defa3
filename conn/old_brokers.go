package conn

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// silence is how long a broker may take over the question for its API versions
// before it is suspected of not knowing it: Kafka 0.9 says nothing.
const silence = 500 * time.Millisecond

// oldBrokerAge is for how long it is taken for granted that a broker is old, if
// it answers.
const oldBrokerAge = 30 * time.Minute

// OldBrokers remembers at which addresses there are brokers that cannot be asked
// for their API versions, for those who connect to the same brokers: so only one
// connection in a while has to find out. That takes time, and is no good for the
// brokers. The zero OldBrokers knows of none.
type OldBrokers struct {
	found  sync.Map // address to oldBroker
	others sync.Map // addresses of brokers that were asked and have answered
	doubts sync.Map // address to doubt
}

type oldBroker struct {
	release *release
	at      time.Time
}

// doubt is a request that a broker ought to have answered by the versions that
// were taken for granted. It may be another release by now, or Config.APIVersion
// be wrong.
type doubt struct {
	api     protocol.APIKey
	version int16
}

// at returns the release at an address, nil if none is known.
func (o *OldBrokers) at(addr string) *release {
	if b, ok := o.found.Load(addr); ok && time.Since(b.(oldBroker).at) < oldBrokerAge {
		return b.(oldBroker).release
	}
	return nil
}

// tells tells whether a broker has told its API versions before: then it does not
// become old, however often a bad network ends its connections.
func (o *OldBrokers) tells(addr string) bool {
	_, ok := o.others.Load(addr)
	return ok
}

// note takes down the release at an address.
func (o *OldBrokers) note(addr string, r *release) { o.found.Store(addr, oldBroker{r, time.Now()}) }

// doubt forgets what was known of the connection's broker, if that did not answer
// the first request. Newer brokers close the connection upon what they do not
// know; Kafka 0.9 says nothing. c.mu is held.
func (c *Conn) doubt(err *Error) {
	call := c.inFlight.oldest()
	if c.versions == nil || c.versions.Assumed == "" || c.answered || call == nil {
		return
	}
	if errors.Is(err, ErrDisconnected) || errors.Is(err, errSkipped) || errors.Is(err, ErrRequestTimeout) {
		c.cfg.OldBrokers.found.Delete(c.addr)
		c.cfg.OldBrokers.doubts.Store(c.addr, doubt{call.Request.APIKey(), call.Version})
	}
}

// checkFixed asks a broker for its versions if there is reason to doubt those of
// Config.APIVersion. If it does not tell, the doubt is over.
func (d *dialer) checkFixed(ctx context.Context) error {
	v, ok := d.cfg.OldBrokers.doubts.Load(d.addr)
	if !ok {
		return nil
	}
	asking := *d
	asking.fixed, asking.onEnd, asking.cfg.OldBrokers = nil, nil, new(OldBrokers)
	c, err := asking.negotiate(ctx)
	if err != nil {
		d.cfg.OldBrokers.doubts.Delete(d.addr)
		return nil
	}
	defer c.Close()
	unknown := v.(doubt)
	r, known := c.versions.Range(unknown.api)
	// From 4.0 on brokers claim to know old versions of Produce (KAFKA-18659).
	r.Min = max(r.Min, named(c.versions.Release()).versions().apis[unknown.api].Min)
	if known && r.has(unknown.version) {
		d.cfg.OldBrokers.doubts.Delete(d.addr)
		return nil
	}
	has := "does not have it"
	if known {
		has = fmt.Sprintf("has v%d to v%d", r.Min, r.Max)
	}
	err = fmt.Errorf("Config.APIVersion (api.version) is %s, which has %s v%d; the broker is Kafka %s, which %s",
		d.fixed.Assumed, unknown.api, unknown.version, c.versions.Release(), has)
	hint := "set the release of the oldest broker, or none to have brokers asked"
	if known && unknown.version < r.Min {
		hint = "from 4.0 on Kafka lacks the versions from before 2.1: set a newer release, or none to have brokers asked"
	}
	return &Error{Broker: d.addr, Stage: StageAPIVersions, Err: err, Hint: hint, permanent: true}
}
