package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/barnabas-go/kafka"
)

// startKind is where to start reading.
type startKind int

const (
	startDefault startKind = iota
	startBeginning
	startEnd
	startStored
	startOffset
	startTail
	startTime
)

// start is what the flags -o say.
type start struct {
	kind   startKind
	offset int64     // of startOffset; for startTail, how many before the end
	from   time.Time // of startTime
	until  time.Time // zero: no end
}

// parseStart reads the flags -o: one for the start, and e@ for an end.
func parseStart(flags []string) (s start, err error) {
	for _, flag := range flags {
		if ms, ok := strings.CutPrefix(flag, "e@"); ok {
			if s.until, err = parseTime(ms); err != nil {
				return s, fmt.Errorf("-o %s: %w", flag, err)
			}
			continue
		}
		if s.kind != startDefault {
			return s, fmt.Errorf("-o %s: there is another start already", flag)
		}
		if err := s.parse(flag); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *start) parse(flag string) (err error) {
	ms, isTime := strings.CutPrefix(flag, "s@")
	switch {
	case isTime:
		s.kind = startTime
		if s.from, err = parseTime(ms); err != nil {
			return fmt.Errorf("-o %s: %w", flag, err)
		}
		return nil
	case flag == "beginning" || flag == "earliest":
		s.kind = startBeginning
		return nil
	case flag == "end" || flag == "latest":
		s.kind = startEnd
		return nil
	case flag == "stored":
		s.kind = startStored
		return nil
	}
	n, err := strconv.ParseInt(flag, 10, 64)
	switch {
	case err != nil:
		return fmt.Errorf("-o %s: must be beginning, end, stored, an offset, -N for the last N, s@MS or e@MS", flag)
	case strings.HasPrefix(flag, "-"):
		s.kind, s.offset = startTail, -n
	default:
		s.kind, s.offset = startOffset, n
	}
	return nil
}

func parseTime(ms string) (time.Time, error) {
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, fmt.Errorf("%q is no time in milliseconds since 1970", ms)
	}
	return time.UnixMilli(n), nil
}

// fitsGroup tells whether the start has a meaning for a group.
func (s start) fitsGroup() bool {
	switch s.kind {
	case startDefault, startBeginning, startEnd, startStored:
		return s.until.IsZero()
	default:
		return false
	}
}

// reset returns where to start if there is no committed offset, if flags say.
func (s start) reset() (kafka.OffsetReset, bool) {
	switch s.kind {
	case startBeginning:
		return kafka.ResetEarliest, true
	case startEnd:
		return kafka.ResetLatest, true
	case startStored:
		return kafka.ResetNone, true
	default:
		return kafka.ResetDefault, false
	}
}

// assign makes partitions the consumer's, positioned, and returns the offsets at
// which to end, nil if there is no end. What has to be looked up is so before, that
// the consumer need not begin elsewhere.
func (s start) assign(ctx context.Context, c *kafka.Consumer, tps []kafka.TopicPartition) (ends map[kafka.TopicPartition]int64, err error) {
	positions, err := s.positions(ctx, c, tps)
	if err != nil {
		return nil, err
	}
	if !s.until.IsZero() {
		if ends, err = offsetsAt(ctx, c, tps, s.until); err != nil {
			return nil, err
		}
	}
	if err := c.Assign(tps...); err != nil {
		return nil, err
	}
	switch s.kind {
	case startDefault, startBeginning:
		return ends, c.SeekToBeginning(tps...)
	case startEnd:
		return ends, c.SeekToEnd(tps...)
	}
	for tp, offset := range positions {
		if err := c.Seek(tp, offset); err != nil {
			return nil, err
		}
	}
	return ends, nil
}

// positions returns where to start, as far as that is a matter of offsets.
func (s start) positions(ctx context.Context, c *kafka.Consumer, tps []kafka.TopicPartition) (map[kafka.TopicPartition]int64, error) {
	positions := make(map[kafka.TopicPartition]int64)
	switch s.kind {
	case startOffset:
		for _, tp := range tps {
			positions[tp] = s.offset
		}
	case startTime:
		return offsetsAt(ctx, c, tps, s.from)
	case startTail:
		begins, err := c.BeginningOffsets(ctx, tps...)
		if err != nil {
			return nil, err
		}
		ends, err := c.EndOffsets(ctx, tps...)
		if err != nil {
			return nil, err
		}
		for _, tp := range tps {
			positions[tp] = max(begins[tp], ends[tp]-s.offset)
		}
	}
	return positions, nil
}

// offsetsAt returns the offsets of the first records that are not older than t,
// or the ends of partitions without one.
func offsetsAt(ctx context.Context, c *kafka.Consumer, tps []kafka.TopicPartition, t time.Time) (map[kafka.TopicPartition]int64, error) {
	times := make(map[kafka.TopicPartition]time.Time)
	for _, tp := range tps {
		times[tp] = t
	}
	found, err := c.OffsetsForTimes(ctx, times)
	if err != nil {
		return nil, err
	}
	offsets, err := c.EndOffsets(ctx, tps...)
	if err != nil {
		return nil, err
	}
	for tp, at := range found {
		offsets[tp] = at.Offset
	}
	return offsets, nil
}
