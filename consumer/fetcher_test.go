package consumer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
	"github.com/barnabas-go/kafka/record"
)

// reader returns a cluster with one partition on each node, "a" in the first, and
// a consumer that has read it and waits for more.
func reader(t *testing.T, nodes int32, cfg Config) (*fakeKafka, *Consumer) {
	t.Helper()
	k := newFakeKafka(t, nodes)
	return k, k.reader(t, cfg)
}

func (k *fakeKafka) reader(t *testing.T, cfg Config) *Consumer {
	t.Helper()
	k.topic("t", int(k.nodes))
	k.produce(tp(0), "a")
	c := k.consumer(t, cfg)
	var all []TopicPartition
	for i := range k.nodes {
		all = append(all, tp(i))
	}
	must(t, c.Assign(all...))
	for _, tp := range all {
		must(t, c.Seek(tp, 0))
	}
	expect(t, "first", poll(t, c), []string{"0:0=a"})
	return c
}

// Whatever happens to a fetch, records go on without a loss, soon after.
func TestFetchRecovers(t *testing.T) {
	once := func(k *fakeKafka, answer func(r *protocol.FetchRequest) protocol.Response) {
		k.set(func() {
			k.answer = func(_ int32, req protocol.Request) protocol.Response {
				r, ok := req.(*protocol.FetchRequest)
				if !ok {
					return nil
				}
				k.set(func() { k.answer = nil })
				return answer(r)
			}
		})
	}
	partitionError := func(code protocol.ErrorCode) func(*fakeKafka) {
		return func(k *fakeKafka) {
			once(k, func(r *protocol.FetchRequest) protocol.Response {
				return &protocol.FetchResponse{Responses: []protocol.FetchResponseTopic{{Topic: "t", TopicID: k.topics["t"].id,
					Partitions: []protocol.FetchResponsePartition{{ErrorCode: code, PreferredReadReplica: -1, LogStartOffset: -1, LastStableOffset: -1}}}}}
			})
		}
	}
	wholeError := func(code protocol.ErrorCode) func(*fakeKafka) {
		return func(k *fakeKafka) {
			once(k, func(*protocol.FetchRequest) protocol.Response { return &protocol.FetchResponse{ErrorCode: code} })
		}
	}
	for name, fault := range map[string]func(*fakeKafka){
		"session not found":       wholeError(protocol.ErrFetchSessionIDNotFound),
		"session epoch":           wholeError(protocol.ErrInvalidFetchSessionEpoch),
		"session topic id":        wholeError(protocol.ErrFetchSessionTopicIDError),
		"whole: unknown error":    wholeError(protocol.ErrUnknownServerError),
		"not leader":              partitionError(protocol.ErrNotLeaderOrFollower),
		"replica not available":   partitionError(protocol.ErrReplicaNotAvailable),
		"storage error":           partitionError(protocol.ErrKafkaStorageError),
		"unknown topic":           partitionError(protocol.ErrUnknownTopicOrPartition),
		"unknown topic id":        partitionError(protocol.ErrUnknownTopicID),
		"inconsistent topic id":   partitionError(protocol.ErrInconsistentTopicID),
		"offset not available":    partitionError(protocol.ErrOffsetNotAvailable),
		"unknown server error":    partitionError(protocol.ErrUnknownServerError),
		"corrupt on the broker":   partitionError(protocol.ErrCorruptMessage),
		"fenced though not":       partitionError(protocol.ErrFencedLeaderEpoch),
		"unknown epoch":           partitionError(protocol.ErrUnknownLeaderEpoch),
		"out of range though not": partitionError(protocol.ErrOffsetOutOfRange),
		"connection lost":         func(k *fakeKafka) { k.kill(0); k.set(func() { k.down[0] = false }) },
		"leader moved":            func(k *fakeKafka) { k.set(func() { k.log(tp(0)).leader, k.log(tp(0)).epoch = 1, 2 }) },
		"leader died":             func(k *fakeKafka) { k.set(func() { k.log(tp(0)).leader, k.log(tp(0)).epoch = 1, 2 }); k.kill(0) },
		"leader hangs": func(k *fakeKafka) {
			k.set(func() { k.hangs[0] = true; k.log(tp(0)).leader, k.log(tp(0)).epoch = 1, 2 })
		},
		"leader hangs, then another leads": func(k *fakeKafka) {
			k.set(func() { k.hangs[0] = true })
			pass(time.Second)
			k.set(func() { k.log(tp(0)).leader, k.log(tp(0)).epoch = 1, 2 })
		},
		"sessions gone":             func(k *fakeKafka) { k.set(func() { clear(k.sessions) }) },
		"epoch grown":               func(k *fakeKafka) { k.set(func() { k.log(tp(0)).epoch = 2 }) },
		"other partition no leader": func(k *fakeKafka) { k.set(func() { k.log(tp(1)).leader = -1 }) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, c := reader(t, 2, Config{})
				fault(k)
				synctest.Wait()
				k.produce(tp(0), "b")
				begin := time.Now()
				expect(t, "records", poll(t, c), []string{"0:1=b"})
				if took := time.Since(begin); took > 10*time.Second {
					t.Errorf("it took %v", took)
				}
				k.produce(tp(0), "c")
				expect(t, "records", poll(t, c), []string{"0:2=c"})
			})
		})
	}
}

