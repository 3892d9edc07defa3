package consumer

import "testing"

func TestResetPolicies(t *testing.T) {
	for _, c := range []struct {
		policy    OffsetReset
		name      string
		committed resetTarget // 0: none
		outside   resetTarget
	}{
		{ResetDefault, "default", toLatest, toNearest},
		{ResetLatest, "latest", toLatest, toLatest},
		{ResetEarliest, "earliest", toEarliest, toEarliest},
		{ResetNone, "none", 0, 0},
	} {
		target, ok := c.policy.noCommitted()
		if target != c.committed || ok != (c.committed != 0) || c.policy.String() != c.name {
			t.Errorf("%v without committed offset: %v, %v", c.policy, target, ok)
		}
		if c.outside != 0 && c.policy.outOfRange() != c.outside {
			t.Errorf("%v out of range: %v", c.policy, c.policy.outOfRange())
		}
	}
}

// A position that is out of range goes to the nearest offset by two questions:
// for the beginning and, if it is not before that, for the end.
func TestResetNext(t *testing.T) {
	for _, c := range []struct {
		target      resetTarget
		found, from int64
		offset      int64
		again       resetTarget
	}{
		{toEarliest, 5, 3, 5, 0},
		{toLatest, 9, 3, 9, 0},
		{toNearest, 5, 3, 5, 0},
		{toNearest, 5, 5, 0, toNearestEnd},
		{toNearest, 5, 20, 0, toNearestEnd},
		{toNearestEnd, 9, 20, 9, 0},
		{toNearestEnd, 9, 7, 7, 0}, // it was not out of range after all
	} {
		if offset, again := c.target.next(c.found, c.from); offset != c.offset || again != c.again {
			t.Errorf("%v found %d from %d: %d, %v", c.target, c.found, c.from, offset, again)
		}
	}
}
