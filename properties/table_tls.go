package properties

import "strings"

var tlsKeys = []Key{
	{
		Name: "security.protocol", Clients: AllClients, Field: "TLS",
		Doc: "whether connections are encrypted, and clients authenticate by SASL",
		value: value{"string", "must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", func(s *settings, text string) bool {
			s.tls.protocol, s.sasl.wanted = strings.CutPrefix(strings.ToUpper(text), "SASL_")
			return s.tls.protocol == "PLAINTEXT" || s.tls.protocol == "SSL"
		}},
	},
	{
		Name: "ssl.truststore.location", Aliases: []string{"ssl.ca.location", "ssl.cafile"}, Clients: AllClients, Field: "TLS",
		Doc:   "file with the authorities that sign brokers' certificates; unset, the system's",
		value: pemFile(func(s *settings) *string { return &s.tls.rootsFile }),
	},
	{
		Name: "ssl.truststore.certificates", Aliases: []string{"ssl.ca.pem"}, Clients: AllClients, Field: "TLS",
		Doc:   "the same as text",
		value: pemText(func(s *settings) *string { return &s.tls.roots }),
	},
	{
		Name: "ssl.truststore.type", Clients: AllClients, Field: "TLS",
		Doc: "format of ssl.truststore.location", value: onlyPEM,
	},
	{
		Name: "ssl.keystore.location", Clients: AllClients, Field: "TLS",
		Doc:   "file with the client's certificate chain and its private key",
		value: pemFile(func(s *settings) *string { return &s.tls.keystoreFile }),
	},
	{
		Name: "ssl.certificate.location", Aliases: []string{"ssl.certfile"}, Clients: AllClients, Field: "TLS",
		Doc:   "file with the client's certificate chain",
		value: pemFile(func(s *settings) *string { return &s.tls.chainFile }),
	},
	{
		Name: "ssl.key.location", Aliases: []string{"ssl.keyfile"}, Clients: AllClients, Field: "TLS",
		Doc:   "file with the client's private key, not encrypted",
		value: pemFile(func(s *settings) *string { return &s.tls.keyFile }),
	},
	{
		Name: "ssl.keystore.certificate.chain", Aliases: []string{"ssl.certificate.pem"}, Clients: AllClients, Field: "TLS",
		Doc:   "the client's certificate chain as text",
		value: pemText(func(s *settings) *string { return &s.tls.chain }),
	},
	{
		Name: "ssl.keystore.key", Aliases: []string{"ssl.key.pem"}, Clients: AllClients, Field: "TLS", secret: true,
		Doc:   "the client's private key as text, not encrypted",
		value: pemText(func(s *settings) *string { return &s.tls.key }),
	},
	{
		Name: "ssl.keystore.type", Clients: AllClients, Field: "TLS",
		Doc: "format of ssl.keystore.location", value: onlyPEM,
	},
	{
		Name: "ssl.endpoint.identification.algorithm", Clients: AllClients, Field: "TLS",
		Doc: "how the broker's name is held against its certificate",
		value: value{"string", "must be https; connections without a check of the name are not supported yet", func(_ *settings, text string) bool {
			return text == "https"
		}},
	},
}

func pemFile(f field[string]) value {
	return value{"string", "must be a file in PEM format", func(s *settings, text string) bool { *f(s) = text; return text != "" }}
}

func pemText(f field[string]) value {
	return value{"string", `must be in PEM format, lines ending in \n`, func(s *settings, text string) bool { *f(s) = text; return text != "" }}
}

var onlyPEM = value{"string", "must be PEM; JKS and PKCS12 are not supported yet: convert the store to PEM", func(_ *settings, text string) bool {
	return text == "PEM"
}}
