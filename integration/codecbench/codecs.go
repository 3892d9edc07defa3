package main

import (
	"net"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// codec is one implementation of the protocol.
type codec struct {
	name string
	// knows tells whether it has the version of the message.
	knows func(*message) bool
	// decoder returns a function that decodes the message into a new value.
	decoder func(*message) func() (any, error)
	// encoder returns a function that encodes what the codec has decoded, and
	// returns the bytes without a header, which are valid until its next call.
	encoder func(m *message, decoded any) func() ([]byte, error)
	// walk steps over all records of a FetchResponse that the codec has decoded,
	// and returns what it saw of them.
	walk func(decoded any) (tally, error)
}

var codecs = []codec{barnabasCodec, kmsgCodec, saramaCodec}

var barnabasCodec = codec{
	name:    "barnabas",
	knows:   func(*message) bool { return true },
	decoder: barnabasDecoder,
	encoder: barnabasEncoder,
	walk:    walkBarnabas,
}

// barnabasDecoder takes the public way, DecodeResponse; only a broker has one
// for requests, so for these it is the Coder alone.
func barnabasDecoder(m *message) func() (any, error) {
	api := protocol.Lookup(m.key)
	if m.request {
		return func() (any, error) {
			req := api.NewRequest()
			c := wire.NewDecoder(m.body, m.version, m.flexible())
			req.Code(c)
			c.End()
			return req, c.Err()
		}
	}
	body := m.body
	if m.flexible() {
		body = append([]byte{0}, body...) // the header's tagged fields
	}
	return func() (any, error) {
		resp := api.NewResponse()
		err := protocol.DecodeResponse(body, m.version, resp)
		return resp, err
	}
}

// barnabasEncoder has records copied into the frame, as kmsg does, though the
// client sends them from where they lie.
func barnabasEncoder(m *message, decoded any) func() ([]byte, error) {
	c := wire.NewEncoder(nil)
	if m.request {
		req := decoded.(protocol.Request)
		var bufs net.Buffers
		var flat []byte
		return func() ([]byte, error) {
			c.Reset()
			c.Version, c.Flexible = m.version, m.flexible()
			req.Code(c)
			flat, bufs = flat[:0], c.Buffers(bufs[:0])
			for _, b := range bufs {
				flat = append(flat, b...)
			}
			return flat, c.Err()
		}
	}
	header := 8
	if m.flexible() {
		header++
	}
	resp := decoded.(protocol.Response)
	return func() ([]byte, error) {
		c.Reset()
		err := protocol.EncodeResponse(c, 1, m.version, resp)
		return c.Flat()[header:], err
	}
}

// kmsgMessage is a request or a response of kmsg.
type kmsgMessage interface {
	Key() int16
	MaxVersion() int16
	SetVersion(int16)
	AppendTo([]byte) []byte
	ReadFrom([]byte) error
}

var kmsgCodec = codec{
	name:  "kmsg",
	knows: func(m *message) bool { return m.version <= newKmsg(m).MaxVersion() },
	decoder: func(m *message) func() (any, error) {
		return func() (any, error) {
			msg := newKmsg(m)
			msg.SetVersion(m.version)
			err := msg.ReadFrom(m.body)
			return msg, err
		}
	},
	encoder: func(_ *message, decoded any) func() ([]byte, error) {
		msg := decoded.(kmsgMessage)
		var buf []byte
		return func() ([]byte, error) {
			buf = msg.AppendTo(buf[:0])
			return buf, nil
		}
	},
	walk: walkFranz,
}

func newKmsg(m *message) kmsgMessage {
	if m.request {
		return kmsg.RequestForKey(int16(m.key))
	}
	return kmsg.ResponseForKey(int16(m.key))
}
