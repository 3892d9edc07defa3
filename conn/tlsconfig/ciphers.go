package tlsconfig

import (
	"crypto/tls"
	"fmt"
	"strings"
)

// ParseCipherSuite returns the cipher suite of a name: IANA's, which Java has, such
// as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, or openssl's, such as
// ECDHE-RSA-AES128-GCM-SHA256.
func ParseCipherSuite(name string) (uint16, error) {
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if strings.EqualFold(name, suite.Name) || strings.Contains(suite.Name, "_WITH_") && strings.EqualFold(name, opensslName(suite.Name)) {
			return suite.ID, nil
		}
	}
	return 0, fmt.Errorf("cipher suite %q is not known", name)
}

// opensslName is openssl's name of a cipher suite from before TLS 1.3.
func opensslName(iana string) string {
	name := strings.TrimPrefix(iana, "TLS_")
	name = strings.TrimPrefix(name, "RSA_WITH_")
	name = strings.NewReplacer("_WITH_", "-", "AES_128", "AES128", "AES_256", "AES256", "3DES_EDE_CBC", "DES-CBC3", "CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", "RC4_128", "RC4").Replace(name)
	return strings.NewReplacer("_CBC", "", "_", "-").Replace(name)
}

// ParseVersion returns the version of TLS of a name, such as TLSv1.3.
func ParseVersion(name string) (uint16, error) {
	for i, known := range []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"} {
		if strings.EqualFold(name, known) {
			return tls.VersionTLS10 + uint16(i), nil
		}
	}
	return 0, fmt.Errorf("version %q of TLS is not known", name)
}
