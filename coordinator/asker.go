package coordinator

import (
	"errors"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/internal/coordination"
	"github.com/barnabas-go/kafka/protocol"
)

// askerOf asks the coordinator of a group.
func askerOf(client *cluster.Client, group string) coordination.Asker {
	return coordination.Asker{Client: client, Kind: cluster.GroupCoordinator, Key: group}
}

// lacks tells whether a broker does not have one of some APIs.
func lacks(err error, apis ...protocol.APIKey) bool {
	var u *conn.UnsupportedError
	return errors.As(err, &u) && u.BrokerMax < 0 && slices.Contains(apis, u.API)
}

// optional returns nil for an empty string.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
