package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/barnabas-go/kafka/integration/bench/measure"
)

// measureCommand is the argument by which the program starts itself for one
// measurement.
const measureCommand = "measure"

func main() {
	if len(os.Args) == 2 && os.Args[1] == measureCommand {
		os.Exit(measure.Main(inProcess...))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the parent: it measures, and prints.
func run(ctx context.Context, args []string) error {
	opts, err := parseOptions(args, os.Stderr)
	if err != nil {
		return err
	}
	programs, err := prepare(ctx, opts.clients, os.Stderr)
	if err != nil {
		return err
	}
	defer programs.close()
	broker, err := startBroker(ctx, opts)
	if err != nil {
		return err
	}
	programs.java = javaProgram{broker.cluster, programs.dir}
	report, err := measureAll(ctx, opts, broker, programs, os.Stderr)
	report.Finished = time.Now()
	if len(report.Rows) > 0 {
		report.write(os.Stdout)
	}
	return errors.Join(err, saveJSON(opts.json, report), broker.stop())
}
