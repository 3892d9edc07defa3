// Package kerberos has the SASL mechanism GSSAPI, by which clients prove to
// brokers who they are with tickets of Kerberos 5. It has no cgo; the Kerberos is
// that of github.com/jcmturner/gokrb5.
//
//	gssapi, err := kerberos.New(kerberos.Config{
//		Principal: "alice@EXAMPLE.COM",
//		Keytab:    "/etc/security/alice.keytab",
//	})
//	...
//	defer gssapi.Close()
//	cfg.SASL = gssapi
//
// Messages are not encrypted by GSSAPI, as with Kafka they never are: connections
// should have TLS.
package kerberos
