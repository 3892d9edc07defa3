package conn

import (
	"sync"
	"time"
)

// silence is how long a broker may take over the question for its API versions
// before it is suspected of not knowing it: Kafka 0.9 says nothing.
const silence = 500 * time.Millisecond

// oldBrokerAge is for how long it is taken for granted that a broker is old. It
// is no harm if it was upgraded meanwhile: newer releases speak the same versions.
const oldBrokerAge = 30 * time.Minute

// OldBrokers remembers at which addresses there are brokers that cannot be asked
// for their API versions, for those who connect to the same brokers: so only one
// connection in a while has to find out. That takes time, and is no good for the
// brokers. The zero OldBrokers knows of none.
type OldBrokers struct {
	found sync.Map // address to oldBroker
}

type oldBroker struct {
	release *release
	at      time.Time
}

// at returns the release at an address, nil if none is known.
func (o *OldBrokers) at(addr string) *release {
	if b, ok := o.found.Load(addr); ok && time.Since(b.(oldBroker).at) < oldBrokerAge {
		return b.(oldBroker).release
	}
	return nil
}

// note takes down the release at an address.
func (o *OldBrokers) note(addr string, r *release) { o.found.Store(addr, oldBroker{r, time.Now()}) }
