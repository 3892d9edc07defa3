package producer

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/barnabas-go/kafka/codec"
)

// sealers compress batches on a few goroutines, so that a partition or a broker
// has more than one core for it. They start when there is work and end when
// there is none.
type sealers struct {
	compressor   *codec.Compressor
	compressorV0 *codec.Compressor // of message sets v0: lz4 has another framing there

	mu      sync.Mutex
	queue   queue[*batch]
	running int
	idle    sync.WaitGroup
}

func newSealers(c codec.Codec, level int) (*sealers, error) {
	if c == codec.None {
		return nil, nil
	}
	z, err := codec.NewCompressor(c, level)
	if err != nil {
		return nil, fmt.Errorf("producer config: Compression and CompressionLevel: %w", err)
	}
	v0 := z
	if c == codec.LZ4 {
		if v0, err = codec.NewCompressor(codec.LZ4Legacy, level); err != nil {
			return nil, fmt.Errorf("producer config: Compression and CompressionLevel: %w", err)
		}
	}
	return &sealers{compressor: z, compressorV0: v0}, nil
}

// add has a batch compressed. It never blocks: buffer memory bounds the queue.
func (s *sealers) add(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.push(b)
	if s.running < runtime.GOMAXPROCS(0) {
		s.running++
		s.idle.Go(s.run)
	}
}

func (s *sealers) run() {
	for {
		b := s.next()
		if b == nil {
			return
		}
		err := b.builder.Seal(s.compressor)
		b.partition.sealDone(b, err)
	}
}

func (s *sealers) next() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue.len() == 0 {
		s.running--
		return nil
	}
	return s.queue.pop()
}
