package main

// job is one message to be decoded or encoded, by all codecs that know it.
type job struct {
	name string // decode/MetadataResponse, 10,000 partitions v4
	*message
	// run returns what is measured of a codec.
	run func(codec) (func() error, error)
	// lacks names a codec for which there is nothing that compares.
	lacks string
}

// codecs returns those that have the message.
func (j *job) codecs() []codec {
	var list []codec
	for _, c := range codecs {
		if c.knows(j.message) && c.name != j.lacks {
			list = append(list, c)
		}
	}
	return list
}

// jobs returns all that is measured. Requests are only encoded, as that is what
// clients do. Sarama decodes records together with the response, so beside it
// stands decoding with a walk over all records.
func jobs() []job {
	var decoding, encoding []job
	for _, m := range messages() {
		switch {
		case m.request:
		case m.records:
			decoding = append(decoding, job{"decode/" + m.String(), m, m.decode, saramaCodec.name})
			decoding = append(decoding, job{"decode/" + m.String() + " with records", m, m.decodeAndWalk, ""})
		default:
			decoding = append(decoding, job{"decode/" + m.String(), m, m.decode, ""})
		}
		encoding = append(encoding, job{"encode/" + m.String(), m, m.encode, ""})
	}
	return append(decoding, encoding...)
}

func (m *message) decode(c codec) (func() error, error) {
	decode := c.decoder(m)
	run := func() error {
		_, err := decode()
		return err
	}
	return run, run()
}

func (m *message) decodeAndWalk(c codec) (func() error, error) {
	decode := c.decoder(m)
	run := func() error {
		msg, err := decode()
		if err != nil {
			return err
		}
		_, err = c.walk(msg)
		return err
	}
	return run, run()
}

func (m *message) encode(c codec) (func() error, error) {
	msg, err := c.decoder(m)()
	if err != nil {
		return nil, err
	}
	encode := c.encoder(m, msg)
	run := func() error {
		_, err := encode()
		return err
	}
	return run, run()
}
