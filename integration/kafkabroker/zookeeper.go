package kafkabroker

import (
	"context"
	"net"
	"strconv"
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
