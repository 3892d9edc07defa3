package properties

import (
	"errors"
	"maps"
	"slices"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/producer"
)

// Properties are keys and values as they were written. A map can be used as it
// is: Properties{"bootstrap.servers": "localhost:9092"}.
type Properties map[string]string

// Check returns what is wrong with the properties, all of it joined into one
// error: unknown and unsupported keys, bad values, keys that contradict each
// other, and files that cannot be read. Client, Producer and Consumer do so, too.
func (p Properties) Check() error {
	_, err := p.settings()
	return err
}

// Client returns the configuration that all clients share.
func (p Properties) Client() (cluster.Config, error) {
	s, err := p.settings()
	if err != nil {
		return cluster.Config{}, err
	}
	return s.client, nil
}

// Producer returns the configuration of a producer.
func (p Properties) Producer() (producer.Config, error) {
	s, err := p.settings()
	if err != nil {
		return producer.Config{}, err
	}
	s.producer.Config = s.client
	return s.producer, nil
}

// Consumer returns the configuration of a consumer.
func (p Properties) Consumer() (consumer.Config, error) {
	s, err := p.settings()
	if err != nil {
		return consumer.Config{}, err
	}
	s.consumer.Config = s.client
	return s.consumer, nil
}

// settings are what the keys set.
type settings struct {
	client   cluster.Config
	producer producer.Config
	consumer consumer.Config

	tls    tlsSettings
	sasl   saslSettings
	levels map[codec.Codec]int // compression levels, by codec
	level  int                 // that of whatever codec is used

	placement placement
	options   partitioner.StickyOptions // of keys of their own

	fallback string // the brokers' release, if they are
	unasked  bool
}

// newSettings has librdkafka's default of broker.version.fallback.
func newSettings() *settings {
	return &settings{levels: make(map[codec.Codec]int), fallback: "0.10.0"}
}

// settings applies all keys, by ascending name.
func (p Properties) settings() (*settings, error) {
	s := newSettings()
	writtenAs := make(map[string]string)
	var errs []error
	for _, written := range slices.Sorted(maps.Keys(p)) {
		k, err := s.set(written, p[written])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		what := k.what()
		if other, twice := writtenAs[what]; twice {
			errs = append(errs, &ConflictError{[]string{other, written}, "they mean the same: keep one of them"})
		}
		writtenAs[what] = written
	}
	return s, errors.Join(append(errs, s.finish(writtenAs))...)
}

// set applies one key.
func (s *settings) set(written, value string) (*Key, error) {
	k, err := lookup(written)
	if err != nil {
		return nil, err
	}
	if !k.value.set(s, value) {
		return nil, &ValueError{Key: written, Value: k.shown(value), Allowed: k.Allowed}
	}
	return k, nil
}

// finish sets what depends on several keys.
func (s *settings) finish(writtenAs map[string]string) error {
	s.producer.CompressionLevel = s.level
	if level, ok := s.levels[s.producer.Compression]; ok {
		s.producer.CompressionLevel = level
	}
	if s.unasked && s.client.APIVersion == "" {
		s.client.APIVersion = s.fallback
	}
	s.idempotence(writtenAs)
	var tlsErr, saslErr error
	s.client.TLS, tlsErr = s.tls.config(writtenAs)
	s.client.SASL, saslErr = s.sasl.config(writtenAs)
	return errors.Join(s.place(writtenAs), tlsErr, saslErr)
}

// unused refuses a key that has no effect as security.protocol is, so that who
// believes to be safe learns otherwise.
func unused(writtenAs map[string]string, concerned func(name string) bool, unless string) error {
	for _, name := range slices.Sorted(maps.Keys(writtenAs)) {
		if concerned(name) {
			return &ConflictError{[]string{writtenAs[name], "security.protocol"}, unless + ": set it, or leave the other away"}
		}
	}
	return nil
}
