package coordinator

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

type offsetMap = map[cluster.TopicPartition]OffsetAndMetadata

func tp(topic string, partition int32) cluster.TopicPartition {
	return cluster.TopicPartition{Topic: topic, Partition: partition}
}

// newOffsets returns the offsets of a consumer that chose its partitions itself.
func newOffsets(t *testing.T, c *fakeCluster, generation func() Generation) *Offsets {
	t.Helper()
	client, err := cluster.NewClient(cluster.Config{BootstrapServers: c.bootstrap(), Dialer: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(context.Background()) })
	return NewOffsets(client, "g", generation)
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// What is committed is fetched, whatever versions the broker speaks; what never
// was is left out.
func TestCommitAndFetch(t *testing.T) {
	for fetchVersion := int16(1); fetchVersion <= 10; fetchVersion++ {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			commitVersion := fetchVersion
			c.set(func() {
				c.maxVersions[protocol.OffsetFetch], c.maxVersions[protocol.OffsetCommit] = fetchVersion, commitVersion
			})
			o := newOffsets(t, c, nil)
			want := offsetMap{
				tp("t", 0): {Offset: 5, LeaderEpoch: 3, Metadata: "m"},
				tp("t", 4): {Offset: 0, LeaderEpoch: -1},
				tp("u", 1): {Offset: 1 << 40, LeaderEpoch: 9},
			}
			if err := o.Commit(context.Background(), want); err != nil {
				t.Fatalf("v%d: %v", commitVersion, err)
			}
			got, err := o.Fetch(context.Background(), []cluster.TopicPartition{tp("u", 1), tp("t", 4), tp("t", 0), tp("t", 1), tp("t", 0)})
			if err != nil {
				t.Fatalf("v%d: %v", fetchVersion, err)
			}
			for at, offset := range want {
				if fetchVersion < 6 { // OffsetCommit knows epochs since 6, OffsetFetch since 5
					offset.LeaderEpoch = -1
				}
				want[at] = offset
			}
			if !maps.Equal(got, want) {
				t.Errorf("v%d: got %v, want %v", fetchVersion, got, want)
			}
			req := all[*protocol.OffsetFetchRequest](c)[0]
			if req.RequireStable != (fetchVersion >= 7) {
				t.Errorf("v%d: RequireStable is %v", fetchVersion, req.RequireStable)
			}
			commit := all[*protocol.OffsetCommitRequest](c)[0]
			if commit.GenerationIDOrMemberEpoch != -1 || commit.MemberID != "" || commit.RetentionTimeMs > 0 {
				t.Errorf("v%d: commits as %d %q", commitVersion, commit.GenerationIDOrMemberEpoch, commit.MemberID)
			}
		})
	}
}

// Before Kafka 0.8.2 there are no coordinators; every broker stores offsets, in
// ZooKeeper. Kafka 0.8.0 does not.
func TestOffsetsWithoutCoordinator(t *testing.T) {
	for _, stores := range []bool{true, false} {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			c.set(func() {
				c.nodes, c.coordinator = 1, 0 // others would say that they are not the coordinator
				c.maxVersions[protocol.FindCoordinator], c.maxVersions[protocol.OffsetCommit], c.maxVersions[protocol.OffsetFetch] = -1, 0, 0
				if !stores {
					c.maxVersions[protocol.OffsetCommit], c.maxVersions[protocol.OffsetFetch] = -1, -1
				}
			})
			o := newOffsets(t, c, nil)
			err := o.Commit(context.Background(), offsetMap{tp("t", 0): {Offset: 5, LeaderEpoch: -1, Metadata: "m"}})
			got, fetchErr := o.Fetch(context.Background(), []cluster.TopicPartition{tp("t", 0), tp("t", 1)})
			if stores {
				if want := (OffsetAndMetadata{Offset: 5, LeaderEpoch: -1, Metadata: "m"}); err != nil || fetchErr != nil || len(got) != 1 || got[tp("t", 0)] != want {
					t.Errorf("%v, %v, %v", err, got, fetchErr)
				}
				return
			}
			for _, err := range []error{err, fetchErr} {
				var lack *conn.FeatureError
				if !errors.As(err, &lack) || lack.Since != "0.8.1" {
					t.Errorf("error %v", err)
				}
			}
		})
	}
}

// Nothing to do makes no request.
func TestNoOffsets(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		o := newOffsets(t, c, nil)
		if err := o.Commit(context.Background(), nil); err != nil {
			t.Error(err)
		}
		if got, err := o.Fetch(context.Background(), nil); err != nil || len(got) != 0 {
			t.Error(got, err)
		}
		if n := c.count(protocol.ApiVersions); n != 0 {
			t.Errorf("%d connections", n)
		}
	})
}

