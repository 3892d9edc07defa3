package kafkatest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kbin"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/protocol"
)

// maxFrame is the largest request taken, as a broker's
// socket.request.max.bytes has it.
const maxFrame = 100 << 20

// Request is a request that has reached a node.
type Request struct {
	Node          int32
	APIKey        protocol.APIKey
	APIVersion    int16
	CorrelationID int32
	ClientID      string
	// Body is what follows the request header. It must not be changed.
	Body []byte

	frame []byte // all of it, with the size in front
}

// readFrame reads a size and as many bytes, and returns both together.
func readFrame(r io.Reader, limit uint32) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:])
	if size > limit {
		return nil, fmt.Errorf("a frame of %d bytes, or none of Kafka's: the limit is %d", size, limit)
	}
	frame := make([]byte, 4+size)
	copy(frame, head[:])
	_, err := io.ReadFull(r, frame[4:])
	return frame, err
}

// readRequest reads a request and its header.
func readRequest(r io.Reader) (Request, error) {
	frame, err := readFrame(r, maxFrame)
	if err != nil {
		return Request{}, err
	}
	in := kbin.Reader{Src: frame[4:]}
	req := Request{
		APIKey:        protocol.APIKey(in.Int16()),
		APIVersion:    in.Int16(),
		CorrelationID: in.Int32(),
		frame:         frame,
	}
	kreq := kmsg.RequestForKey(int16(req.APIKey))
	if kreq == nil {
		return Request{}, fmt.Errorf("API key %d is none of Kafka's", int16(req.APIKey))
	}
	if id := in.NullableString(); id != nil {
		req.ClientID = *id
	}
	kreq.SetVersion(req.APIVersion)
	if kreq.IsFlexible() {
		skipTags(&in)
	}
	if !in.Ok() {
		return Request{}, errors.New("a request header that does not parse")
	}
	req.Body = in.Src
	return req, nil
}

// skipTags skips tagged fields, and stops at the first that is not there.
func skipTags(in *kbin.Reader) {
	for n := in.Uvarint(); n > 0 && in.Ok(); n-- {
		in.Uvarint()
		in.Span(int(in.Uvarint()))
	}
}

// parse returns the request as the embedded brokers' codec reads it.
func (r Request) parse() (kmsg.Request, error) {
	kreq := kmsg.RequestForKey(int16(r.APIKey))
	kreq.SetVersion(r.APIVersion)
	if err := kreq.ReadFrom(r.Body); err != nil {
		return nil, fmt.Errorf("%s request, version %d: %w", r.APIKey, r.APIVersion, err)
	}
	return kreq, nil
}

// answered tells whether brokers answer the request at all: all but a produce
// request with acks 0.
func (r Request) answered() bool {
	if r.APIKey != protocol.Produce {
		return true
	}
	in := kbin.Reader{Src: r.Body}
	switch {
	case r.APIVersion >= 9:
		in.CompactNullableString() // transactional id
	case r.APIVersion >= 3:
		in.NullableString()
	}
	return in.Int16() != 0 || !in.Ok()
}

// parseResponse reads the response to kreq from its frame.
func parseResponse(kreq kmsg.Request, frame []byte) (kmsg.Response, error) {
	resp := kreq.ResponseKind()
	in := kbin.Reader{Src: frame[4:]}
	in.Int32() // correlation id
	if hasHeaderTags(resp) {
		skipTags(&in)
	}
	if !in.Ok() {
		return nil, fmt.Errorf("%s response: its header does not parse", kmsg.NameForKey(kreq.Key()))
	}
	if err := resp.ReadFrom(in.Src); err != nil {
		return nil, fmt.Errorf("%s response, version %d: %w", kmsg.NameForKey(kreq.Key()), kreq.GetVersion(), err)
	}
	return resp, nil
}

// frameResponse is the inverse of parseResponse.
func frameResponse(resp kmsg.Response, correlationID int32) []byte {
	frame := binary.BigEndian.AppendUint32(make([]byte, 4), uint32(correlationID))
	if hasHeaderTags(resp) {
		frame = append(frame, 0)
	}
	frame = resp.AppendTo(frame)
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-4))
	return frame
}

// hasHeaderTags tells whether the response header is version 1: that of all
// flexible responses but ApiVersions (KIP-511).
func hasHeaderTags(resp kmsg.Response) bool {
	return resp.IsFlexible() && resp.Key() != kmsg.ApiVersions.Int16()
}
