package protocol

import (
	"fmt"

	"github.com/barnabas-go/kafka/protocol/wire"
)

// single returns the only element of list, for a version that has fields for one
// where later ones have an array: a decoder makes the element, an encoder fails
// unless there is exactly one.
func single[T any](c *wire.Coder, field string, list *[]T) *T {
	if !c.Decoding() && len(*list) == 1 {
		return &(*list)[0]
	}
	if !c.Decoding() {
		c.Fail(fmt.Errorf("%s with %d elements is %w %d, which takes exactly one", field, len(*list), wire.ErrUnsupported, c.Version))
		return new(T)
	}
	*list = make([]T, 1)
	return &(*list)[0]
}
