package coordinator

import (
	"context"
	"fmt"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
)

// What becomes of a member when its membership is closed.
func TestDeparture(t *testing.T) {
	for _, tt := range []struct {
		instance string
		how      Departure
		leaves   bool  // by LeaveGroup
		epoch    int32 // of the last heartbeat of the consumer protocol, 0: none after the others
	}{
		{"", DefaultDeparture, true, protocol.LeaveMemberEpoch},
		{"", LeaveGroup, true, protocol.LeaveMemberEpoch},
		{"", RemainInGroup, false, 0},
		{"i", DefaultDeparture, false, protocol.RejoinMemberEpoch},
		{"i", LeaveGroup, true, protocol.LeaveMemberEpoch},
		{"i", RemainInGroup, false, protocol.RejoinMemberEpoch},
	} {
		t.Run(fmt.Sprintf("%q, %v", tt.instance, tt.how), func(t *testing.T) {
			bubble(t, func(t *testing.T, c *fakeCluster) {
				a := newApp(t, c, Config{InstanceID: tt.instance})
				a.depart(tt.how)
				if left := c.count(protocol.LeaveGroup) == 1; left != tt.leaves || len(c.group.memberIDs()) == 0 != tt.leaves {
					t.Errorf("classic: left %t, members %v", left, c.group.memberIDs())
				}
			})
			bubble(t, func(t *testing.T, c *fakeCluster) {
				a := newConsumerApp(t, c, ConsumerGroupConfig{InstanceID: tt.instance})
				a.depart(tt.how)
				beats := heartbeats(c, "")
				if epoch := beats[len(beats)-1].MemberEpoch; epoch != tt.epoch && !(tt.epoch == 0 && epoch > 0) {
					t.Errorf("consumer: the last heartbeat has epoch %d, want %d", epoch, tt.epoch)
				}
			})
		})
	}
}

// depart joins a group and closes the membership.
func (a *app) depart(how Departure) {
	a.t.Helper()
	a.group.Subscribe([]string{"t"})
	awaitShares(a.t, 20*second, 6, a)
	if err := a.group.Depart(context.Background(), how); err != nil {
		a.t.Error(err)
	}
	a.close()
}
