// Codecbench compares decoding and encoding of Kafka's messages with franz-go's
// kmsg and with sarama:
//
//	cd integration && go run ./codecbench
//
// It prints a Markdown table with the medians of rounds in which the codecs take
// turns. For profiles, and for work on one message, the same are benchmarks:
//
//	go test -bench 'decode/Metadata.*/barnabas' -cpuprofile cpu ./codecbench
//
// What is measured:
//
//   - The bytes are the same for all, and come from kmsg. A test holds each codec
//     to encode again what it decoded.
//   - Decoding makes a new message each time. The records of a FetchResponse are
//     bytes of the input for Barnabas and kmsg, while sarama decodes them record by
//     record. So the two are compared alone, and all three with a walk over all
//     records that checks CRCs: by package record, by package kgo, which makes a
//     Record of each, and by sarama as it is.
//   - Encoding makes one slice, in a buffer that is used again by Barnabas and
//     kmsg; sarama cannot do that. Barnabas encodes a frame, size and header
//     included. Of a ProduceRequest it copies the records for the comparison, which
//     the client does not. Sarama keeps the encoded records of a batch, once it has
//     them, but sums them up each time.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 21, "how often the codecs take turns at each message")
	each := flag.Duration("time", 20*time.Millisecond, "how long a codec's turn is")
	only := flag.String("run", "", "measure only what matches this regular expression")
	flag.Parse()
	if err := run(*rounds, *each, *only); err != nil {
		fmt.Fprintln(os.Stderr, "codecbench:", err)
		os.Exit(1)
	}
}

func run(rounds int, each time.Duration, only string) error {
	if rounds < 1 {
		return fmt.Errorf("-rounds %d: at least 1 is needed", rounds)
	}
	match, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	started := time.Now()
	fmt.Printf("%s %s/%s, %d CPUs, %s, %d rounds of %v.\n%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH,
		runtime.NumCPU(), started.Format(time.DateOnly), rounds, each, tableHead)
	for _, j := range jobs() {
		if !match.MatchString(j.name) {
			continue
		}
		results, err := measureJob(&j, rounds, each)
		if err != nil {
			return err
		}
		fmt.Print(tableRow(&j, results))
	}
	return nil
}
