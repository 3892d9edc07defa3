package cluster

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/conn"
)

// ConfigError is a field of a configuration that cannot be used.
type ConfigError struct {
	// Field is the Go name of the field, or of several that contradict each other,
	// joined by " and ".
	Field string
	// Value is what it was set to, as text.
	Value string
	// Allowed says what may be set.
	Allowed string
}

// Error names the field, the value, and what is allowed.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("config: %s is %s: %s", e.Field, e.Value, e.Allowed)
}

// Validate returns what is wrong with c: nil, or one error that joins a
// [*ConfigError] for each wrong field and each pair of fields that contradict
// each other. NewClient calls it.
func (c Config) Validate() error {
	var errs []error
	refuse := func(field string, value any, allowed string) {
		errs = append(errs, &ConfigError{field, fmt.Sprint(value), allowed})
	}
	if len(c.BootstrapServers) > 0 {
		if _, err := c.bootstrapAddresses(); err != nil {
			refuse("BootstrapServers", fmt.Sprintf("%q", c.BootstrapServers), err.Error())
		}
	}
	if len(c.ClientID) > math.MaxInt16 {
		refuse("ClientID", fmt.Sprintf("%d bytes long", len(c.ClientID)), "at most 32767 bytes fit into a request")
	}
	if c.APIVersion != "" {
		if _, err := conn.ParseRelease(c.APIVersion); err != nil {
			refuse("APIVersion", strconv.Quote(c.APIVersion), err.Error())
		}
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"ConnectTimeout", c.ConnectTimeout},
		{"ConnectTimeoutMax", c.ConnectTimeoutMax},
		{"RebootstrapTrigger", c.RebootstrapTrigger},
		{"RequestTimeout", c.RequestTimeout},
		{"ReconnectBackoff", c.ReconnectBackoff},
		{"ReconnectBackoffMax", c.ReconnectBackoffMax},
		{"RetryBackoff", c.RetryBackoff},
		{"RetryBackoffMax", c.RetryBackoffMax},
		{"MetadataMaxAge", c.MetadataMaxAge},
	} {
		if d.value < 0 {
			refuse(d.field, d.value, "must be positive, or zero for the default")
		}
	}
	if c.MaxInFlight < 0 {
		refuse("MaxInFlight", c.MaxInFlight, "must be at least 1, or zero for the default")
	}
	if c.MaxResponseBytes < 0 || c.MaxResponseBytes > math.MaxInt32 {
		refuse("MaxResponseBytes", c.MaxResponseBytes, "must be 1 to 2147483647 bytes, or zero for the default")
	}
	if c.ReceiveBuffer < 0 || c.SendBuffer < 0 {
		refuse("ReceiveBuffer and SendBuffer", fmt.Sprintf("%d and %d", c.ReceiveBuffer, c.SendBuffer), "must be positive, or zero for the system's")
	}
	if _, ok := c.Dialer.(canonicalizer); c.DNSLookup == ResolveCanonicalBootstrap && c.Dialer != nil && !ok {
		refuse("DNSLookup and Dialer", fmt.Sprintf("%v and %T", c.DNSLookup, c.Dialer),
			"names are not looked up here with that Dialer: leave one of them at its default, or give the Dialer a method Canonical as conn.NetDialer has")
	}
	c = c.WithDefaults()
	refuseShorter := func(long, short string, longer, shorter time.Duration) {
		if longer >= 0 && shorter > longer {
			refuse(long+" and "+short, fmt.Sprintf("%v and %v", longer, shorter), long+" must not be less than "+short)
		}
	}
	refuseShorter("ConnectTimeoutMax", "ConnectTimeout", c.ConnectTimeoutMax, c.ConnectTimeout)
	refuseShorter("ReconnectBackoffMax", "ReconnectBackoff", c.ReconnectBackoffMax, c.ReconnectBackoff)
	refuseShorter("RetryBackoffMax", "RetryBackoff", c.RetryBackoffMax, c.RetryBackoff)
	refuseShorter("MetadataMaxAge", "RetryBackoff", c.MetadataMaxAge, c.RetryBackoff)
	return errors.Join(errs...)
}

// bootstrapAddresses reads BootstrapServers.
func (c *Config) bootstrapAddresses() ([]conn.Address, error) {
	list, err := conn.ParseBootstrap(c.BootstrapServers...)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		if err := c.checkProtocol(a); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// checkProtocol holds the security protocol of an address, if it names one, against
// TLS and SASL.
func (c *Config) checkProtocol(a conn.Address) error {
	protocol, sasl := strings.CutPrefix(a.SecurityProtocol, "SASL_")
	switch {
	case a.SecurityProtocol == "":
		return nil
	case protocol != "SSL" && protocol != "PLAINTEXT":
		return fmt.Errorf("%s is named as %s: there are PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL", a, a.SecurityProtocol)
	}
	for _, setting := range []struct {
		name         string
		named, isSet bool
	}{{"TLS", protocol == "SSL", c.TLS != nil}, {"SASL", sasl, c.SASL != nil}} {
		switch {
		case setting.named && !setting.isSet:
			return fmt.Errorf("%s is named as %s, but %s is not set", a, a.SecurityProtocol, setting.name)
		case setting.isSet && !setting.named:
			return fmt.Errorf("%s is named as %s, but %s is set", a, a.SecurityProtocol, setting.name)
		}
	}
	return nil
}
