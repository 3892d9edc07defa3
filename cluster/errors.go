package cluster

import (
	"errors"
	"slices"
	"strings"

	"github.com/barnabas-go/kafka/conn"
)

// AttemptsError is why none of several brokers, or bootstrap servers, could be
// used: one error for each that was tried.
type AttemptsError struct {
	// Errs are the failures, in the order of the attempts. Most are [*conn.Error],
	// which names address and stage.
	Errs []error
}

// Error names all failures in one line.
func (e *AttemptsError) Error() string {
	texts := make([]string, len(e.Errs))
	for i, err := range e.Errs {
		texts[i] = err.Error()
	}
	return "no broker could be used: " + strings.Join(texts, "; ")
}

// Unwrap returns the failures.
func (e *AttemptsError) Unwrap() []error { return e.Errs }

// Retriable tells whether one of the failures may pass.
func (e *AttemptsError) Retriable() bool {
	return slices.ContainsFunc(e.Errs, func(err error) bool { return !permanent(err) })
}

// attempts returns the failures that err joins.
func attempts(err error) []error {
	var e *AttemptsError
	if errors.As(err, &e) {
		return e.Errs
	}
	return []error{err}
}

// permanent tells that another try cannot succeed: the error says so. That this
// client closed a connection is not: its node has moved.
func permanent(err error) bool {
	var e interface{ Retriable() bool }
	return errors.As(err, &e) && !e.Retriable() && !errors.Is(err, conn.ErrClosed)
}

// ClusterChangedError tells that a broker belongs to another cluster than the
// one the client began with. Offsets, groups and producer ids of the one mean
// nothing in the other, so that only Config.AllowClusterChange lets the client
// carry on.
type ClusterChangedError struct {
	// Broker is the host:port that answered.
	Broker string
	// Known is the id of the cluster so far, Found that of the broker's.
	Known, Found string
}

// Error names the broker and both clusters.
func (e *ClusterChangedError) Error() string {
	return "broker " + e.Broker + ": belongs to cluster " + e.Found + ", not to " + e.Known +
		" that the client began with; start a new client, or set AllowClusterChange"
}

// Retriable is false: the brokers that were asked will not change their cluster.
func (e *ClusterChangedError) Retriable() bool { return false }
