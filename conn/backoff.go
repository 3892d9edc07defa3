package conn

import (
	"math/rand/v2"
	"time"
)

// Backoff is an exponential back-off with jitter: how long to wait after a
// number of failures in a row.
type Backoff struct {
	// Base is the delay after the first failure.
	Base time.Duration
	// Max bounds the delay before jitter. If it is less than Base, Base is the
	// delay always.
	Max time.Duration
}

// jitter is the share by which a delay is varied up or down, so that clients
// which failed together do not return together (KIP-144).
const jitter = 0.2

// Delay returns Base·2^(failures-1), at most Max, varied by up to 20 % either
// way; 0 if there was no failure.
func (b Backoff) Delay(failures int) time.Duration {
	if failures <= 0 || b.Base <= 0 {
		return 0
	}
	delay := b.Base
	for range failures - 1 {
		if delay >= b.Max {
			break
		}
		delay = min(2*delay, b.Max)
	}
	return time.Duration(float64(delay) * (1 - jitter + 2*jitter*rand.Float64()))
}
