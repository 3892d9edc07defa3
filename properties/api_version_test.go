package properties

import (
	"errors"
	"strings"
	"testing"
)

func TestAPIVersion(t *testing.T) {
	for _, test := range []struct {
		p    Properties
		want string
	}{
		{Properties{"api_version": "(0, 10, 1)"}, "0.10.1"},
		{Properties{"api_version": "0.9"}, "0.9"},
		{Properties{"api.version": "2.8.2"}, "2.8"},
		{Properties{"api_version": "auto"}, ""},
		{Properties{"broker.version.fallback": "0.9.0.1"}, ""},
		{Properties{"broker.version.fallback": "0.9.0.1", "api.version.request": "true"}, ""},
		{Properties{"broker.version.fallback": "0.9.0.1", "api.version.request": "false"}, "0.9"},
		{Properties{"api.version.request": "false"}, "0.10.0"},
		{Properties{"api.version": "2.8", "broker.version.fallback": "0.9", "api.version.request": "false"}, "2.8"},
	} {
		if c, err := test.p.Client(); err != nil || c.APIVersion != test.want {
			t.Errorf("%v: release %q, %v; want %q", test.p, c.APIVersion, err, test.want)
		}
	}
	var wrong *ValueError
	for _, p := range []Properties{{"api.version": "newest"}, {"api.version": "0.7"}, {"broker.version.fallback": "auto"}} {
		if _, err := p.Client(); !errors.As(err, &wrong) || !strings.Contains(err.Error(), "must be a release of Kafka") {
			t.Errorf("%v: %v", p, err)
		}
	}
}