// A position is not given up for one answer that it is out of range.
func TestOutOfRangeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 1, Config{AutoOffsetReset: ResetNone})
		k.set(func() {
			k.answer = func(_ int32, req protocol.Request) protocol.Response {
				r, ok := req.(*protocol.FetchRequest)
				if !ok {
					return nil
				}
				k.set(func() { k.answer = nil })
				return &protocol.FetchResponse{SessionID: r.SessionID, Responses: []protocol.FetchResponseTopic{{TopicID: k.topics["t"].id,
					Partitions: []protocol.FetchResponsePartition{{ErrorCode: protocol.ErrOffsetOutOfRange, PreferredReadReplica: -1, LogStartOffset: -1, LastStableOffset: -1}}}}}
			}
		})
		synctest.Wait()
		k.produce(tp(0), "b")
		expect(t, "records", poll(t, c), []string{"0:1=b"})
	})
}

// A broker that names the leader with its error saves the refresh of metadata
// (KIP-951).
func TestLeaderHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 2, Config{})
		k.set(func() {
			k.log(tp(0)).leader, k.log(tp(0)).epoch = 1, 2
			k.answer = func(node int32, req protocol.Request) protocol.Response {
				if _, ok := req.(*protocol.MetadataRequest); ok {
					return &protocol.MetadataResponse{ErrorCode: protocol.ErrUnknownServerError, ClusterAuthorizedOperations: protocol.NoAuthorizedOperations} // no help from there
				}
				if r, ok := req.(*protocol.FetchRequest); ok && node == 0 {
					return &protocol.FetchResponse{SessionID: r.SessionID,
						NodeEndpoints: []protocol.NodeEndpoint{{NodeID: 1, Host: "node-1", Port: 9092}},
						Responses: []protocol.FetchResponseTopic{{TopicID: k.topics["t"].id, Partitions: []protocol.FetchResponsePartition{{
							ErrorCode: protocol.ErrNotLeaderOrFollower, CurrentLeader: &protocol.LeaderIDAndEpoch{LeaderID: 1, LeaderEpoch: 2},
							PreferredReadReplica: -1, LogStartOffset: -1, LastStableOffset: -1,
						}}}}}
				}
				return nil
			}
		})
		k.produce(tp(0), "b")
		expect(t, "records", poll(t, c), []string{"0:1=b"})
	})
}

func TestPreferredReadReplica(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 2, Config{ClientRack: "r1"})
		k.set(func() { k.log(tp(0)).replica = 1 })
		k.produce(tp(0), "b")
		expect(t, "records", poll(t, c), []string{"0:1=b"})
		k.mu.Lock()
		last := k.requests[slices.IndexFunc(k.requests, func(s seenRequest) bool {
			r, ok := s.req.(*protocol.FetchRequest)
			return ok && s.node == 1 && len(r.Topics) > 0 && slices.ContainsFunc(r.Topics[0].Partitions, func(p protocol.FetchRequestPartition) bool { return p.Partition == 0 })
		})]
		k.mu.Unlock()
		if rack := last.req.(*protocol.FetchRequest).RackID; rack != "r1" {
			t.Errorf("rack %q in the fetch from the replica", rack)
		}
		k.set(func() { k.log(tp(0)).replica = -1 }) // it serves no more: back to the leader
		k.produce(tp(0), "c")
		expect(t, "records", poll(t, c), []string{"0:2=c"})
	})
}

