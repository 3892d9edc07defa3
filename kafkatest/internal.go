package kafkatest

import (
	"fmt"
	"math"
	"net"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/protocol"
)

const mechanismPlain = "PLAIN"

// ask sends a request of the cluster's own to a broker behind and returns the
// answer. The version is the given one, or less where the release that is
// emulated has less.
func (c *Cluster) ask(broker int32, req kmsg.Request, version int16) (kmsg.Response, error) {
	versions, err := c.cfg.versions()
	if err != nil {
		return nil, err
	}
	if versions != nil {
		limit, ok := versions.LookupMaxKeyVersion(req.Key())
		if !ok {
			return nil, fmt.Errorf("the brokers have no %s API, as Release or MaxVersion demand", kmsg.NameForKey(req.Key()))
		}
		version = min(version, limit)
	}
	conn, err := c.nodes[broker].behind.dial(c.nodes[broker].addr)
	if err != nil {
		return nil, errClosed
	}
	defer conn.Close()
	if err := c.authenticate(conn); err != nil {
		return nil, err
	}
	return exchange(conn, req, version)
}

// authenticate makes a connection to a broker behind one of the cluster's own
// user, if the brokers demand a user.
func (c *Cluster) authenticate(conn net.Conn) error {
	if len(c.cfg.users) == 0 {
		return nil
	}
	handshake := kmsg.NewPtrSASLHandshakeRequest()
	handshake.Mechanism = c.internal.mechanism
	resp, err := exchange(conn, handshake, 1)
	if err != nil {
		return err
	}
	if code := resp.(*kmsg.SASLHandshakeResponse).ErrorCode; code != 0 {
		return protocol.ErrorCode(code)
	}
	auth := kmsg.NewPtrSASLAuthenticateRequest()
	auth.SASLAuthBytes = []byte("\x00" + c.internal.name + "\x00" + c.internal.password)
	resp, err = exchange(conn, auth, 0)
	if err != nil {
		return err
	}
	if code := resp.(*kmsg.SASLAuthenticateResponse).ErrorCode; code != 0 {
		return protocol.ErrorCode(code)
	}
	return nil
}

// exchange sends one request and reads its response.
func exchange(conn net.Conn, req kmsg.Request, version int16) (kmsg.Response, error) {
	req.SetVersion(version)
	frame := kmsg.NewRequestFormatter(kmsg.FormatterClientID("kafkatest")).AppendRequest(nil, req, 1)
	if _, err := conn.Write(frame); err != nil {
		return nil, err
	}
	answer, err := readFrame(conn, math.MaxInt32)
	if err != nil {
		return nil, fmt.Errorf("%s request, version %d: %w", kmsg.NameForKey(req.Key()), version, err)
	}
	return parseResponse(req, answer)
}
