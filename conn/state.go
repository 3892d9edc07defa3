package conn

import "fmt"

// State is where a [Broker] stands.
type State int32

// States of a Broker. Every failure leads to StateDisconnected.
const (
	StateDisconnected   State = iota
	StateConnecting           // dials, or asks for API versions
	StateHandshake            // TLS
	StateAuthenticating       // SASL
	StateConnected
	StateClosed // for good
)

var stateNames = [...]string{"disconnected", "connecting", "handshake", "authenticating", "connected", "closed"}

// String returns the state in lower case.
func (s State) String() string {
	if s < 0 || int(s) >= len(stateNames) {
		return fmt.Sprintf("state %d", int32(s))
	}
	return stateNames[s]
}

// StateChange is one change of a Broker's state.
type StateChange struct {
	// NodeID and Addr are the broker's.
	NodeID int32
	Addr   string
	// From and To are the states before and after.
	From, To State
	// Err is why the connection failed or ended, if To is StateDisconnected.
	Err error
}
