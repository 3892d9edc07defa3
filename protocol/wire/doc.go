// Package wire is the byte codec of the Kafka protocol.
//
// A message is described once, by a function that names its fields in wire
// order on a [Coder]. The same function encodes and decodes, so the two
// directions cannot disagree:
//
//	func (b *Broker) code(c *wire.Coder) {
//		c.Int32(&b.NodeID)
//		c.String(&b.Host)
//		c.Int32(&b.Port)
//		if c.Version >= 1 {
//			c.NullableString(&b.Rack)
//		}
//		c.Tags()
//	}
//
// The Coder knows the message's version and whether that version is flexible
// (KIP-482: compact lengths and tagged fields), so a description branches on
// the version only where a field comes or goes.
//
// Errors are sticky: after the first one every further call does nothing, and
// [Coder.Err] tells what went wrong at which offset. Decoding never trusts a
// length: it is held against the bytes that are left before anything is
// allocated.
//
// What a Coder decodes does not keep its input alive, except for byte fields,
// which alias it. Short strings and small arrays of integers are cut from
// allocations of a kilobyte, so whoever keeps one of them keeps some of its
// neighbours, but never a large frame.
package wire
