package kafkabroker

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"strconv"
	"strings"
)

const zooKeeperHeap = "96m"

// zooKeeperProperties is the settings file of a cluster's only ZooKeeper.
func zooKeeperProperties(dataDir string, port int) string {
	return renderProperties(map[string]string{
		"dataDir":            dataDir,
		"clientPort":         strconv.Itoa(port),
		"clientPortAddress":  "127.0.0.1",
		"maxClientCnxns":     "0",
		"tickTime":           "500",
		"maxSessionTimeout":  "60000",
		"admin.enableServer": "false",
	})
}

// zooKeeperCommand starts it with the class that all its versions have.
func (j jvm) zooKeeperCommand(properties string) []string {
	return j.broker(zooKeeperHeap, "-XX:TieredStopAtLevel=1", "-Dzookeeper.admin.enableServer=false",
		"-Dzookeeper.jmx.log4j.disable=true", "org.apache.zookeeper.server.quorum.QuorumPeerMain", properties)
}

// listens is ready when something accepts connections at the node's port.
func listens(ctx context.Context, n *node) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", n.address())
	if err != nil {
		return err
	}
	return conn.Close()
}

// Operations of ZooKeeper's protocol.
const (
	zooKeeperGetData     = 4
	zooKeeperGetChildren = 8
)

// askZooKeeper reads the brokers that are registered there, without their
// addresses, and the controller.
func askZooKeeper(ctx context.Context, address string) (membership, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	m := membership{brokers: map[int32]string{}, controller: -1}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return m, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()

	connect := make([]byte, 44) // version, last zxid, timeout, session, a password of 16 zeros
	binary.BigEndian.PutUint32(connect[12:], uint32(probeTimeout.Milliseconds()))
	binary.BigEndian.PutUint32(connect[24:], 16)
	if _, err := roundTrip(conn, connect); err != nil {
		return m, fmt.Errorf("ZooKeeper session: %w", err)
	}
	ask := func(operation uint32, path string) (reader, bool, error) {
		request := binary.BigEndian.AppendUint32(nil, 1) // xid
		request = binary.BigEndian.AppendUint32(request, operation)
		request = binary.BigEndian.AppendUint32(request, uint32(len(path)))
		request = append(append(request, path...), 0) // watch
		answer, err := roundTrip(conn, request)
		r := reader{left: answer}
		r.take(12) // xid, zxid
		found := r.int32() == 0
		if err == nil {
			err = r.err
		}
		return r, found, err
	}
	if _, found, err := ask(zooKeeperGetData, "/controller"); err != nil || !found {
		return m, err
	}
	m.controller = 0 // there is one; which does not matter here
	r, found, err := ask(zooKeeperGetChildren, "/brokers/ids")
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
