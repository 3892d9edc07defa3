package kafkabroker

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
)

// Operations of ZooKeeper's protocol, and what their answers may say.
const (
	zooKeeperCreate      = 1
	zooKeeperGetData     = 4
	zooKeeperGetChildren = 8

	zooKeeperOK         = 0
	zooKeeperNoNode     = -101
	zooKeeperNodeExists = -110
)

// A zooKeeperSession is a connection for a few requests, one after the other.
type zooKeeperSession struct{ conn net.Conn }

// inZooKeeper opens a session for the time of do.
func inZooKeeper(ctx context.Context, address string, do func(zooKeeperSession) error) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	connect := make([]byte, 44) // version, last zxid, timeout, session, a password of 16 zeros
	binary.BigEndian.PutUint32(connect[12:], uint32(probeTimeout.Milliseconds()))
	binary.BigEndian.PutUint32(connect[24:], 16)
	if _, err := roundTrip(conn, connect); err != nil {
		return fmt.Errorf("ZooKeeper session: %w", err)
	}
	return do(zooKeeperSession{conn})
}

// do sends a request about a node. The code is ZooKeeper's for the outcome; the
// reader is at what follows it.
func (s zooKeeperSession) do(operation uint32, node string, arguments []byte) (r reader, code int32, err error) {
	request := binary.BigEndian.AppendUint32(nil, 1) // xid
	request = binary.BigEndian.AppendUint32(request, operation)
	request = appendBuffer(request, []byte(node))
	answer, err := roundTrip(s.conn, append(request, arguments...))
	if err != nil {
		return r, 0, fmt.Errorf("ZooKeeper, %s: %w", node, err)
	}
	r = reader{left: answer}
	r.take(12) // xid, zxid
	code = r.int32()
	return r, code, r.err
}

// read is do for an operation that takes nothing but its path. found is whether
// there is such a node.
func (s zooKeeperSession) read(operation uint32, node string) (r reader, found bool, err error) {
	r, code, err := s.do(operation, node, []byte{0}) // watch
	if err == nil && code != zooKeeperOK && code != zooKeeperNoNode {
		err = fmt.Errorf("ZooKeeper, %s: code %d", node, code)
	}
	return r, code == zooKeeperOK, err
}

// create makes a node that stays and that anyone may change, and those above it
// that there are not: Kafka 0.8.0 has its tools do so.
func (s zooKeeperSession) create(node string, data []byte) error {
	code, err := s.createOnly(node, data)
	if err == nil && code == zooKeeperNoNode && node != "/" {
		if err := s.create(path.Dir(node), nil); err != nil {
			return err
		}
		code, err = s.createOnly(node, data)
	}
	if err == nil && code != zooKeeperOK && !(code == zooKeeperNodeExists && data == nil) {
		err = fmt.Errorf("ZooKeeper, create %s: code %d", node, code)
	}
	return err
}

func (s zooKeeperSession) createOnly(node string, data []byte) (code int32, err error) {
	arguments := appendBuffer(nil, data)
	arguments = binary.BigEndian.AppendUint32(arguments, 1)  // entry in the access list
	arguments = binary.BigEndian.AppendUint32(arguments, 31) // all permissions
	arguments = appendBuffer(arguments, []byte("world"))
	arguments = appendBuffer(arguments, []byte("anyone"))
	arguments = binary.BigEndian.AppendUint32(arguments, 0) // flags
	_, code, err = s.do(zooKeeperCreate, node, arguments)
	return code, err
}

func appendBuffer(b, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(data))), data...)
}

// membership reads the brokers that are registered, without their addresses, and
// whether there is a controller: then it has id 0, as it does not matter which.
func (s zooKeeperSession) membership() (membership, error) {
	m := membership{brokers: map[int32]string{}, controller: -1}
	if _, found, err := s.read(zooKeeperGetData, "/controller"); err != nil || !found {
		return m, err
	}
	m.controller = 0
	r, found, err := s.read(zooKeeperGetChildren, "/brokers/ids")
	if err != nil || !found {
		return m, err
	}
	for n := r.int32(); n > 0 && r.err == nil; n-- {
		name := string(r.take(int(r.int32())))
		id, err := strconv.ParseInt(strings.TrimSpace(name), 10, 32)
		if r.err == nil && err != nil {
			return m, fmt.Errorf("ZooKeeper lists broker %q: %w", name, err)
		}
		m.brokers[int32(id)] = ""
	}
	return m, r.err
}
