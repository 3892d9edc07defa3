// Package proxy leads connections through a SOCKS5 (RFC 1928) or an HTTP proxy
// (CONNECT of RFC 9110). A [Dialer] is set as Config.Dialer, or named by the
// property proxy.url.
//
// Brokers' names are handed to the proxy as they are, which looks them up: a
// cluster can be reached whose names are known only on the proxy's side. Kafka's
// clients connect to all brokers under their advertised addresses, so the proxy
// must be able to reach these.
package proxy
