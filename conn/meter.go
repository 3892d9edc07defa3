package conn

// Meter is told what connections do. It is called once for each connection and
// each request, from their goroutines, and must not block.
type Meter interface {
	// Opened tells of a connection that was established.
	Opened()
	// Closed tells of its end.
	Closed()
	// Sent tells of a request that was written, and of its bytes, before TLS.
	Sent(bytes int)
	// Received tells of a response, and of its bytes, before TLS.
	Received(bytes int)
}

// unmetered is the Meter of those who want none.
type unmetered struct{}

func (unmetered) Opened()      {}
func (unmetered) Closed()      {}
func (unmetered) Sent(int)     {}
func (unmetered) Received(int) {}
