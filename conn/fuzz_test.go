package conn

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// FuzzBroker plays arbitrary bytes as what a broker sends: in place of the
// answer to the first question, or after it. Whatever they are, set-up and
// every call end, no goroutine is left, and no more memory is taken than a size
// with nothing behind it may claim, by each of the two connections of a Dial that
// looks at a broker again.
func FuzzBroker(f *testing.F) {
	response := func(id int32, version int16, resp protocol.Response) []byte {
		c := wire.NewEncoder(nil)
		if err := protocol.EncodeResponse(c, id, version, resp); err != nil {
			f.Fatal(err)
		}
		return c.Flat()
	}
	f.Add(false, response(1, 4, allAPIs()))
	f.Add(false, []byte("HTTP/1.1 400 Bad Request\r\n"))
	f.Add(false, []byte{0x15, 3, 3, 0, 2, 2, 80})
	f.Add(true, append(response(2, 4, &protocol.HeartbeatResponse{ThrottleTimeMs: 1 << 30}), response(3, 13, &protocol.MetadataResponse{
		ClusterAuthorizedOperations: protocol.NoAuthorizedOperations,
		Topics:                      []protocol.MetadataResponseTopic{{Partitions: make([]protocol.MetadataResponsePartition, 2)}},
	})...))
	f.Add(true, response(2, 4, &protocol.HeartbeatResponse{})[:7])
	f.Add(true, []byte{0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, set bool, stream []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		defer func() {
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > uint64(2*unproven+1<<20+256*len(stream)) {
				t.Errorf("%d bytes allocated for %d that came", n, len(stream))
			}
		}()
		synctest.Test(t, func(t *testing.T) {
			b := newFakeBroker(t, func(p *peer) {
				if set {
					p.hello(allAPIs())
				}
				go p.drain()
				p.write(stream)
			})
			start := time.Now()
			c, err := Dial(t.Context(), "broker:9092", b.config())
			if err != nil {
				return
			}
			done := make(chan *Call, 4)
			for _, req := range []protocol.Request{
				heartbeat(1), &protocol.MetadataRequest{}, &protocol.FetchRequest{ReplicaID: -1}, &protocol.ProduceRequest{Acks: -1},
			} {
				c.Go(req, 0, done)
			}
			for range 4 {
				if call := <-done; (call.Err == nil) == (call.Response == nil) {
					t.Errorf("%+v", call)
				}
			}
			c.Close()
			if c.InFlight() != 0 || time.Since(start) > time.Minute {
				t.Errorf("%d in flight after %v", c.InFlight(), time.Since(start))
			}
		})
	})
}
