package cluster

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/conn"
)

// Metadata is what is known of a cluster, and when to ask again: kafka-python's
// ClusterMetadata. It does no I/O; a [Client] feeds it. Lookups take no lock.
// All methods are safe for concurrent use.
type Metadata struct {
	maxAge  time.Duration
	backoff conn.Backoff
	log     *limitedLog

	snapshot atomic.Pointer[Snapshot]

	mu sync.Mutex
	// wantAll: an update of all topics is wanted; wantSome: one of those that are
	// new or that the last answer left open; atOnce: it need not wait for the
	// back-off that follows a success.
	wantAll, wantSome, atOnce bool
	begun, begunAll           bool // between begin and the result
	lastAttempt, lastSuccess  time.Time
	failures                  int           // updates in a row that failed
	unresolved                int           // updates in a row that left topics open
	delay                     time.Duration // from lastAttempt to the next
	failure                   error         // of the last update, nil if it succeeded
	next, inFlight            *UpdateFuture
	changed                   chan struct{} // closed by the next result

	listeners []*listener
	notify    []*Snapshot // that listeners have not seen yet
	notifying bool

	onRequest func() // set once, before use
}

type listener struct{ call func(*Snapshot) }

// UpdateFuture is the outcome of an update that somebody asked for. Everybody
// who asks before it begins shares it.
type UpdateFuture struct {
	done chan struct{}
	err  error
}

// Done is closed when the outcome is known.
func (f *UpdateFuture) Done() <-chan struct{} { return f.done }

// Err returns why the update failed, nil if it succeeded or is not done.
func (f *UpdateFuture) Err() error {
	select {
	case <-f.done:
		return f.err
	default:
		return nil
	}
}

// Wait returns the outcome, or the context's error.
func (f *UpdateFuture) Wait(ctx context.Context) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *UpdateFuture) resolve(err error) {
	if f != nil {
		f.err = err
		close(f.done)
	}
}

// NewMetadata returns empty metadata. Of cfg it takes RetryBackoff,
// RetryBackoffMax, MetadataMaxAge and Logger.
func NewMetadata(cfg Config) *Metadata {
	cfg = cfg.WithDefaults()
	m := &Metadata{
		maxAge:  cfg.MetadataMaxAge,
		backoff: conn.Backoff{Base: cfg.RetryBackoff, Max: cfg.RetryBackoffMax},
		log:     newLimitedLog(cfg.Logger),
		delay:   cfg.RetryBackoff,
		changed: make(chan struct{}),
	}
	m.snapshot.Store(emptySnapshot())
	return m
}

// Snapshot returns what is known now. It is never nil.
func (m *Metadata) Snapshot() *Snapshot { return m.snapshot.Load() }

// TTL returns how long until the metadata should be refreshed: until they are
// too old, or 0 if an update was requested, but not before the back-off since
// the last attempt is over.
func (m *Metadata) TTL() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	var age, backoff time.Duration
	if !m.wantAll && !m.wantSome && !m.lastSuccess.IsZero() {
		age = m.maxAge - time.Since(m.lastSuccess)
	}
	if !m.lastAttempt.IsZero() && !(m.atOnce && m.failures == 0) {
		backoff = m.delay - time.Since(m.lastAttempt)
	}
	return max(age, backoff, 0)
}

// Age returns the time since the last successful update, 0 if there was none.
func (m *Metadata) Age() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lastSuccess.IsZero() {
		return 0
	}
	return time.Since(m.lastSuccess)
}

// RefreshBackoff returns the least time between the last attempt to refresh and
// the next: RetryBackoff after a success, growing up to RetryBackoffMax with
// failures and with answers that leave a topic open.
func (m *Metadata) RefreshBackoff() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.delay
}

// RequestUpdate makes TTL 0 as soon as the back-off allows, and returns the
// outcome of the next update that begins. It does not refresh by itself.
func (m *Metadata) RequestUpdate() *UpdateFuture {
	m.mu.Lock()
	m.wantAll = true
	if m.next == nil {
		m.next = &UpdateFuture{done: make(chan struct{})}
	}
	f := m.next
	m.mu.Unlock()
	m.requested()
	return f
}

