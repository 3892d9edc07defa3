// Barnabas is a command line for Apache Kafka: it produces, consumes and
// administers topics, has a broker of its own, and shows in one command that all
// of it works. Run "barnabas help" for what it can do.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// With a handler, a write to a broken pipe is an error like others, so that
	// "barnabas consume | head" still leaves its group.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}
