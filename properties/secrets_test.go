package properties

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// However properties are printed, nothing secret is.
func TestSecretsAreNotShown(t *testing.T) {
	p := Properties{"client.id": "billing", "ssl.key.passwrod": "hunter1"}
	for _, k := range Keys() {
		if strings.Contains(k.Name, "password") || k.secret {
			p[k.Name] = "hunter2"
			if !k.secret {
				t.Errorf("%s is not secret", k.Name)
			}
		}
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("text", "properties", p)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "properties", p)
	shown := log.String()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		shown += fmt.Sprintf(verb+verb, p, struct{ P Properties }{p})
	}
	for _, secret := range []string{"hunter", fmt.Sprintf("%x", "hunter")} {
		if strings.Contains(shown, secret) {
			t.Errorf("%q is shown: %s", secret, shown)
		}
	}
	if got := p.String(); !strings.HasPrefix(got, "properties[client.id:billing ") || !strings.Contains(got, "ssl.keystore.password:(hidden)") {
		t.Error(got)
	}
}
