package consumer

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// A leader that falls silent holds up nothing for longer than it takes until
// another one leads, whatever it was asked; nor do its connections, if they are
// dead by the time that it leads again.
func TestSilentLeader(t *testing.T) {
	for name, begin := range map[string]func(t *testing.T, c *Consumer){
		"fetch":       func(*testing.T, *Consumer) {},
		"ListOffsets": func(t *testing.T, c *Consumer) { must(t, c.SeekToEnd()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, c := reader(t, 2, Config{})
				synctest.Wait()
				k.set(func() {
					k.hangs[0] = true
					for _, c := range k.conns[0] {
						k.dead[c] = true
					}
				})
				begin(t, c)
				pass(3 * time.Second) // and no connect has timed out
				k.set(func() { k.log(tp(0)).leader, k.log(tp(0)).epoch = 1, 2 })
				pass(overdue + time.Second)
				for i, value := range []string{"b", "c"} {
					leader := int32(1 - i)
					k.set(func() {
						delete(k.hangs, 0)
						k.log(tp(0)).leader = leader
						k.log(tp(0)).epoch++
					})
					k.produce(tp(0), value)
					started := time.Now()
					if got := poll(t, c); len(got) != 1 || !strings.HasSuffix(got[0], value) {
						t.Fatalf("got %v, want %s", got, value)
					}
					if took := time.Since(started); took > 8*time.Second {
						t.Errorf("from leader %d: it took %v", leader, took)
					}
				}
			})
		})
	}
}

// Where the network drops the connections to a leader without a word, it is asked on
// others as soon as it answers there.
func TestConnectionsToLeaderAreCut(t *testing.T) {
	for name, begin := range map[string]func(t *testing.T, c *Consumer){
		"fetch":       func(*testing.T, *Consumer) {},
		"ListOffsets": func(t *testing.T, c *Consumer) { must(t, c.SeekToBeginning()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, c := reader(t, 1, Config{})
				synctest.Wait()
				k.set(func() {
					for _, c := range k.conns[0] {
						k.dead[c] = true
					}
				})
				begin(t, c)
				k.produce(tp(0), "b")
				started := time.Now()
				got := poll(t, c)
				if took := time.Since(started); took > 10*time.Second || !strings.HasSuffix(got[len(got)-1], "=b") {
					t.Errorf("after %v: %v", took, got)
				}
			})
		})
	}
}

// A leader that takes long over a fetch, but answers on other connections, gets more
// time with each.
func TestSlowLeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 1, Config{})
		k.set(func() {
			k.answer = func(_ int32, req protocol.Request) protocol.Response {
				if _, ok := req.(*protocol.FetchRequest); ok {
					pass(15 * time.Second)
				}
				return nil
			}
		})
		k.produce(tp(0), "b")
		expect(t, "records", poll(t, c), []string{"0:1=b"})
		pass(5 * time.Minute)
		k.set(func() {
			if n := len(k.conns[0]); n > 10 {
				t.Errorf("%d connections were made", n)
			}
		})
	})
}
