package consumer

import (
	"sync/atomic"
	"time"

	"github.com/barnabas-go/kafka/metrics"
)

// groupMeasures are those of what the membership asks of the coordinator.
type groupMeasures struct {
	heartbeats, joins, syncs *metrics.Sensor
	lastHeartbeat            atomic.Int64 // in ns since 1970, 0 for never
}

func (m *measures) newGroupMeasures() *groupMeasures {
	timed := func(name, description, what string) *metrics.Sensor {
		return m.sensor(groupCoordinator, nil, nil, append(metrics.AvgAndMax(name+"-time", description), counted(name, what)...)...)
	}
	g := &groupMeasures{
		heartbeats: m.sensor(groupCoordinator, nil, nil, append(counted("heartbeat", "heartbeats that were answered"),
			metrics.Measure{Name: "heartbeat-response-time-max", New: metrics.Max, Description: "largest ms from a heartbeat to its answer"})...),
		joins: timed("join", "ms that it took to join the group", "times that the group was joined"),
		syncs: timed("sync", "ms from having joined to the assignment", "assignments"),
	}
	m.gauge(groupCoordinator, "last-heartbeat-seconds-ago", "s since the last heartbeat was sent; -1: never", func() float64 { return ago(&g.lastHeartbeat) })
	return g
}

// HeartbeatSent makes it a [coordinator.Meter].
func (g *groupMeasures) HeartbeatSent() { g.lastHeartbeat.Store(time.Now().UnixNano()) }

// HeartbeatAnswered takes the time of an answer.
func (g *groupMeasures) HeartbeatAnswered(took time.Duration) {
	g.heartbeats.Record(milliseconds(took))
}

// Joined takes the time of a JoinGroup.
func (g *groupMeasures) Joined(took time.Duration) { g.joins.Record(milliseconds(took)) }

// Synced takes the time of a SyncGroup.
func (g *groupMeasures) Synced(took time.Duration) { g.syncs.Record(milliseconds(took)) }