// Errors of a commit: what passes is tried again, the rest is told with
// partition, broker and advice.
func TestCommitErrors(t *testing.T) {
	tests := []struct {
		code protocol.ErrorCode
		want string // in the error's text; empty: succeeds in the end
	}{
		{protocol.ErrCoordinatorLoadInProgress, ""},
		{protocol.ErrCoordinatorNotAvailable, ""},
		{protocol.ErrNotCoordinator, ""},
		{protocol.ErrRequestTimedOut, ""},
		{protocol.ErrUnknownTopicOrPartition, ""},
		{protocol.ErrOffsetMetadataTooLarge, "t-0 at node0:9092"},
		{protocol.ErrInvalidCommitOffsetSize, "t-0"},
		{protocol.ErrGroupAuthorizationFailed, "node0:9092"},
		{protocol.ErrTopicAuthorizationFailed, "t-1 at node0:9092"},
		{protocol.ErrInvalidTopicException, "t-1"},
		{protocol.ErrIllegalGeneration, "max.poll.interval.ms"},
		{protocol.ErrUnknownMemberID, "generation 4 of member m"},
		{protocol.ErrRebalanceInProgress, "poll, to take part"},
		{protocol.ErrFencedInstanceID, "group.instance.id"},
		{protocol.ErrStaleMemberEpoch, "STALE_MEMBER_EPOCH"},
	}
	for _, tt := range tests {
		bubble(t, func(t *testing.T, c *fakeCluster) {
			c.script = refuse(protocol.OffsetCommit, 3, tt.code)
			generation := Generation{ID: -1}
			if tt.want != "" {
				generation = Generation{ID: 4, MemberID: "m"}
			}
			o := newOffsets(t, c, func() Generation { return generation })
			err := o.Commit(within(t, 30*second), offsetMap{tp("t", 0): {Offset: 1}, tp("t", 1): {Offset: 1}})
			var failed *CommitFailedError
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("%s: %v", tt.code.Name(), err)
			case tt.want == "" && c.count(protocol.OffsetCommit) != 4:
				t.Errorf("%s: %d tries", tt.code.Name(), c.count(protocol.OffsetCommit))
			case tt.want != "" && (!errors.Is(err, tt.code) || !strings.Contains(err.Error(), tt.want) || coordination.Retriable(err)):
				t.Errorf("%s: error %q, want one that names %q", tt.code.Name(), err, tt.want)
			case tt.want != "" && c.count(protocol.OffsetCommit) != 1:
				t.Errorf("%s: %d tries", tt.code.Name(), c.count(protocol.OffsetCommit))
			case errors.As(err, &failed) != NotEntitled(tt.code):
				t.Errorf("%s: error is a %T", tt.code.Name(), err)
			}
		})
	}
}

// A retry sends only what has failed.
func TestCommitRetriesWhatFailed(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		first := true
		c.script = func(req protocol.Request) protocol.Response {
			commit, ok := req.(*protocol.OffsetCommitRequest)
			if !ok || !first {
				return nil
			}
			first = false
			return commitResponse(commit, func(_ string, p int32) protocol.ErrorCode {
				if p == 1 {
					return protocol.ErrUnknownTopicOrPartition
				}
				return protocol.ErrNone
			})
		}
		o := newOffsets(t, c, nil)
		if err := o.Commit(within(t, 10*second), offsetMap{tp("t", 0): {Offset: 1}, tp("t", 1): {Offset: 2}}); err != nil {
			t.Fatal(err)
		}
		commits := all[*protocol.OffsetCommitRequest](c)
		if len(commits) != 2 || len(commits[1].Topics[0].Partitions) != 1 || commits[1].Topics[0].Partitions[0].PartitionIndex != 1 {
			t.Errorf("%d commits, the last one of %v", len(commits), commits[len(commits)-1].Topics)
		}
	})
}

// A member that is in no generation does not ask the broker, which might take
// its commit for that of a consumer without membership.
func TestCommitOfNoMember(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		o := NewOffsets(a.client, "g", a.group.Generation)
		err := o.Commit(context.Background(), offsetMap{tp("t", 0): {Offset: 1}})
		var failed *CommitFailedError
		if !errors.As(err, &failed) || c.count(protocol.OffsetCommit) != 0 {
			t.Errorf("error %v", err)
		}
		if err := o.Commit(context.Background(), offsetMap{tp("t", 0): {Offset: -1}}); err == nil {
			t.Error("a negative offset is committed")
		}
		a.close()
	})
}

