package producer

import (
	"sync/atomic"
	"time"
)

const (
	// clockStep is how old a reading may get.
	clockStep = time.Millisecond
	// clockReads is after how many records a partition reads the clock anyhow: a
	// program that sends in a tight loop on all cores has timers fire late.
	clockReads = 64
)

// clock tells the time for the timestamps of records, to a millisecond or two:
// reading the system's clock for each would be the largest part of the work on a
// small one. It keeps a reading until a timer takes that away, and has no timer
// while nothing is sent.
type clock struct {
	reading atomic.Int64 // milliseconds since 1970; 0 for none
	timer   *time.Timer
}

func newClock() *clock {
	c := &clock{}
	c.timer = time.AfterFunc(clockStep, func() { c.reading.Store(0) })
	return c
}

// read reads the system's clock, for others too.
func (c *clock) read() int64 {
	now := time.Now().UnixMilli()
	if c.reading.Swap(now) == 0 {
		c.timer.Reset(clockStep)
	}
	return now
}

// clockReader is a partition's view of the clock. It never goes back unless the
// system's clock does.
type clockReader struct {
	last int64
	left int // reads until the system's clock is read
}

func (r *clockReader) now(c *clock) int64 {
	now := c.reading.Load()
	if r.left--; r.left < 0 || now < r.last || now == 0 {
		r.left = clockReads
		now = c.read()
	}
	r.last = now
	return now
}
