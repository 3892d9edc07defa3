package protocol_test

import (
	"fmt"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// A request is encoded in the version that the broker speaks.
func ExampleEncodeRequest() {
	c := wire.NewEncoder(nil)
	h := protocol.RequestHeader{Version: 4, CorrelationID: 1, ClientID: "me"}
	req := &protocol.FindCoordinatorRequest{CoordinatorKeys: []string{"orders"}}
	if err := protocol.EncodeRequest(c, h, req); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", c.Flat())
	// Output: "\x00\x00\x00\x17\x00\n\x00\x04\x00\x00\x00\x01\x00\x02me\x00\x00\x02\aorders\x00"
}

// What a version cannot carry is refused, unless it does not matter.
func ExampleEncodeRequest_unsupported() {
	req := &protocol.FindCoordinatorRequest{CoordinatorKeys: []string{"orders", "billing"}}
	fmt.Println(protocol.EncodeRequest(wire.NewEncoder(nil), protocol.RequestHeader{Version: 3}, req))
	// Output: encode FindCoordinator request v3: CoordinatorKeys with 2 elements is not supported by the message version 3, which takes exactly one
}

func ExampleErrorCode() {
	err := protocol.ErrRebalanceInProgress.Err()
	fmt.Println(err)
	fmt.Println(protocol.ErrRebalanceInProgress.Kind(), protocol.ErrRebalanceInProgress.Retriable())
	// Output:
	// REBALANCE_IN_PROGRESS: The group is rebalancing, so a rejoin is needed. (27)
	// group false
}
