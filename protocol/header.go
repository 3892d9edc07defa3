package protocol

import (
	"fmt"
	"math"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// RequestHeader precedes every request. It has version 2 where the request's
// version is flexible, version 1 elsewhere; version 0, without the client id,
// belongs to an API that only brokers call.
type RequestHeader struct {
	Key           APIKey
	Version       int16
	CorrelationID int32
	// ClientID names the client in the broker's logs and quotas. Empty is sent as
	// such and not as null, which group coordinators up to Kafka 2.8 fail on.
	ClientID string
}

func (h *RequestHeader) code(c *wire.Coder) {
	c.Int16((*int16)(&h.Key))
	c.Int16(&h.Version)
	c.Int32(&h.CorrelationID)
	h.codeClientID(c)
	c.Tags()
}

// codeClientID codes the client id, which keeps its two-byte length in flexible
// headers, so that a broker can read it before it knows the version.
func (h *RequestHeader) codeClientID(c *wire.Coder) {
	flexible := c.Flexible
	c.Flexible = false
	id := &h.ClientID
	c.NullableString(&id)
	if c.Decoding() && id != nil {
		h.ClientID = *id
	}
	c.Flexible = flexible
}

// EncodeRequest writes the frame of a request, its size included, into c, which
// must be empty. The header's key is the request's own.
func EncodeRequest(c *wire.Coder, h RequestHeader, req Request) error {
	api, err := find(req.APIKey(), h.Version)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	h.Key = api.Key
	c.Version, c.Flexible = h.Version, api.IsFlexible(h.Version)
	var size int32
	c.Int32(&size)
	h.code(c)
	req.Code(c)
	if err := c.Err(); err != nil {
		return fmt.Errorf("encode %s request v%d: %w", api.Name, h.Version, err)
	}
	if err := setFrameSize(c); err != nil {
		return fmt.Errorf("encode %s request v%d: %w", api.Name, h.Version, err)
	}
	return nil
}

// setFrameSize fills in the size that the frame starts with.
func setFrameSize(c *wire.Coder) error {
	n := c.Len() - 4
	if int64(n) > math.MaxInt32 {
		return fmt.Errorf("%d bytes, the protocol allows %d", n, math.MaxInt32)
	}
	c.SetSize(0, int32(n))
	return nil
}

// find returns the description of an API if this package speaks the version.
func find(key APIKey, version int16) (*API, error) {
	api := Lookup(key)
	if api == nil {
		return nil, fmt.Errorf("%s is unknown", key)
	}
	if version < api.Min || version > api.Max {
		return nil, fmt.Errorf("%s v%d is unknown: it has versions %d to %d", key, version, api.Min, api.Max)
	}
	return api, nil
}

// DecodeRequest reads a request's frame, without its size: what a broker does.
func DecodeRequest(frame []byte) (RequestHeader, Request, error) {
	var h RequestHeader
	peek := wire.NewDecoder(frame, 0, false)
	defer peek.Release()
	peek.Int16((*int16)(&h.Key))
	peek.Int16(&h.Version)
	if err := peek.Err(); err != nil {
		return h, nil, fmt.Errorf("decode request header: %w", err)
	}
	api, err := find(h.Key, h.Version)
	if err != nil {
		return h, nil, fmt.Errorf("decode request: %w", err)
	}
	c := wire.NewDecoder(frame, h.Version, api.IsFlexible(h.Version))
	defer c.Release()
	h.code(c)
	req := api.NewRequest()
	req.Code(c)
	c.End()
	if err := c.Err(); err != nil {
		return h, nil, fmt.Errorf("decode %s request v%d: %w", api.Name, h.Version, err)
	}
	return h, req, nil
}

// EncodeResponse writes the frame of a response, its size included, into c,
// which must be empty: what a broker does.
func EncodeResponse(c *wire.Coder, correlationID int32, version int16, resp Response) error {
	api, err := find(resp.APIKey(), version)
	if err != nil {
		return fmt.Errorf("encode response: %w", err)
	}
	c.Version, c.Flexible = version, api.IsFlexible(version)
	var size int32
	c.Int32(&size)
	c.Int32(&correlationID)
	if responseHeaderHasTags(api, version) {
		c.Tags()
	}
	resp.Code(c)
	if err := c.Err(); err != nil {
		return fmt.Errorf("encode %s response v%d: %w", api.Name, version, err)
	}
	if err := setFrameSize(c); err != nil {
		return fmt.Errorf("encode %s response v%d: %w", api.Name, version, err)
	}
	return nil
}

// DecodeResponse reads what follows the correlation id in a response's frame
// into resp, which must be empty. Its byte fields alias body.
func DecodeResponse(body []byte, version int16, resp Response) error {
	api, err := find(resp.APIKey(), version)
	if err != nil {
		return fmt.Errorf("decode response: %w", err)
	}
	c := wire.NewDecoder(body, version, api.IsFlexible(version))
	defer c.Release()
	if responseHeaderHasTags(api, version) {
		c.Tags()
	}
	resp.Code(c)
	c.End()
	if err := c.Err(); err != nil {
		return fmt.Errorf("decode %s response v%d: %w", api.Name, version, err)
	}
	return nil
}

// responseHeaderHasTags tells response headers of version 1 from those of
// version 0. A flexible response has the former, except that of ApiVersions:
// a client must be able to read it before it knows what the broker speaks
// (KIP-511).
func responseHeaderHasTags(api *API, version int16) bool {
	return api.IsFlexible(version) && api.Key != ApiVersions
}
