// Package conformance has only tests: it holds the messages of package protocol
// against those of franz-go's kmsg, an implementation that is not ours.
package conformance
