package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// streams are where data come from and go to, and where diagnostics go.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// interactive tells whether diagnostics are read by a person on a terminal.
func (s streams) interactive() bool {
	f, ok := s.err.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// run runs a command line and returns the exit code. What went wrong is told on
// the stream for diagnostics.
func run(ctx context.Context, args []string, s streams) int {
	started := false
	root := newRoot(s, &started)
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	err := root.ExecuteContext(ctx)
	if err != nil && !started {
		err = &usageError{err}
	}
	code := exitCode(ctx, err)
	switch code {
	case exitOK:
	case exitInterrupted:
		fmt.Fprintln(s.err, "barnabas: interrupted")
	default:
		fmt.Fprintf(s.err, "barnabas: %s\n", explain(err))
	}
	return code
}

func newRoot(s streams, started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "barnabas",
		Short: "produce to, consume from and administer Apache Kafka",
		Long: `Barnabas produces to, consumes from and administers Apache Kafka. Flags are those
of kcat, long names also those of Kafka's console tools. Data go to stdout, all
else to stderr.

  barnabas quickstart                              see it work, without any broker
  barnabas broker                                  a broker on localhost:9092, until Ctrl-C
  barnabas topics create orders -p 6
  echo 'key:value' | barnabas produce -t orders -K:
  barnabas consume -t orders -o beginning -e -f '%t-%p@%o %k=%s\n'
  barnabas consume -t orders -G billing -J`,
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRun:  func(*cobra.Command, []string) { *started = true },
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.AddCommand(
		newQuickstart(s), newProduce(s), newConsume(s), newTopics(s), newCheckVersion(s), newBroker(s),
		&cobra.Command{
			Use: "version", Short: "print the version", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { _, err := fmt.Fprintln(s.out, version()); return err },
		},
		&cobra.Command{Use: "exit-codes", Short: "what the exit codes mean", Long: exitCodesHelp},
		&cobra.Command{Use: "properties", Short: "what -X and --command-config can set", Long: propertiesHelp()},
	)
	return root
}

// logger returns a logger for diagnostics.
func (s streams) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{
		Level: level,
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey && level > slog.LevelInfo {
				return slog.Attr{}
			}
			return a
		},
	}))
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// usage returns a usageError.
func usage(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

// brokenPipe tells that whoever read the output has had enough.
func brokenPipe(err error) bool {
	return errors.Is(err, errPipe) || errors.Is(err, io.ErrClosedPipe)
}
