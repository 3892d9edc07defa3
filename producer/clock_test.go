package producer

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestClockFollowsTheSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		var r clockReader
		last := int64(0)
		for _, pause := range []time.Duration{0, 1, 100 * time.Microsecond, time.Millisecond, 1500 * time.Microsecond, time.Second, 0, time.Hour} {
			pauseFor(pause)
			for range 2 {
				now, truth := r.now(c), time.Now().UnixMilli()
				if now < truth-1 || now > truth {
					t.Errorf("after %v the clock says %d, want %d or a millisecond less", pause, now, truth)
				}
				if now < last {
					t.Errorf("after %v the clock goes back from %d to %d", pause, last, now)
				}
				last = now
			}
		}
	})
}

// pauseFor lets the time of a bubble pass.
func pauseFor(d time.Duration) {
	<-time.After(d)
	synctest.Wait() // what is due now has happened
}

func TestClockWithALateTimer(t *testing.T) {
	c := newClock()
	c.timer.Stop() // it comes too late for the whole test
	var r clockReader
	c.reading.Store(1)
	for range clockReads + 1 {
		if r.now(c) > 1 {
			return
		}
	}
	t.Errorf("%d records have the same timestamp though the timer is late", clockReads+1)
}

func TestClockNeverGoesBack(t *testing.T) {
	c := newClock()
	var r clockReader
	now := r.now(c)
	c.reading.Store(now - 5) // of another partition, which was slow to store it
	if again := r.now(c); again < now {
		t.Errorf("the clock goes back from %d to %d", now, again)
	}
}

func TestClockRestsWhenIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		pauseFor(time.Second)
		if c.timer.Stop() {
			t.Error("the timer of an idle clock is on")
		}
		var r clockReader
		r.now(c)
		pauseFor(time.Second)
		if c.timer.Stop() {
			t.Error("the timer is on a second after the last record")
		}
	})
}
