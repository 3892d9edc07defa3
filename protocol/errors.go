package protocol

import "fmt"

// ErrorCode is the number by which a broker says what went wrong. It is an
// error itself, to be compared with [errors.Is]; a code that this package does
// not know keeps its number.
type ErrorCode int16

// info returns the code's row, nil if the code is unknown.
func (e ErrorCode) info() *errorInfo {
	if i := int(e) + 1; i >= 0 && i < len(errorTable) {
		return &errorTable[i]
	}
	return nil
}

// Error returns the code's name, Kafka's explanation and the number, as in
// "REBALANCE_IN_PROGRESS: The group is rebalancing, so a rejoin is needed. (27)".
func (e ErrorCode) Error() string {
	if i := e.info(); i != nil {
		return fmt.Sprintf("%s: %s (%d)", i.name, i.text, int16(e))
	}
	return fmt.Sprintf("%s: not an error code of Kafka 4.3.1 (%d)", e.Name(), int16(e))
}

// Name returns the code's name in Kafka's documentation, such as
// "NOT_LEADER_OR_FOLLOWER", or "UNKNOWN_ERROR_CODE" if it is unknown.
func (e ErrorCode) Name() string {
	if i := e.info(); i != nil {
		return i.name
	}
	return "UNKNOWN_ERROR_CODE"
}

// Retriable tells whether the same request may succeed later, as Kafka's Java
// client has it; false for a code that is unknown. What to do before the next
// attempt, Kind tells.
func (e ErrorCode) Retriable() bool {
	i := e.info()
	return i != nil && i.retriable
}

// Kind tells what a client should do about the code.
func (e ErrorCode) Kind() Kind {
	if i := e.info(); i != nil {
		return i.kind
	}
	return KindInvalid
}

// Err returns the code as an error, nil for ErrNone.
func (e ErrorCode) Err() error {
	if e == ErrNone {
		return nil
	}
	return e
}
