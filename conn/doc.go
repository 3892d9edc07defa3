// Package conn speaks with one broker: [Conn] is one live, pipelined
// connection, [Broker] the way to a broker over any number of them.
//
// A Conn has one goroutine that writes and one that reads for its whole life.
// Requests that were queued while a write ran leave in one vectored write.
// Brokers answer in the order of the requests, so a response is matched with
// the oldest request in flight and its correlation id is checked. What breaks
// that order, or is no well-formed response, ends the connection: its error
// names the broker, the API and what was wrong, and every call in flight fails
// with it.
//
// Dial opens the TCP connection, shakes hands if TLS is configured, and asks
// for the broker's API versions (KIP-35, KIP-511). Brokers before 0.10 do not
// know that question and close the connection, or say nothing; then the releases
// before it are probed for. Config.APIVersion sets a release instead.
//
// If Config.SASL is set, the connection then authenticates, and does so again before
// the broker ends the session (KIP-368), while requests wait. Package sasl has the
// mechanisms.
//
// All errors of a connection are of type [*Error]: they name the broker and the
// stage, and where the cause can be guessed, what to change.
package conn
