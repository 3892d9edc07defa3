package floor

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/barnabas-go/kafka/integration/bench/measure"
	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// Versions that all brokers since 2.7 speak, and that name topics.
const (
	metadataVersion = 9
	produceVersion  = 9
	fetchVersion    = 12
)

// conn is one connection to the only broker.
type conn struct {
	net.Conn
	correlation int32
	frame       []byte // of the last response, reused
}

func dial(task measure.Task) (*conn, error) {
	nc, err := net.Dial("tcp", task.Brokers[0])
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: nc}
	if err := c.SetDeadline(time.Now().Add(measure.Limit)); err != nil {
		return nil, err
	}
	return c, c.checkCluster()
}

func (c *conn) checkCluster() error {
	if err := c.write(&protocol.MetadataRequest{}, metadataVersion); err != nil {
		return err
	}
	var resp protocol.MetadataResponse
	if err := c.read(&resp, metadataVersion); err != nil {
		return err
	}
	if n := len(resp.Brokers); n != 1 {
		return fmt.Errorf("the floor program needs a cluster of a single broker, this one has %d", n)
	}
	return nil
}

func (c *conn) write(req protocol.Request, version int16) error {
	c.correlation++
	coder := wire.NewEncoder(nil)
	header := protocol.RequestHeader{Version: version, CorrelationID: c.correlation, ClientID: "floor"}
	if err := protocol.EncodeRequest(coder, header, req); err != nil {
		return err
	}
	buffers := coder.Buffers(nil)
	_, err := buffers.WriteTo(c.Conn)
	return err
}

// read reads the next response, whose byte fields are valid until the next call.
func (c *conn) read(resp protocol.Response, version int16) error {
	var size [4]byte
	if _, err := io.ReadFull(c.Conn, size[:]); err != nil {
		return err
	}
	n := int(binary.BigEndian.Uint32(size[:]))
	if n < 4 || n > 256<<20 {
		return fmt.Errorf("the floor program got a frame of %d bytes", n)
	}
	if cap(c.frame) < n {
		c.frame = make([]byte, n)
	}
	c.frame = c.frame[:n]
	if _, err := io.ReadFull(c.Conn, c.frame); err != nil {
		return err
	}
	return protocol.DecodeResponse(c.frame[4:], version, resp)
}
