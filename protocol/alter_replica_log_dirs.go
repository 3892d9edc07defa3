package protocol

import (
	"time"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// AlterReplicaLogDirsRequest moves replicas of a broker to other log directories
// of it (KIP-113).
type AlterReplicaLogDirsRequest struct {
	// Dirs are the log directories to move replicas to.
	Dirs []AlterReplicaLogDirsRequestDir
}

// AlterReplicaLogDirsRequestDir is a log directory to move replicas to.
type AlterReplicaLogDirsRequestDir struct {
	// Path is its absolute path.
	Path string
	// Topics whose replicas to move.
	Topics []AlterReplicaLogDirsRequestTopic
}

// AlterReplicaLogDirsRequestTopic is a topic whose replicas to move.
type AlterReplicaLogDirsRequestTopic struct {
	Name string
	// Partitions are the indexes of those to move.
	Partitions []int32
}

// APIKey returns AlterReplicaLogDirs.
func (*AlterReplicaLogDirsRequest) APIKey() APIKey { return AlterReplicaLogDirs }

// Code codes the request.
func (r *AlterReplicaLogDirsRequest) Code(c *wire.Coder) {
	wire.Array(c, &r.Dirs, (*AlterReplicaLogDirsRequestDir).code)
	c.Tags()
}

func (d *AlterReplicaLogDirsRequestDir) code(c *wire.Coder) {
	c.String(&d.Path)
	wire.Array(c, &d.Topics, (*AlterReplicaLogDirsRequestTopic).code)
	c.Tags()
}

func (t *AlterReplicaLogDirsRequestTopic) code(c *wire.Coder) {
	c.String(&t.Name)
	c.Int32s(&t.Partitions)
	c.Tags()
}

// AlterReplicaLogDirsResponse tells which moves began.
type AlterReplicaLogDirsResponse struct {
	// ThrottleTimeMs is for how long the client shall pause.
	ThrottleTimeMs int32
	// Results has one entry per topic of the request.
	Results []AlterReplicaLogDirsResponseTopic
}

// AlterReplicaLogDirsResponseTopic is a topic of the request.
type AlterReplicaLogDirsResponseTopic struct {
	TopicName  string
	Partitions []AlterReplicaLogDirsResponsePartition
}

// AlterReplicaLogDirsResponsePartition tells whether the move of a replica began.
type AlterReplicaLogDirsResponsePartition struct {
	PartitionIndex int32
	ErrorCode      ErrorCode
}

// APIKey returns AlterReplicaLogDirs.
func (*AlterReplicaLogDirsResponse) APIKey() APIKey { return AlterReplicaLogDirs }

// Throttle returns for how long the client shall pause.
func (r *AlterReplicaLogDirsResponse) Throttle() time.Duration { return throttle(r.ThrottleTimeMs) }

// Code codes the response.
func (r *AlterReplicaLogDirsResponse) Code(c *wire.Coder) {
	c.Int32(&r.ThrottleTimeMs)
	wire.Array(c, &r.Results, (*AlterReplicaLogDirsResponseTopic).code)
	c.Tags()
}

func (t *AlterReplicaLogDirsResponseTopic) code(c *wire.Coder) {
	c.String(&t.TopicName)
	wire.Array(c, &t.Partitions, (*AlterReplicaLogDirsResponsePartition).code)
	c.Tags()
}

func (p *AlterReplicaLogDirsResponsePartition) code(c *wire.Coder) {
	c.Int32(&p.PartitionIndex)
	c.Int16((*int16)(&p.ErrorCode))
	c.Tags()
}