// A topic that was deleted and created anew has another id.
func TestTopicCreatedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 1, Config{})
		k.set(func() {
			k.topics["t"].id = wire.UUID{0xbb}
			l := k.log(tp(0))
			*l = fakeLog{epoch: 1, replica: -1}
		})
		k.produce(tp(0), "new")
		expect(t, "records", poll(t, c), []string{"0:0=new"}) // though the old position, 1, is in range
	})
}

func TestOutOfRange(t *testing.T) {
	for name, test := range map[string]struct {
		policy  OffsetReset
		seek    int64
		want    int64 // position; log is from 3 to 6
		from    bool  // logged as a reset
		problem bool
	}{
		"default below":  {ResetDefault, 1, 3, true, false},
		"default above":  {ResetDefault, 9, 6, true, false},
		"latest below":   {ResetLatest, 1, 6, true, false},
		"earliest above": {ResetEarliest, 9, 3, true, false},
		"none":           {ResetNone, 9, 0, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 1)
				k.set(func() { k.log(tp(0)).start, k.log(tp(0)).end = 3, 3 })
				k.produce(tp(0), "d", "e", "f")
				c := k.consumer(t, Config{AutoOffsetReset: test.policy})
				must(t, c.Assign(tp(0)))
				must(t, c.Seek(tp(0), test.seek))
				_, err := c.Poll(within(t, 5*time.Second))
				var outside *OffsetOutOfRangeError
				if got := errors.As(err, &outside); got != test.problem || got && (outside.Partition != tp(0) || outside.Offset != test.seek) {
					t.Fatalf("poll: %v", err)
				}
				if test.problem {
					must(t, c.Seek(tp(0), 4))
					expect(t, "after a seek", poll(t, c), []string{"0:4=e", "0:5=f"})
					return
				}
				line := fmt.Sprintf("WARN the position was out of range and is reset partition=t-0 from=%d to=%d", test.seek, test.want)
				if len(k.logged(line)) != 1 {
					t.Errorf("logged: %q, want one %q", k.logged("reset"), line)
				}
			})
		})
	}
}

func TestNoOffset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(0), "a")
		c := k.consumer(t, Config{AutoOffsetReset: ResetNone})
		must(t, c.Assign(tp(0), tp(1)))
		_, err := c.Poll(within(t, time.Second))
		var none *NoOffsetError
		if !errors.As(err, &none) {
			t.Fatalf("poll: %v", err)
		}
		expect(t, "partitions", none.Partitions, []TopicPartition{tp(0), tp(1)})
		if _, err := c.Position(t.Context(), tp(0)); !errors.As(err, &none) {
			t.Errorf("position: %v", err)
		}
		must(t, c.Seek(tp(0), 0))
		expect(t, "after a seek", poll(t, c), []string{"0:0=a"})
	})
}

func TestTopicAuthorization(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 1, Config{})
		k.set(func() {
			k.answer = func(_ int32, req protocol.Request) protocol.Response {
				r, ok := req.(*protocol.FetchRequest)
				if !ok {
					return nil
				}
				return &protocol.FetchResponse{SessionID: r.SessionID, Responses: []protocol.FetchResponseTopic{{TopicID: k.topics["t"].id,
					Partitions: []protocol.FetchResponsePartition{{ErrorCode: protocol.ErrTopicAuthorizationFailed, PreferredReadReplica: -1, LogStartOffset: -1, LastStableOffset: -1}}}}}
			}
		})
		if _, err := c.Poll(within(t, time.Minute)); !errors.Is(err, protocol.ErrTopicAuthorizationFailed) || !strings.Contains(err.Error(), "t-0") {
			t.Fatalf("poll: %v", err)
		}
		k.set(func() { k.answer = nil })
		k.produce(tp(0), "b")
		expect(t, "once it is allowed", poll(t, c), []string{"0:1=b"})
	})
}