// requestSome asks for an update of topics that the snapshot lacks. atOnce tells
// that they are new: the back-off after a success is not theirs.
func (m *Metadata) requestSome(atOnce bool) {
	m.mu.Lock()
	m.wantSome = true
	m.atOnce = m.atOnce || atOnce
	m.mu.Unlock()
	m.requested()
}

func (m *Metadata) requested() {
	if m.onRequest != nil {
		m.onRequest()
	}
}

// begin tells that an update begins now, and whether it must be of all topics:
// later requests want another one.
func (m *Metadata) begin() (all bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all = m.wantAll || !m.wantSome || m.lastSuccess.IsZero()
	m.beginLocked(all)
	return all
}

func (m *Metadata) beginLocked(all bool) {
	m.begun, m.begunAll = true, all
	if all {
		m.inFlight, m.next = m.next, nil
		m.wantAll = false
	}
	m.wantSome, m.atOnce = false, false
}

// abandon ends an update that had nothing to ask.
func (m *Metadata) abandon() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.begun = false
	m.unresolved = 0
	m.delay = m.backoff.Base
}

// FailedUpdate tells that the brokers could not be asked. Who waits for the
// update gets err, and the back-off grows. The update remains wanted.
func (m *Metadata) FailedUpdate(err error) {
	m.mu.Lock()
	if !m.begun {
		m.beginLocked(true)
	}
	m.failures++
	m.delay = m.backoff.Delay(m.failures)
	m.lastAttempt = time.Now()
	if m.begunAll {
		m.wantAll = true
	} else {
		m.wantSome = true
	}
	m.finish(err)
	m.mu.Unlock()
	m.requested()
}

// finish ends the update with its outcome. The caller holds mu.
func (m *Metadata) finish(err error) {
	m.failure = err
	m.inFlight.resolve(err)
	m.inFlight = nil
	m.begun = false
	close(m.changed)
	m.changed = make(chan struct{})
}

// result returns a channel that the next result of an update closes.
func (m *Metadata) result() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

// underWay returns the channel that the update of all topics that is under way
// closes when it ends, nil if there is none.
func (m *Metadata) underWay() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.begun || !m.begunAll {
		return nil
	}
	return m.changed
}

// lastFailure returns why the last update failed, nil if it did not.
func (m *Metadata) lastFailure() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failure
}

// AddListener has fn called after each change of the snapshot, one after the
// other and in order, on the goroutine that made the change or an earlier one. It
// must not block; it may ask for another update, or change the snapshot again.
// The returned function removes it.
func (m *Metadata) AddListener(fn func(*Snapshot)) (remove func()) {
	l := &listener{fn}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.listeners = append(m.listeners[:len(m.listeners):len(m.listeners)], l)
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		kept := make([]*listener, 0, len(m.listeners))
		for _, other := range m.listeners {
			if other != l {
				kept = append(kept, other)
			}
		}
		m.listeners = kept
	}
}

// swap makes s the snapshot. The caller holds mu, and calls runListeners when it
// has released it.
func (m *Metadata) swap(s *Snapshot) {
	m.snapshot.Store(s)
	if len(m.listeners) > 0 {
		m.notify = append(m.notify, s)
	}
}

// runListeners shows listeners the snapshots they have not seen. If another
// goroutine is at it, or a listener changed the snapshot itself, that one goes
// on: so they come in order.
func (m *Metadata) runListeners() {
	m.mu.Lock()
	if m.notifying {
		m.mu.Unlock()
		return
	}
	m.notifying = true
	for len(m.notify) > 0 {
		s := m.notify[0]
		m.notify = m.notify[1:]
		listeners := m.listeners
		m.mu.Unlock()
		for _, l := range listeners {
			l.call(s)
		}
		m.mu.Lock()
	}
	m.notify = nil
	m.notifying = false
	m.mu.Unlock()
}
