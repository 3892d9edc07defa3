package main

import (
	"context"
	"errors"
	"syscall"

	"github.com/barnabas-go/kafka"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailure     = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitVerdict     = 4
	exitInterrupted = 130
)

const exitCodesHelp = `Barnabas exits with
    0  done; also consume and broker when Ctrl-C ends them, and any command whose
       reader closed the pipe
    1  something failed: a topic does not exist, a record was not delivered, ...
    2  the command line or a property (-X, --command-config) is wrong
    3  no broker could be reached, or none that speaks Kafka with these settings
    4  quickstart: not every record arrived once and in order
  130  Ctrl-C or SIGTERM ended it before it was done`

// errPipe is a write to a pipe that nobody reads.
var errPipe error = syscall.EPIPE

// unreachableError is why no broker could be used.
type unreachableError struct{ error }

func (e *unreachableError) Unwrap() error { return e.error }

// verdictError is the quickstart's finding that the cluster or the client did not
// keep its word.
type verdictError struct{ error }

func (e *verdictError) Unwrap() error { return e.error }

// exitCode returns the exit code that tells of an error.
func exitCode(ctx context.Context, err error) int {
	var (
		unreachable *unreachableError
		verdict     *verdictError
	)
	switch {
	case err == nil || brokenPipe(err):
		return exitOK
	case wrongUsage(err):
		return exitUsage
	case errors.As(err, &verdict):
		return exitVerdict
	case ctx.Err() != nil:
		return exitInterrupted
	case errors.As(err, &unreachable):
		return exitUnreachable
	default:
		return exitFailure
	}
}

// propertyError is properties that cannot be used.
type propertyError struct{ error }

func (e *propertyError) Unwrap() error { return e.error }

// wrongUsage tells errors that only another command line, or other properties,
// avoid.
func wrongUsage(err error) bool {
	var (
		usage    *usageError
		property *propertyError
		config   *kafka.ConfigError
	)
	return errors.As(err, &usage) || errors.As(err, &property) || errors.As(err, &config)
}
