package producer

// batchSpan is the distance between the numbers of a partition's batches. Those
// that a batch is split into have their numbers in between.
const batchSpan = 1 << 32

// split puts two halves of a batch in its place, which the broker has found too
// large: a topic's max.message.bytes may be less than Config.BatchSize. It
// returns false if there is nothing to split, or if the broker may have the
// batch from an earlier try: it would not know halves of it again.
func (pt *partition) split(b *batch) bool {
	if b.resolved || b.uncertain || b.span < 2 {
		return false
	}
	first, second, ok, err := b.builder.Split()
	if err != nil {
		pt.producer.log.Error("a batch that the broker finds too large cannot be split", "partition", pt.tp.String(), "err", err)
	}
	if !ok || err != nil {
		return false
	}
	pt.producer.measures.splits.Record(1)
	pt.limit = b.builder.Size() / 2
	half := func() *batch {
		return &batch{
			partition: pt, whole: b, created: b.created, span: b.span / 2, done: make(chan struct{}),
			attempts: b.attempts, lastErr: b.lastErr, uncertain: b.uncertain,
			sequenced: b.sequenced, producer: b.producer,
		}
	}
	b.halves = []*batch{half(), half()}
	b.halves[0].builder, b.halves[1].builder = *first, *second
	b.halves[0].records, b.halves[1].records = first.Count(), second.Count()
	b.halves[0].number, b.halves[1].number = b.number, b.number+b.span/2
	b.halves[0].sequence, b.halves[1].sequence = b.sequence, addSequence(b.sequence, first.Count())
	b.halves[0].reserved = b.reserved / 2
	b.halves[1].reserved = b.reserved - b.reserved/2
	b.reserved = 0
	b.discard()
	pt.requeue(b.halves...)
	for _, h := range b.halves {
		pt.seal(h)
	}
	return true
}

// part returns the batch that has the record with the given index: b, or one
// that it was split into. The index is then the one there.
func (b *batch) part(index int32) (*batch, int32) {
	for len(b.halves) > 0 {
		if n := int32(b.halves[0].records); index < n {
			b = b.halves[0]
		} else {
			b, index = b.halves[1], index-n
		}
	}
	return b, index
}
