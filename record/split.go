package record

// Split makes two batches of the records of a sealed one, each with about half
// of them, in order: for a broker that finds the batch too large. The batch
// itself is left as it is. The halves are not sealed. A batch of one record
// cannot be split; then ok is false.
func (b *Builder) Split() (first, second *Builder, ok bool, err error) {
	if b.count < 2 {
		return nil, nil, false, nil
	}
	cursor, err := b.cursor()
	if err != nil {
		return nil, nil, false, err
	}
	first, second = new(Builder), new(Builder)
	for half := first; ; {
		var rec Record
		more, err := cursor.Next(&rec)
		if err != nil {
			return nil, nil, false, err
		}
		if !more {
			return first, second, true, nil
		}
		if rec.Offset == int64(b.count/2) {
			half = second
		}
		need := half.Need(millis(rec.Timestamp), &rec)
		if need.Memory > 0 {
			half.Grow(need.Memory)
		}
		half.Append(need, &rec)
	}
}
