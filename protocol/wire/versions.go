package wire

import "fmt"

// Ignore stands where the version lacks a field that may be left out without
// harm ("ignorable" in Kafka's schemas): a decoder sets v to its default.
func Ignore[T any](c *Coder, v *T, def T) {
	if c.decoding {
		*v = def
	}
}

// Refuse stands where the version lacks a field that matters: an encoder fails
// if v is not its default, a decoder sets v to it.
func Refuse[T comparable](c *Coder, field string, v *T, def T) {
	if c.decoding {
		*v = def
	} else if *v != def {
		refuse(c, field, *v, def)
	}
}

func refuse[T any](c *Coder, field string, v, def T) {
	c.Fail(fmt.Errorf("%s %v, where the default is %v, is %w %d", field, v, def, ErrUnsupported, c.Version))
}

// RefuseSet stands where the version lacks a field that matters and whose zero
// value is its default: an encoder fails if it is set.
func (c *Coder) RefuseSet(field string, set bool) {
	if set && !c.decoding {
		c.refuseSet(field)
	}
}

func (c *Coder) refuseSet(field string) {
	c.Fail(fmt.Errorf("%s is %w %d", field, ErrUnsupported, c.Version))
}
