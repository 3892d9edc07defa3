package protocol

import "fmt"

// Kind groups error codes by what a client should do about them.
type Kind uint8

const (
	// KindNone: there is no error.
	KindNone Kind = iota
	// KindInvalid: the request cannot succeed as it is; change it or the
	// cluster's settings. Unknown codes are of this kind.
	KindInvalid
	// KindBroker: the broker failed or is in a passing state; nothing that the
	// client knows is wrong.
	KindBroker
	// KindMetadata: the client's metadata are stale; refresh them.
	KindMetadata
	// KindCoordinator: the broker is not the coordinator; find it again.
	KindCoordinator
	// KindGroup: the membership in a group is lost, or not yet gained; join
	// again.
	KindGroup
	// KindFenced: a newer producer, member or controller has taken this one's
	// place; stop.
	KindFenced
	// KindTransaction: the broker's state of an idempotent or transactional
	// producer does not allow this; wait, abort, or take a new producer id.
	KindTransaction
	// KindOffset: there is no record at the offset; reset the position.
	KindOffset
	// KindSession: the fetch session is lost; open a new one.
	KindSession
	// KindCorrupt: the bytes were damaged, or are not what the broker accepts.
	KindCorrupt
	// KindQuota: a quota is used up; wait.
	KindQuota
	// KindUnsupported: the broker is too old or has the feature switched off.
	KindUnsupported
	// KindAuthentication: the broker does not believe who the client is.
	KindAuthentication
	// KindAuthorization: the client may not do this.
	KindAuthorization
)

var kindNames = [...]string{
	KindNone:           "none",
	KindInvalid:        "invalid",
	KindBroker:         "broker",
	KindMetadata:       "metadata",
	KindCoordinator:    "coordinator",
	KindGroup:          "group",
	KindFenced:         "fenced",
	KindTransaction:    "transaction",
	KindOffset:         "offset",
	KindSession:        "session",
	KindCorrupt:        "corrupt",
	KindQuota:          "quota",
	KindUnsupported:    "unsupported",
	KindAuthentication: "authentication",
	KindAuthorization:  "authorization",
}

// String returns the kind in one lower-case word.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}