// A corrupt batch is told with its offsets, again and again but without haste, and
// other partitions go on meanwhile. A seek passes over it.
func TestCorruptBatch(t *testing.T) {
	for name, damage := range map[string]func(b []byte){
		"checksum": func(b []byte) { b[len(b)-1]++ },
		"magic":    func(b []byte) { b[16] = 9 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, c := reader(t, 2, Config{})
				k.produce(tp(0), "b")
				k.set(func() {
					bad := encodeBatch(nil, "c", "d")
					damage(bad)
					k.log(tp(0)).append(bad, 2)
				})
				k.produce(tp(0), "e")
				k.produce(tp(1), "x")
				var good []string
				problems, last := 0, int64(0)
				for begin := time.Now(); time.Since(begin) < 10*time.Second; {
					records, err := c.Poll(within(t, 12*time.Second))
					good = append(good, show(records)...)
					var corrupt *CorruptBatchError
					var cause *record.CorruptError
					if errors.Is(err, context.DeadlineExceeded) {
						break
					}
					if err != nil && (!errors.As(err, &corrupt) || !errors.As(err, &cause) || corrupt.Partition != tp(0) || corrupt.FirstOffset != 2) {
						t.Fatalf("poll: %v", err)
					}
					if err != nil {
						problems++
						last = corrupt.LastOffset
						if !strings.Contains(err.Error(), fmt.Sprintf("seek to offset %d", last+1)) {
							t.Errorf("the error does not tell how to go on: %v", err)
						}
					}
				}
				slices.Sort(good)
				expect(t, "records", good, []string{"0:1=b", "1:0=x"})
				if problems < 5 || problems > 20 {
					t.Errorf("%d errors within 10 s", problems)
				}
				if got, err := c.Position(t.Context(), tp(0)); err != nil || got != 2 {
					t.Errorf("position %d, %v, want 2", got, err)
				}
				must(t, c.Seek(tp(0), 4))
				expect(t, "after a seek", poll(t, c), []string{"0:4=e"})
			})
		})
	}
}

// Batches that are passed over are logged and counted; if they are handed over,
// their bytes come once with the error. What is around them is handed out.
func TestCorruptBatchIsPassedOver(t *testing.T) {
	for name, damage := range map[string]func(b []byte){
		"checksum":          func(b []byte) { b[len(b)-1]++ },
		"magic":             func(b []byte) { b[16] = 9 },
		"last offset":       func(b []byte) { b[23]++ },
		"length of records": func(b []byte) { b[61] += 20; crc(b) },
		"short":             func(b []byte) { copy(b[8:], []byte{0, 0, 0, 49}) },
	} {
		for _, policy := range []CorruptBatchPolicy{CorruptSkip, CorruptHandOver} {
			t.Run(fmt.Sprint(name, policy), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					k, c := reader(t, 1, Config{OnCorruptBatch: policy})
					k.produce(tp(0), "b")
					bad := encodeBatch(nil, "c", "d")
					damage(bad)
					k.set(func() { k.log(tp(0)).append(bad, 2) })
					k.produce(tp(0), "e")
					expect(t, "before", poll(t, c), []string{"0:1=b"})
					records, err := c.Poll(within(t, time.Minute))
					var corrupt *CorruptBatchError
					for policy == CorruptHandOver && errors.As(err, &corrupt) {
						if corrupt.FirstOffset != 2 || !bytes.HasPrefix(corrupt.Raw, bad[:61]) {
							t.Errorf("the error is %+v with %x", corrupt, corrupt.Raw)
						}
						records, err = c.Poll(within(t, time.Minute))
					}
					must(t, err)
					expect(t, "after", show(records), []string{"0:4=e"})
					if policy == CorruptHandOver && corrupt == nil {
						t.Error("the batch was not handed over")
					}
					if n := c.CorruptBatches(); n < 1 || n > 2 || len(k.logged("are passed over")) != int(n) {
						t.Errorf("%d counted, logged %q", n, k.logged("are passed over"))
					}
				})
			})
		}
	}
}

