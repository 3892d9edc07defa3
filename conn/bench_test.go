package conn

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// echoBroker answers each request with the same bytes but for the correlation
// id, all that has come at once in one write.
func echoBroker(b testing.TB, resp protocol.Response, version int16) string {
	enc := wire.NewEncoder(nil)
	if err := protocol.EncodeResponse(enc, 0, version, resp); err != nil {
		b.Fatal(err)
	}
	frame := enc.Flat()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		p := &peer{t: b, conn: c, r: bufio.NewReaderSize(c, 1<<20)}
		p.hello(allAPIs())
		echo(p, frame)
	}()
	return l.Addr().String()
}

func echo(p *peer, frame []byte) {
	w := bufio.NewWriterSize(p.conn, 1<<20)
	for {
		head, err := p.r.Peek(12)
		if err != nil {
			return
		}
		id := binary.BigEndian.Uint32(head[8:])
		size := int64(binary.BigEndian.Uint32(head))
		if _, err := io.CopyN(io.Discard, p.r, 4+size); err != nil {
			return
		}
		binary.BigEndian.PutUint32(frame[4:], id)
		w.Write(frame)
		if p.r.Buffered() == 0 {
			w.Flush()
		}
	}
}

// BenchmarkGo measures small round trips over loopback, with as many in flight
// as allowed.
func BenchmarkGo(b *testing.B) {
	for _, inFlight := range []int{1, 5, 100} {
		b.Run(fmt.Sprintf("in-flight=%d", inFlight), func(b *testing.B) {
			addr := echoBroker(b, &protocol.HeartbeatResponse{}, 4)
			c, err := Dial(b.Context(), addr, Config{MaxInFlight: inFlight})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			req := heartbeat(1)
			done := make(chan *Call, inFlight)
			for range inFlight - 1 {
				c.Go(req, 0, done)
			}
			b.ReportAllocs()
			for b.Loop() {
				c.Go(req, 0, done)
				if call := <-done; call.Err != nil {
					b.Fatal(call.Err)
				}
			}
		})
	}
}

// BenchmarkProduce measures requests of 256 KiB in 16 KiB chunks.
func BenchmarkProduce(b *testing.B) {
	addr := echoBroker(b, &protocol.ProduceResponse{}, 12)
	c, err := Dial(b.Context(), addr, Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	chunks := make(wire.Chunks, 16)
	for i := range chunks {
		chunks[i] = make([]byte, 16<<10)
	}
	req := &protocol.ProduceRequest{Acks: -1, TopicData: []protocol.ProduceRequestTopic{{
		Name: "topic", PartitionData: []protocol.ProduceRequestPartition{{Records: chunks}},
	}}}
	done := make(chan *Call, c.cfg.MaxInFlight)
	for range c.cfg.MaxInFlight - 1 {
		c.Go(req, 0, done)
	}
	b.ReportAllocs()
	b.SetBytes(int64(chunks.Len()))
	for b.Loop() {
		c.Go(req, 0, done)
		if call := <-done; call.Err != nil {
			b.Fatal(call.Err)
		}
	}
}

// BenchmarkFetch measures responses of 1 MiB of records.
func BenchmarkFetch(b *testing.B) {
	addr := echoBroker(b, &protocol.FetchResponse{Responses: []protocol.FetchResponseTopic{{
		Partitions: []protocol.FetchResponsePartition{{Records: make([]byte, 1<<20)}},
	}}}, protocol.Lookup(protocol.Fetch).Max)
	c, err := Dial(b.Context(), addr, Config{})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.ReportAllocs()
	b.SetBytes(1 << 20)
	for b.Loop() {
		if _, err := c.Do(b.Context(), &protocol.FetchRequest{ReplicaID: -1}); err != nil {
			b.Fatal(err)
		}
	}
}
