package wire

// NullableStruct codes a struct that may be null, outside of tagged fields: a
// byte tells whether it is there, negative for null. Nil is null.
func NullableStruct[T any](c *Coder, v **T, body func(*T, *Coder)) {
	there := int8(1)
	if *v == nil {
		there = -1
	}
	c.Int8(&there)
	if c.decoding {
		*v = nil
		if there >= 0 && !c.failed() {
			*v = new(T)
		}
	}
	if *v != nil {
		body(*v, c)
	}
}
