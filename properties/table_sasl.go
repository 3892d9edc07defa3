package properties

import (
	"slices"
	"strings"
)

var saslKeys = []Key{
	{
		Name: "sasl.mechanism", Aliases: []string{"sasl.mechanisms"}, Clients: AllClients, Field: "SASL",
		Doc: "how clients authenticate",
		value: value{"string", "must be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER; for GSSAPI import plugin/kerberos and set Config.SASL, for AWS_MSK_IAM plugin/msk",
			func(s *settings, text string) bool {
				s.sasl.mechanism = strings.ToUpper(text)
				return slices.Contains([]string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"}, s.sasl.mechanism)
			}},
	},
	{
		Name: "sasl.username", Aliases: []string{"sasl.plain.username"}, Clients: AllClients, Field: "SASL",
		Doc:   "user of PLAIN and SCRAM",
		value: nonEmpty("must be a name", func(s *settings) *string { return &s.sasl.username }),
	},
	{
		Name: "sasl.password", Aliases: []string{"sasl.plain.password"}, Clients: AllClients, Field: "SASL", secret: true,
		Doc:   "the user's password",
		value: nonEmpty("must not be empty", func(s *settings) *string { return &s.sasl.password }),
	},
	{
		Name: "sasl.jaas.config", Clients: AllClients, Field: "SASL", secret: true,
		Doc:   "the same as a login module of Java's, PlainLoginModule, ScramLoginModule or OAuthBearerLoginModule; also delegation tokens",
		value: nonEmpty(errJaas.Error(), func(s *settings) *string { return &s.sasl.jaas }),
	},
}

// nonEmpty is any text but none.
func nonEmpty(allowed string, f field[string]) value {
	return value{"string", allowed, func(s *settings, text string) bool { *f(s) = text; return text != "" }}
}
