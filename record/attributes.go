package record

import "github.com/barnabas-go/kafka/codec"

// Attributes are a batch's flags.
type Attributes int16

const (
	codecMask         Attributes = 0x07
	logAppendTimeFlag Attributes = 1 << 3
	transactionalFlag Attributes = 1 << 4
	controlFlag       Attributes = 1 << 5
)

// Codec returns the codec that the batch's records are compressed with.
func (a Attributes) Codec() codec.Codec { return codec.Codec(a & codecMask) }

// TimestampType tells who set the timestamps.
func (a Attributes) TimestampType() TimestampType {
	if a&logAppendTimeFlag != 0 {
		return LogAppendTime
	}
	return CreateTime
}

// Transactional tells whether the batch is part of a transaction.
func (a Attributes) Transactional() bool { return a&transactionalFlag != 0 }

// Control tells whether the batch holds markers of the broker's, which are not
// records for users: the end of a transaction.
func (a Attributes) Control() bool { return a&controlFlag != 0 }
