// Package fakebroker is what the fake brokers of this module's tests have in
// common. What they answer is each test's own.
package fakebroker

import (
	"encoding/binary"
	"io"
	"net"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// Serve reads requests from c and writes what respond returns for them, until
// either side ends, or respond returns false; then it closes c. A nil response is
// no answer. The response has the version that respond leaves in the header. A
// request or response that is none panics, for it is the test's mistake.
func Serve(c net.Conn, respond func(*protocol.RequestHeader, protocol.Request) (resp protocol.Response, ok bool)) {
	defer c.Close()
	for {
		var size [4]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		frame := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(c, frame); err != nil {
			return
		}
		header, req, err := protocol.DecodeRequest(frame)
		if err != nil {
			panic(err)
		}
		resp, ok := respond(&header, req)
		if !ok {
			return
		}
		if resp == nil {
			continue
		}
		e := wire.NewEncoder(nil)
		if err := protocol.EncodeResponse(e, header.CorrelationID, header.Version, resp); err != nil {
			panic(err)
		}
		if _, err := c.Write(e.Flat()); err != nil {
			return
		}
	}
}