func TestCRCCheckCanBeDisabled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 1, Config{DisableCRCCheck: true})
		k.set(func() {
			bad := encodeBatch(nil, "b")
			bad[17]++ // of the checksum itself
			k.log(tp(0)).append(bad, 1)
		})
		expect(t, "records", poll(t, c), []string{"0:1=b"})
	})
}

func TestBatchBeyondLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z, err := codec.NewCompressor(codec.Gzip, codec.DefaultLevel)
		must(t, err)
		k, c := reader(t, 1, Config{MaxBatchBytes: 1000})
		k.set(func() { k.log(tp(0)).append(encodeBatch(z, strings.Repeat("b", 2000)), 1) })
		if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, codec.ErrTooLarge) {
			t.Errorf("poll: %v", err)
		}
	})
}

// Compacted batches, and such that are empty at the end, are no obstacle.
func TestOffsetsWithGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 1, Config{})
		k.set(func() {
			l := k.log(tp(0))
			l.end = 10
			l.append(encodeBatch(nil, "k"), 5) // offset 10 is there, 14 was the last
			l.batches[1].bytes[26] = 4         // last offset delta
			crc(l.batches[1].bytes)
			empty := encodeBatch(nil, "x")[:61]
			empty[11] = 61 - 12
			empty[60] = 0
			l.append(empty, 1)
			crc(l.batches[2].bytes)
		})
		expect(t, "records", poll(t, c), []string{"0:10=k"})
		if _, err := c.Poll(within(t, time.Second)); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if got, err := c.Position(t.Context(), tp(0)); err != nil || got != 16 {
			t.Errorf("position %d, %v, want 16", got, err)
		}
		k.produce(tp(0), "z")
		expect(t, "records", poll(t, c), []string{"0:16=z"})
	})
}

// Each codec's batches are read, and in order, however they are decoded.
func TestCodecs(t *testing.T) {
	for _, id := range []codec.Codec{codec.None, codec.Gzip, codec.Snappy, codec.LZ4, codec.Zstd} {
		t.Run(id.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 3)
				z, err := codec.NewCompressor(id, codec.DefaultLevel)
				must(t, err)
				k.set(func() {
					for i := range 60 {
						values := make([]string, 100)
						for n := range values {
							values[n] = fmt.Sprint(i/3*100+n, strings.Repeat("x", 50))
						}
						k.log(tp(int32(i%3))).append(encodeBatch(z, values...), 100)
					}
				})
				c := k.consumer(t, Config{AutoOffsetReset: ResetEarliest, MaxPartitionFetchBytes: 20_000, FetchBufferBytes: 100_000})
				must(t, c.Assign(tp(0), tp(1), tp(2)))
				next := make([]int64, 3)
				for range 6000 {
					for rec, err := range c.Records(within(t, time.Minute)) {
						must(t, err)
						if want := fmt.Sprint(next[rec.Partition], strings.Repeat("x", 50)); rec.Offset != next[rec.Partition] || string(rec.Value) != want {
							t.Fatalf("partition %d: offset %d, %s, want %d", rec.Partition, rec.Offset, rec.Value, next[rec.Partition])
						}
						next[rec.Partition]++
						break
					}
				}
				expect(t, "ends", next, []int64{2000, 2000, 2000})
			})
		})
	}
}

// The next fetch is under way before the application has taken what came.
func TestPrefetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 1, Config{})
		synctest.Wait()
		before := len(fetchedOffsets(k, 0))
		k.produce(tp(0), "b")
		synctest.Wait()
		k.produce(tp(0), "c")
		synctest.Wait()
		if got := fetchedOffsets(k, 0)[before:]; !slices.Equal(got, []int64{2, 3}) {
			t.Errorf("fetched from %v, want 2 and 3", got)
		}
		expect(t, "records", poll(t, c), []string{"0:1=b", "0:2=c"})
	})
}

