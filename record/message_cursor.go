package record

import "fmt"

// nextMessage is [Cursor.Next] in the formats before v2.
func (c *Cursor) nextMessage(rec *Record) (bool, error) {
	if c.left == 0 {
		return false, nil // Payload and Reader leave nothing behind the last message
	}
	raw, rest := cutMessage(c.rest)
	n := c.batch.Count - c.left + 1
	m, err := parseMessage(raw, c.batch.Magic)
	if err == nil && c.batch.verify {
		err = checkMessage(raw)
	}
	if err != nil {
		c.left, c.rest = 0, nil
		return false, c.corruptMessage(raw, fmt.Errorf("message %d of %d: %w", n, c.batch.Count, err))
	}
	c.rest = rest
	c.left--
	rec.Offset = m.offset + c.batch.shift
	rec.LeaderEpoch = c.batch.PartitionLeaderEpoch
	rec.Key, rec.Value, rec.Headers = m.key, m.value, nil
	c.setMessageTimestamp(rec, m.timestamp)
	return true, nil
}

// setMessageTimestamp sets the message's own timestamp, or the one that the
// broker gave the compressed message around it (KIP-32).
func (c *Cursor) setMessageTimestamp(rec *Record, own int64) {
	rec.TimestampType = c.batch.Attributes.TimestampType()
	switch {
	case c.batch.Magic == 0:
		rec.TimestampType = NoTimestamp
	case rec.TimestampType == LogAppendTime && c.batch.compressed():
		own = c.batch.MaxTimestamp
	}
	rec.Timestamp = timeOf(own)
}

// corruptMessage tells that a message cannot be read. A reader can go on after
// it, unless others were compressed together with it: brokers return these as a
// whole.
func (c *Cursor) corruptMessage(raw []byte, cause error) *CorruptError {
	e := c.batch.corrupt(cause)
	if raw == nil {
		return e
	}
	e.FirstOffset = int64(order.Uint64(raw)) + c.batch.shift
	if !c.batch.compressed() {
		e.LastOffset = e.FirstOffset
	}
	return e
}
