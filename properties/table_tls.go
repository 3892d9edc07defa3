package properties

import (
	"cmp"
	"crypto/tls"
	"slices"
	"strconv"
	"strings"

	"github.com/barnabas-go/kafka/conn/tlsconfig"
)

var tlsKeys = []Key{
	{
		Name: "security.protocol", Clients: AllClients, Field: "TLS", Default: "PLAINTEXT",
		Doc: "whether connections are encrypted, and clients authenticate by SASL",
		value: value{"string", "must be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL", func(s *settings, text string) bool {
			s.tls.protocol, s.sasl.wanted = strings.CutPrefix(strings.ToUpper(text), "SASL_")
			return s.tls.protocol == "PLAINTEXT" || s.tls.protocol == "SSL"
		}},
	},
	{
		Name: "ssl.truststore.location", Aliases: []string{"ssl.ca.location", "ssl.cafile"}, Clients: AllClients, Field: "TLS",
		Doc:   "file with the authorities that sign brokers' certificates, read again when it changes; unset, the system's",
		value: fileName(func(s *settings) *string { return &s.tls.options.Roots.File }),
	},
	{
		Name: "ssl.truststore.certificates", Aliases: []string{"ssl.ca.pem"}, Clients: AllClients, Field: "TLS",
		Doc:   "the same as text",
		value: pemText(func(s *settings) *string { return &s.tls.roots }),
	},
	{
		Name: "ssl.truststore.type", Clients: AllClients, Field: "TLS",
		Doc:   "format of ssl.truststore.location; unset, told from what is in it",
		value: storeType(func(s *settings) *tlsconfig.StoreType { return &s.tls.options.Roots.Type }),
	},
	{
		Name: "ssl.truststore.password", Clients: AllClients, Field: "TLS", secret: true,
		Doc:   "password of a trust store of type JKS or PKCS12",
		value: password(func(s *settings) *string { return &s.tls.options.Roots.Password }),
	},
	{
		Name: "ssl.crl.location", Aliases: []string{"ssl.crlfile"}, Clients: AllClients, Field: "TLS",
		Doc:   "file with revocation lists of all authorities of brokers' certificates, read again when it changes; unset, revocation is not checked",
		value: fileName(func(s *settings) *string { return &s.tls.options.CRL.File }),
	},
	{
		Name: "ssl.keystore.location", Clients: AllClients, Field: "TLS",
		Doc:   "file with the client's certificate chain and its private key, read again when it changes",
		value: fileName(func(s *settings) *string { return &s.tls.options.Certificate.File }),
	},
	{
		Name: "ssl.keystore.type", Clients: AllClients, Field: "TLS",
		Doc:   "format of ssl.keystore.location; unset, told from what is in it",
		value: storeType(func(s *settings) *tlsconfig.StoreType { return &s.tls.options.Certificate.Type }),
	},
	{
		Name: "ssl.keystore.password", Clients: AllClients, Field: "TLS", secret: true,
		Doc:   "password of a key store of type JKS or PKCS12",
		value: password(func(s *settings) *string { return &s.tls.options.Certificate.Password }),
	},
	{
		Name: "ssl.certificate.location", Aliases: []string{"ssl.certfile"}, Clients: AllClients, Field: "TLS",
		Doc:   "file with the client's certificate chain, read again when it changes",
		value: fileName(func(s *settings) *string { return &s.tls.chainFile }),
	},
	{
		Name: "ssl.key.location", Aliases: []string{"ssl.keyfile"}, Clients: AllClients, Field: "TLS",
		Doc:   "file with the client's private key, read again when it changes",
		value: fileName(func(s *settings) *string { return &s.tls.options.Key.File }),
	},
	{
		Name: "ssl.key.password", Aliases: []string{"ssl.password"}, Clients: AllClients, Field: "TLS", secret: true,
		Doc:   "password of the private key, if it is encrypted; unset, that of the key store",
		value: password(func(s *settings) *string { return &s.tls.options.KeyPassword }),
	},
	{
		Name: "ssl.keystore.certificate.chain", Aliases: []string{"ssl.certificate.pem"}, Clients: AllClients, Field: "TLS",
		Doc:   "the client's certificate chain as text",
		value: pemText(func(s *settings) *string { return &s.tls.chain }),
	},
	{
		Name: "ssl.keystore.key", Aliases: []string{"ssl.key.pem"}, Clients: AllClients, Field: "TLS", secret: true,
		Doc:   "the client's private key as text",
		value: pemText(func(s *settings) *string { return &s.tls.key }),
	},
	{
		Name: "ssl.endpoint.identification.algorithm", Clients: AllClients, Field: "TLS",
		Doc: "whether the broker's name is held against its certificate, which https stands for and is the default; that it is not is logged",
		value: value{"string", "must be https, or empty or none for no check", func(s *settings, text string) bool {
			text = strings.ToLower(text)
			s.tls.names.algorithm = cmp.Or(text, "none")
			return text == "https" || text == "none" || text == ""
		}},
	},
	{
		Name: "ssl.check.hostname", Clients: AllClients, Field: "TLS",
		Doc: "the same, as true or false",
		value: value{"boolean", "must be true or false", func(s *settings, text string) bool {
			check, err := strconv.ParseBool(strings.ToLower(text))
			s.tls.names.boolean = "none"
			if check {
				s.tls.names.boolean = "https"
			}
			return err == nil
		}},
	},
	{
		Name: "enable.ssl.certificate.verification", Clients: AllClients, Field: "TLS",
		Doc:   "whether the broker's certificate is verified at all, which is the default; that it is not is logged",
		value: inverted(func(s *settings) *bool { return &s.tls.options.SkipVerify }),
	},
	{
		Name: "ssl.enabled.protocols", Clients: AllClients, Field: "TLS",
		Doc: "versions of TLS that may be used; unset, from TLSv1.2 on",
		value: value{"list", "must be one or more of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3, without a gap, several between commas", func(s *settings, text string) bool {
			var ok bool
			s.tls.protocols, ok = parseVersions(split(text))
			return ok
		}},
	},
	{
		Name: "ssl.protocol", Clients: AllClients, Field: "TLS",
		Doc: "newest version of TLS that may be used",
		value: value{"string", "must be TLSv1.2 or TLSv1.3", func(s *settings, text string) bool {
			v, err := tlsconfig.ParseVersion(text)
			s.tls.protocols.newest = v
			return err == nil && v >= tls.VersionTLS12
		}},
	},
	{
		Name: "ssl.cipher.suites", Aliases: []string{"ssl.ciphers"}, Clients: AllClients, Field: "TLS",
		Doc: "cipher suites that may be used with TLS 1.2 and before; unset, all that are secure",
		value: value{"list", "must be names of cipher suites of crypto/tls, as Java or openssl have them, several between commas or colons", func(s *settings, text string) bool {
			s.tls.options.CipherSuites = nil
			for _, name := range split(strings.ReplaceAll(text, ":", ",")) {
				id, err := tlsconfig.ParseCipherSuite(name)
				if err != nil {
					return false
				}
				s.tls.options.CipherSuites = append(s.tls.options.CipherSuites, id)
			}
			return len(s.tls.options.CipherSuites) > 0
		}},
	},
}

func fileName(f field[string]) value { return nonEmpty("must be the name of a file", f) }

func pemText(f field[string]) value {
	return nonEmpty(`must be in PEM format, lines ending in \n`, f)
}

func password(f field[string]) value {
	v := nonEmpty("must not be empty", f)
	v.kind = "password"
	return v
}

func storeType(f field[tlsconfig.StoreType]) value {
	return oneOf(f,
		choice[tlsconfig.StoreType]{tlsconfig.PEM, []string{"PEM"}},
		choice[tlsconfig.StoreType]{tlsconfig.PKCS12, []string{"PKCS12"}},
		choice[tlsconfig.StoreType]{tlsconfig.JKS, []string{"JKS"}})
}

// parseVersions returns the first and the last of versions that follow each other.
func parseVersions(names []string) (v versions, ok bool) {
	var all []uint16
	for _, name := range names {
		version, err := tlsconfig.ParseVersion(name)
		if err != nil {
			return v, false
		}
		all = append(all, version)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	if len(all) == 0 || int(all[len(all)-1]-all[0]) != len(all)-1 {
		return v, false
	}
	return versions{all[0], all[len(all)-1]}, true
}
