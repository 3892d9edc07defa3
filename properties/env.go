package properties

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// envPrefix begins the names of environment variables that are properties.
const envPrefix = "KAFKA_"

// FromEnv returns the properties that environment variables set, given as
// [os.Environ] returns them: KAFKA_BOOTSTRAP_SERVERS is bootstrap.servers,
// KAFKA_SASL_PASSWORD sasl.password, and so on for every key and its other names,
// with underscores for dots.
//
// Variables that begin with KAFKA_ are also of brokers, of Kafka's scripts
// (KAFKA_HEAP_OPTS) and of Kubernetes (KAFKA_SERVICE_HOST): those that are no key
// are left out, unless they look like one that was misspelt, which is an
// [*UnknownKeyError]. Values are as [Properties.Check] wants them, and errors name
// the variable.
//
//	p, err := properties.FromEnv(os.Environ())
//	...
//	all := fromFile.With(p)
func FromEnv(environ []string) (Properties, error) {
	p, scratch := make(Properties), newSettings()
	var errs []error
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		key, ours := strings.CutPrefix(name, envPrefix)
		if !ours || key == "" {
			continue
		}
		key = normal(strings.ToLower(key))
		_, err := scratch.set(key, value)
		if unknown := (*UnknownKeyError)(nil); errors.As(err, &unknown) && unknown.Nearest == "" {
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("environment variable %s: %w", name, err))
			continue
		}
		p[key] = value
	}
	if len(errs) == 0 {
		return p, p.Check()
	}
	return p, errors.Join(errs...)
}

// With returns the properties of both; where they set the same key, by whichever
// of its names, other's is taken.
func (p Properties) With(other Properties) Properties {
	all := maps.Clone(p)
	if all == nil {
		all = make(Properties)
	}
	for key, value := range other {
		maps.DeleteFunc(all, func(k, _ string) bool { return sameKey(k, key) })
		all[key] = value
	}
	return all
}

func sameKey(a, b string) bool {
	if a == b {
		return true
	}
	k, err := lookup(a)
	other, otherErr := lookup(b)
	return err == nil && otherErr == nil && k == other
}
