package properties

import (
	"strings"
	"time"
)

var oauthKeys = []Key{
	{
		Name: "sasl.oauthbearer.token.endpoint.url", Clients: AllClients, Field: "SASL",
		Doc:   "where OAUTHBEARER gets tokens (KIP-768)",
		value: nonEmpty("must be an https URL", func(s *settings) *string { return &s.sasl.oauth.endpoint }),
	},
	{
		Name: "sasl.oauthbearer.client.credentials.client.id", Aliases: []string{"sasl.oauthbearer.client.id"}, Clients: AllClients, Field: "SASL",
		Doc:   "id of the client there",
		value: nonEmpty("must be an id", func(s *settings) *string { return &s.sasl.oauth.clientID }),
	},
	{
		Name: "sasl.oauthbearer.client.credentials.client.secret", Aliases: []string{"sasl.oauthbearer.client.secret"}, Clients: AllClients, Field: "SASL", secret: true,
		Doc:   "the client's secret",
		value: nonEmpty("must not be empty", func(s *settings) *string { return &s.sasl.oauth.clientSecret }),
	},
	{
		Name: "sasl.oauthbearer.scope", Clients: AllClients, Field: "SASL",
		Doc:   "what the token shall be good for",
		value: nonEmpty("must not be empty", func(s *settings) *string { return &s.sasl.oauth.scope }),
	},
	{
		Name: "sasl.oauthbearer.extensions", Clients: AllClients, Field: "SASL",
		Doc:   "what goes to the broker with the token (KIP-342)",
		value: value{"string", "must be name=value, several between commas", func(s *settings, text string) bool { return s.sasl.oauth.setExtensions(text) }},
	},
	{
		Name: "sasl.oauthbearer.method", Clients: AllClients, Field: "SASL",
		Doc: "how OAUTHBEARER gets tokens",
		value: value{"string", "must be oidc, or default with enable.sasl.oauthbearer.unsecure.jwt=true", func(_ *settings, text string) bool {
			return strings.EqualFold(text, "oidc") || strings.EqualFold(text, "default")
		}},
	},
	{
		Name: "sasl.oauthbearer.grant.type", Clients: AllClients, Field: "SASL",
		Doc: "whether tokens are for the client's secret or for a JWT (KIP-1139)",
		value: oneOf(func(s *settings) *bool { return &s.sasl.oauth.byJWT },
			choice[bool]{false, []string{"client_credentials"}}, choice[bool]{true, []string{"urn:ietf:params:oauth:grant-type:jwt-bearer", "jwt-bearer"}}),
	},
	{
		Name: "sasl.oauthbearer.assertion.file", Clients: AllClients, Field: "SASL",
		Doc:   "file with that JWT, read each time",
		value: nonEmpty("must be a file", func(s *settings) *string { return &s.sasl.oauth.assertionFile }),
	},
	{
		Name: "sasl.oauthbearer.assertion.private.key.file", Clients: AllClients, Field: "SASL",
		Doc:   "file with the key that signs such JWTs, RSA or ECDSA of the curve P-256, not encrypted",
		value: nonEmpty("must be a file in PEM format", func(s *settings) *string { return &s.sasl.oauth.keyFile }),
	},
	{
		Name: "sasl.oauthbearer.assertion.claim.iss", Clients: AllClients, Field: "SASL",
		Doc:   "their issuer",
		value: nonEmpty("must not be empty", func(s *settings) *string { return &s.sasl.oauth.issuer }),
	},
	{
		Name: "sasl.oauthbearer.assertion.claim.sub", Clients: AllClients, Field: "SASL",
		Doc:   "their subject",
		value: nonEmpty("must not be empty", func(s *settings) *string { return &s.sasl.oauth.assertionSubject }),
	},
	{
		Name: "sasl.oauthbearer.assertion.claim.aud", Clients: AllClients, Field: "SASL",
		Doc:   "their audience",
		value: nonEmpty("must not be empty", func(s *settings) *string { return &s.sasl.oauth.audience }),
	},
	{
		Name: "sasl.oauthbearer.assertion.claim.exp.seconds", Clients: AllClients, Field: "SASL",
		Doc: "how long they live",
		value: value{"int", "must be 1 to 86400 s", func(s *settings, text string) bool {
			d, err := time.ParseDuration(text + "s")
			s.sasl.oauth.lifetime = d
			return err == nil && d >= time.Second && d <= 24*time.Hour
		}},
	},
	{
		Name: "enable.sasl.oauthbearer.unsecure.jwt", Clients: AllClients, Field: "SASL",
		Doc:   "whether tokens are not signed, for tests alone",
		value: boolean(func(s *settings) *bool { return &s.sasl.oauth.unsecured }),
	},
	{
		Name: "sasl.oauthbearer.config", Clients: AllClients, Field: "SASL",
		Doc: "whom unsecured tokens are for",
		value: value{"string", "must be principal=name", func(s *settings, text string) bool {
			name, ok := strings.CutPrefix(text, "principal=")
			s.sasl.oauth.subject = name
			return ok && name != "" && !strings.ContainsAny(name, " ,")
		}},
	},
}

// setExtensions reads what librdkafka has for extensions.
func (o *oauthSettings) setExtensions(text string) bool {
	o.extensions = make(map[string]string)
	for _, item := range split(text) {
		name, value, ok := strings.Cut(item, "=")
		if !ok || name == "" || value == "" {
			return false
		}
		o.extensions[name] = value
	}
	return len(o.extensions) > 0
}