// A consumer without membership cannot commit to a group that has members.
func TestCommitBesideMembers(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		a.group.Subscribe([]string{"t"})
		awaitShares(t, 10*second, 6, a)
		err := NewOffsets(a.client, "g", nil).Commit(context.Background(), offsetMap{tp("t", 0): {Offset: 1}})
		if !errors.Is(err, protocol.ErrUnknownMemberID) || !strings.Contains(err.Error(), "GroupID") {
			t.Errorf("error %v", err)
		}
		a.close()
	})
}

// Commits are sent in the order of the calls, under the generation of the call,
// though the first one has to be tried again.
func TestCommitsInOrder(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.script = refuse(protocol.OffsetCommit, 2, protocol.ErrCoordinatorLoadInProgress)
		generation := Generation{ID: -1, Protocol: "first"}
		o := newOffsets(t, c, func() Generation { return generation })
		outcomes := make(chan string, 10)
		for i := range int64(5) {
			o.CommitAsync(context.Background(), offsetMap{tp("t", 0): {Offset: i}}, func(err error) { outcomes <- fmt.Sprint(i, err) })
		}
		generation.ID = 77 // must not count for those
		if err := o.Commit(within(t, 10*second), offsetMap{}); err != nil {
			t.Error(err)
		}
		for i := range 5 {
			if got, want := <-outcomes, fmt.Sprint(i, nil); got != want {
				t.Errorf("outcome %q, want %q", got, want)
			}
		}
		var offsets []int64
		for _, req := range all[*protocol.OffsetCommitRequest](c) {
			offsets = append(offsets, req.Topics[0].Partitions[0].CommittedOffset)
			if req.GenerationIDOrMemberEpoch != -1 {
				t.Errorf("generation %d", req.GenerationIDOrMemberEpoch)
			}
		}
		if got := fmt.Sprint(offsets); got != "[0 0 0 1 2 3 4]" {
			t.Errorf("sent %s", got)
		}
	})
}

// While no coordinator is to be had, a commit and a fetch end with their
// contexts and tell why; one that waits for another does, too.
func TestOffsetsObeyContext(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.script = refuse(protocol.OffsetCommit, -1, protocol.ErrCoordinatorLoadInProgress)
		o := newOffsets(t, c, nil)
		first := make(chan error, 1)
		o.CommitAsync(within(t, time.Minute), offsetMap{tp("t", 0): {Offset: 1}}, func(err error) { first <- err })
		start := time.Now()
		err := o.Commit(within(t, second), offsetMap{tp("t", 0): {Offset: 2}})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > second+time.Second/10 {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		err = <-first
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, protocol.ErrCoordinatorLoadInProgress) || time.Since(start) > time.Minute+second {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		c.set(func() { c.coordinator = -1; c.script = nil })
		o.asker.Forget()
		start = time.Now()
		got, err := o.Fetch(within(t, 3*second), []cluster.TopicPartition{tp("t", 0)})
		if !errors.Is(err, context.DeadlineExceeded) || len(got) != 0 || time.Since(start) > 3*second+time.Second/10 {
			t.Errorf("after %v: %v, %v", time.Since(start), got, err)
		}
	})
}

// Errors of a fetch: what passes is tried again, the rest is told, and never
// passes for "no offset".
func TestFetchErrors(t *testing.T) {
	tests := []struct {
		code protocol.ErrorCode
		ok   bool
	}{
		{protocol.ErrCoordinatorLoadInProgress, true},
		{protocol.ErrCoordinatorNotAvailable, true},
		{protocol.ErrNotCoordinator, true},
		{protocol.ErrUnstableOffsetCommit, true},
		{protocol.ErrUnknownMemberID, false},
		{protocol.ErrIllegalGeneration, false},
		{protocol.ErrStaleMemberEpoch, false},
		{protocol.ErrGroupAuthorizationFailed, false},
		{protocol.ErrTopicAuthorizationFailed, false},
		{protocol.ErrUnknownTopicOrPartition, false},
		{protocol.ErrGroupIDNotFound, false},
		{protocol.ErrUnknownServerError, false},
	}
	for _, tt := range tests {
		for _, whole := range []bool{true, false} {
			if whole && (tt.code == protocol.ErrUnknownTopicOrPartition || tt.code == protocol.ErrGroupIDNotFound) {
				continue // no broker says the one of a group, and the other means that there is none
			}
			bubble(t, func(t *testing.T, c *fakeCluster) {
				o := newOffsets(t, c, nil)
				want := offsetMap{tp("t", 0): {Offset: 5, LeaderEpoch: -1}, tp("t", 1): {Offset: 6, LeaderEpoch: -1}}
				if err := o.Commit(context.Background(), want); err != nil {
					t.Fatal(err)
				}
				c.set(func() { c.script = refuseFetch(3, tt.code, whole) })
				got, err := o.Fetch(within(t, 30*second), []cluster.TopicPartition{tp("t", 0), tp("t", 1), tp("t", 2)})
				name := fmt.Sprintf("%s of group: %v", tt.code.Name(), whole)
				switch {
				case tt.ok && (err != nil || !maps.Equal(got, want)):
					t.Errorf("%s: %v, %v", name, got, err)
				case !tt.ok && !errors.Is(err, tt.code):
					t.Errorf("%s: error %v", name, err)
				case !tt.ok && c.count(protocol.OffsetFetch) != 1:
					t.Errorf("%s: %d tries", name, c.count(protocol.OffsetFetch))
				case !tt.ok && !whole && got[tp("t", 0)].Offset != 5:
					t.Errorf("%s: what is known is not returned: %v", name, got)
				}
			})
		}
	}
}

