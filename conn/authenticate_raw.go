package conn

import (
	"bufio"
	"context"
	"fmt"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// maxToken is the largest token of a broker before Kafka 1.0 that is accepted.
const maxToken = 1 << 20

// rawToken is a token that is sent, and answered, without any header. In errors it
// goes by the name of the request that came after it.
type rawToken struct{ bytes []byte }

// APIKey returns SaslAuthenticate.
func (*rawToken) APIKey() protocol.APIKey { return protocol.SaslAuthenticate }

// Code codes the length and the token.
func (t *rawToken) Code(c *wire.Coder) { c.Bytes(&t.bytes) }

// sendRaw sends a token as it is.
func (c *Conn) sendRaw(ctx context.Context, token []byte) ([]byte, error) {
	resp, err := c.ask(ctx, &rawToken{token}, 0)
	if err != nil {
		return nil, err
	}
	return resp.(*rawToken).bytes, nil
}

// readToken reads a token of the broker's.
func (c *Conn) readToken(r *bufio.Reader, size int) *Error {
	c.mu.Lock()
	call := c.inFlight.oldest()
	c.mu.Unlock()
	if call == nil || size > maxToken {
		return c.protocolError(fmt.Errorf("%w: SASL token of %d bytes, which was not asked for or is too long", ErrProtocol, size))
	}
	token, err := readFrame(r, size)
	if err != nil {
		return c.lost("read", fmt.Errorf("within a SASL token: %w", midFrame(err, len(token), size)))
	}
	c.cfg.Meter.Received(4 + size)
	call.Response = &rawToken{token}
	c.tellRead(call, call.Response, 4+size)
	c.received(call, call.Response)
	c.complete(call, nil)
	return nil
}
