package conn

import (
	"sync"
	"time"
)

// silence is how long a broker may take over the question for its API versions
// before it is suspected of not knowing it: Kafka 0.9 says nothing.
const silence = 500 * time.Millisecond

// OldBrokers remembers at which addresses there are brokers that cannot be asked
// for their API versions, for those who connect to the same brokers: so only one
// connection has to find out, and others only to see whether it still holds. The
// zero OldBrokers knows of none.
type OldBrokers struct {
	releases sync.Map // address to *release
}

// at returns the release at an address, nil if none is known.
func (o *OldBrokers) at(addr string) *release {
	if r, ok := o.releases.Load(addr); ok {
		return r.(*release)
	}
	return nil
}

// note takes down the release at an address; nil for none.
func (o *OldBrokers) note(addr string, r *release) {
	if r == nil {
		o.releases.Delete(addr)
	} else {
		o.releases.Store(addr, r)
	}
}