// A seek, a resumption and the reset of a position have records come at once,
// though the broker has a fetch under way that it may hold for long.
func TestNoWaitForTheFetchUnderWay(t *testing.T) {
	for name, seek := range map[string]func(*Consumer) error{
		"Seek":            func(c *Consumer) error { return c.Seek(tp(0), 1) },
		"SeekToBeginning": func(c *Consumer) error { return c.SeekToBeginning(tp(0)) },
		"Resume": func(c *Consumer) error {
			return errors.Join(c.Pause(tp(0)), c.Seek(tp(0), 1), c.Resume(tp(0)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newFakeKafka(t, 1)
				k.topic("t", 2)
				for i := range 100 {
					k.produce(tp(0), fmt.Sprint(i), strings.Repeat("x", 1000))
				}
				c := k.consumer(t, Config{AutoOffsetReset: ResetLatest, FetchMaxWait: 20 * time.Second, MaxPartitionFetchBytes: 3000})
				must(t, c.Assign(tp(0), tp(1)))
				_, err := c.Position(t.Context(), tp(0))
				must(t, err)
				pass(time.Second) // a fetch is under way
				must(t, seek(c))
				begin := time.Now()
				all := pollAll(t, c, 199)
				if took := time.Since(begin); took > 100*time.Millisecond {
					t.Errorf("it took %v", took)
				}
				if last := all[len(all)-1]; !strings.HasPrefix(last, "0:199=") {
					t.Errorf("the last record is %.20s", last)
				}
				k.produce(tp(1), "b")
				expect(t, "the other partition", poll(t, c), []string{"1:0=b"})
			})
		})
	}
}

// The answer to a fetch from where the position was before a seek is not taken.
func TestSeekWhileAFetchIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 1, Config{})
		synctest.Wait() // the fetch from 1 is at the broker
		must(t, c.Seek(tp(0), 0))
		k.produce(tp(0), "b")
		synctest.Wait()
		expect(t, "records", pollAll(t, c, 2), []string{"0:0=a", "0:1=b"})
	})
}

// The offset found for an earlier seek does not overrule a later one.
func TestSeekWhileASearchIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := reader(t, 1, Config{})
		hold := make(chan struct{})
		k.set(func() {
			k.answer = func(_ int32, req protocol.Request) protocol.Response {
				if r, ok := req.(*protocol.ListOffsetsRequest); ok && r.Topics[0].Partitions[0].Timestamp == protocol.EarliestTimestamp {
					<-hold
				}
				return nil
			}
		})
		must(t, c.SeekToBeginning())
		synctest.Wait()
		must(t, c.Seek(tp(0), 1))
		synctest.Wait()
		close(hold)
		synctest.Wait()
		if got, err := c.Position(t.Context(), tp(0)); err != nil || got != 1 {
			t.Errorf("position %d, %v, want 1", got, err)
		}
	})
}

// An error of a partition that is not assigned any more is not told.
func TestErrorsOfDroppedPartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		k.topic("t", 2)
		k.produce(tp(1), "x")
		c := k.consumer(t, Config{AutoOffsetReset: ResetNone})
		must(t, c.Assign(tp(0)))
		synctest.Wait()
		must(t, c.Assign(tp(1)))
		must(t, c.Seek(tp(1), 0))
		expect(t, "records", poll(t, c), []string{"1:0=x"})
	})
}

// A fetch that leaves out a partition, as enough of it is buffered, does not wait
// for others for long.
func TestPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFakeKafka(t, 1)
		c := k.consumer(t, Config{})
		f, n := c.fetcher, &node{}
		f.mu.Lock()
		defer f.mu.Unlock()
		for i := range int32(3) {
			p := newPartition(tp(i))
			p.seek(int64(10*i), -1)
			n.partitions = append(n.partitions, p)
		}
		if plan, ok := f.plan(n.partitions, nil, time.Now()); !ok || len(plan.want) != 3 || plan.wait != DefaultFetchMaxWait {
			t.Fatalf("plan: %+v, %v", plan, ok)
		}
		n.partitions[1].buffered = f.share()
		if plan, ok := f.plan(n.partitions, nil, time.Now()); !ok || len(plan.want) != 2 || plan.wait != heldBackWait {
			t.Errorf("with a full partition: %+v, %v", plan, ok)
		}
		n.partitions[0].paused = true
		n.partitions[2].retryAt = time.Now().Add(time.Second)
		if plan, ok := f.plan(n.partitions, nil, time.Now()); ok {
			t.Errorf("with nothing to fetch: %+v", plan)
		}
	})
}