// refuseFetch is a script that answers the first n OffsetFetch with an error: of
// the group, or of all partitions but the first, which is at offset 5.
func refuseFetch(n int, code protocol.ErrorCode, whole bool) func(protocol.Request) protocol.Response {
	if whole {
		return refuse(protocol.OffsetFetch, n, code)
	}
	return func(req protocol.Request) protocol.Response {
		fetch, ok := req.(*protocol.OffsetFetchRequest)
		if !ok || n == 0 {
			return nil
		}
		n--
		group := protocol.OffsetFetchResponseGroup{GroupID: "g"}
		for _, t := range fetch.Groups[0].Topics {
			topic := protocol.OffsetFetchResponseTopic{Name: t.Name}
			for _, p := range t.PartitionIndexes {
				partition := protocol.OffsetFetchResponsePartition{PartitionIndex: p, CommittedOffset: -1, CommittedLeaderEpoch: -1, ErrorCode: code}
				if p == 0 {
					partition.CommittedOffset, partition.ErrorCode = 5, protocol.ErrNone
				}
				topic.Partitions = append(topic.Partitions, partition)
			}
			group.Topics = append(group.Topics, topic)
		}
		return &protocol.OffsetFetchResponse{Groups: []protocol.OffsetFetchResponseGroup{group}}
	}
}

// A broker that does not answer for a partition has not said that it has no
// offset.
// A group that does not exist has committed nothing.
func TestFetchOfNoGroup(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.script = refuseFetch(1, protocol.ErrGroupIDNotFound, true)
		got, err := newOffsets(t, c, nil).Fetch(within(t, second), []cluster.TopicPartition{tp("t", 0)})
		if err != nil || len(got) != 0 || c.count(protocol.OffsetFetch) != 1 {
			t.Errorf("%v, %v after %d tries", got, err, c.count(protocol.OffsetFetch))
		}
	})
}

func TestFetchLeftOut(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		c.script = func(req protocol.Request) protocol.Response {
			if req.APIKey() != protocol.OffsetFetch {
				return nil
			}
			return &protocol.OffsetFetchResponse{Groups: []protocol.OffsetFetchResponseGroup{{GroupID: "g"}}}
		}
		o := newOffsets(t, c, nil)
		if got, err := o.Fetch(within(t, second), []cluster.TopicPartition{tp("t", 0)}); err == nil || !strings.Contains(err.Error(), "left partitions out") {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// A commit of a topic that was deleted fails at once, so that nobody waits for it;
// one of a topic that the coordinator alone does not know is tried again.
func TestCommitOfDeletedTopic(t *testing.T) {
	bubble(t, func(t *testing.T, c *fakeCluster) {
		a := newApp(t, c, Config{})
		o := NewOffsets(a.client, "g", nil)
		c.set(func() { c.script = refuse(protocol.OffsetCommit, 2, protocol.ErrUnknownTopicOrPartition) })
		if err := o.Commit(t.Context(), offsetMap{tp("t", 0): {Offset: 1}}); err != nil {
			t.Errorf("a topic that is late: %v", err)
		}
		c.set(func() { c.script = refuse(protocol.OffsetCommit, -1, protocol.ErrUnknownTopicOrPartition) })
		a.client.AddTopics("gone")
		await(t, second, "metadata", func() bool { _, known := a.client.Metadata().Snapshot().Topic("gone"); return known })
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := o.Commit(ctx, offsetMap{tp("gone", 0): {Offset: 1}})
		if !errors.Is(err, protocol.ErrUnknownTopicOrPartition) || time.Since(start) > second {
			t.Errorf("a topic that is gone: %v after %v", err, time.Since(start))
		}
		a.close()
	})
}
