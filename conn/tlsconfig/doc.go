// Package tlsconfig makes the *tls.Config of a client from files: trust stores,
// key stores and revocation lists, as Kafka's own clients are given them.
//
//	cfg, err := tlsconfig.New(tlsconfig.Options{
//		Roots:       tlsconfig.Source{File: "ca.pem"},
//		Certificate: tlsconfig.Source{File: "client.p12", Password: password},
//	})
//
// Certificates and keys may be in PEM format, encrypted ones too, in PKCS #12, or
// in Java's JKS; which of them it is, is told from the data. When files change,
// new connections use what is in them then: rotating a certificate needs no
// restart. Files that cannot be used are logged, and what was read before stays in
// use.
//
// The broker's certificate chain and its name are verified, unless
// [Options.SkipNameCheck] or [Options.SkipVerify] say otherwise, which is logged.
//
// What makes a client insecure, passwords and keys, is in no error, no log and no
// formatting of the options.
package tlsconfig
