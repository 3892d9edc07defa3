package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/barnabas-go/kafka/integration/bench/measure"
)

// options are the command line.
type options struct {
	clients    []string
	scenarios  []scenario
	rounds     int
	records    int // 0: by the scenario
	rate       int
	version    string
	heap       string
	json       string
	profileDir string
}

// scenario is one block of the table.
type scenario struct {
	Mode       measure.Mode
	Size       int
	Codec      string
	Partitions int
}

func (s scenario) String() string {
	return fmt.Sprintf("%s/%d/%s, %d partition%s", s.Mode, s.Size, s.Codec, s.Partitions, plural(s.Partitions))
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

const (
	defaultClients   = "barnabas,franz,franz-pooled,sarama,segmentio,confluent,floor"
	defaultScenarios = "produce,consume,latency/100/none"
	pacedSeconds     = 5
	latencySends     = 1000
)

func parseOptions(args []string, output io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(output)
	clients := flags.String("clients", defaultClients, "clients in the order in which they take turns")
	scenarios := flags.String("scenarios", defaultScenarios, "mode/size/codec, of which size and codec may be left out for all of 100 and 1024 and of none, lz4 and zstd; modes are produce, consume, group, latency, paced")
	partitions := flags.String("partitions", "6", "numbers of partitions; each scenario is run with each")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds")
	flags.IntVar(&o.records, "records", 0, "records of a measurement (default 1000000 of up to 256 bytes, 250000 of larger ones, 1000 of latency)")
	flags.IntVar(&o.rate, "rate", 20_000, "records per second of paced")
	flags.StringVar(&o.version, "kafka", "4.3.1", "release of Apache Kafka to start, unless KAFKA_BOOTSTRAP names a running cluster")
	flags.StringVar(&o.heap, "heap", "1g", "heap of the broker")
	flags.StringVar(&o.json, "json", "", "file to write all measurements to")
	flags.StringVar(&o.profileDir, "profile", "", "folder to write a CPU profile of each Go client's last round to")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	var errs [3]error
	o.clients, errs[0] = parseClients(*clients)
	var counts []int
	counts, errs[1] = parseCounts("-partitions", *partitions)
	o.scenarios, errs[2] = parseScenarios(*scenarios, counts)
	return o, errors.Join(append(errs[:], o.check())...)
}

func (o *options) check() error {
	switch {
	case o.rounds < 1:
		return fmt.Errorf("-rounds %d: want 1 or more", o.rounds)
	case o.records < 0:
		return fmt.Errorf("-records %d: want 1 or more, or 0 for the default", o.records)
	case o.rate < 1:
		return fmt.Errorf("-rate %d: want 1 or more", o.rate)
	}
	return nil
}

// recordsOf returns how many records a measurement of the scenario has.
func (o *options) recordsOf(s scenario) int {
	switch {
	case o.records > 0:
		return o.records
	case s.Mode == measure.Latency:
		return latencySends
	case s.Mode == measure.Paced:
		return pacedSeconds * o.rate
	case s.Size <= 256:
		return 1_000_000
	default:
		return 250_000
	}
}

func parseClients(list string) ([]string, error) {
	names := strings.Split(list, ",")
	for i, name := range names {
		if !slices.Contains(clientNames(), name) {
			return nil, fmt.Errorf("-clients: no client %q: there are %s", name, strings.Join(clientNames(), ", "))
		}
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("-clients: %q comes twice", name)
		}
	}
	return names, nil
}

func parseCounts(what, list string) ([]int, error) {
	var counts []int
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s: %q is no number above 0", what, s)
		}
		counts = append(counts, n)
	}
	return counts, nil
}

var (
	modes         = []measure.Mode{measure.Produce, measure.Consume, measure.Group, measure.Latency, measure.Paced}
	codecs        = []string{"none", "gzip", "snappy", "lz4", "zstd"}
	defaultSizes  = []int{100, 1024}
	defaultCodecs = []string{"none", "lz4", "zstd"}
)

// parseScenarios reads a list such as "produce,consume/100/none", for each of
// some numbers of partitions.
func parseScenarios(list string, partitions []int) ([]scenario, error) {
	var all []scenario
	for spec := range strings.SplitSeq(list, ",") {
		mode, sizes, kinds, err := parseScenario(spec)
		if err != nil {
			return nil, fmt.Errorf("-scenarios: %q: %w", spec, err)
		}
		for _, size := range sizes {
			for _, codec := range kinds {
				for _, n := range partitions {
					all = append(all, scenario{mode, size, codec, n})
				}
			}
		}
	}
	return all, nil
}

func parseScenario(spec string) (mode measure.Mode, sizes []int, kinds []string, err error) {
	name, rest, _ := strings.Cut(spec, "/")
	size, codec, _ := strings.Cut(rest, "/")
	mode = measure.Mode(name)
	sizes, kinds = defaultSizes, defaultCodecs
	if !slices.Contains(modes, mode) {
		return "", nil, nil, fmt.Errorf("no mode %q: there are %v", name, modes)
	}
	if size != "" {
		if sizes, err = parseCounts("size", size); err != nil {
			return "", nil, nil, err
		}
		if sizes[0] < measure.MinSize {
			return "", nil, nil, fmt.Errorf("size %d: want %d or more", sizes[0], measure.MinSize)
		}
	}
	if codec != "" {
		if kinds = []string{codec}; !slices.Contains(codecs, codec) {
			return "", nil, nil, fmt.Errorf("no codec %q: there are %v", codec, codecs)
		}
	}
	return mode, sizes, kinds, nil
}
