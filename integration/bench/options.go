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
	Senders    int // goroutines; 0 for one
	Records    int // 0: as the options say
}

func (s scenario) String() string {
	name := fmt.Sprintf("%s/%d/%s, %d partition%s", s.Mode, s.Size, s.Codec, s.Partitions, plural(s.Partitions))
	if s.Senders > 1 {
		name += fmt.Sprintf(", %d senders", s.Senders)
	}
	return name
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

const (
	defaultClients   = "barnabas,barnabas-batch,franz,franz-pooled,sarama,segmentio,confluent,java,floor"
	defaultScenarios = "produce,consume,latency/100/none"
	pacedSeconds     = 5
	pacedRate        = 20_000
	endToEndSeconds  = 10
	endToEndRate     = 1000
	idleSeconds      = 20
	joins            = 20
	defaultBytes     = 256 << 20 // of large records
	latencySends     = 1000
)

// sets are scenarios by one name: producer are those by which the producer is
// judged, of which the last show what more of a kind costs; consumer those by which
// the consumer is.
var sets = map[string]string{
	"producer": "produce/100/none/partitions=1,produce/100/none/partitions=6,produce/100/none/partitions=100," +
		"produce/1024/none/partitions=1,produce/1024/none/partitions=6,produce/1024/none/partitions=100," +
		"produce/100/lz4,produce/100/zstd,produce/100/snappy,produce/100/gzip," +
		"produce/1024/lz4,produce/1024/zstd,produce/1024/snappy,produce/1024/gzip," +
		"latency/100/none,paced/100/none,growth",
	"growth": "produce/100/none/records=10000000,produce/100/none/partitions=10000,produce/100/none/senders=64," +
		"produce/100000/none,produce/1000000/none",
	"consumer": "consume/100/none/partitions=1,consume/100/none/partitions=6,consume/100/none/partitions=100," +
		"consume/1024/none/partitions=1,consume/1024/none/partitions=6,consume/1024/none/partitions=100," +
		"consume/100/lz4,consume/100/zstd,consume/1024/lz4,consume/1024/zstd,group/100/none,group/1024/none," +
		"join/100/none,join848/100/none,endtoend/100/none,idle/100/none/partitions=10000",
}

func parseOptions(args []string, output io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(output)
	clients := flags.String("clients", defaultClients, "clients in the order in which they take turns")
	scenarios := flags.String("scenarios", defaultScenarios, "mode/size/codec, of which size and codec may be left out for all of 100 and 1024 and of none, lz4 and zstd; modes are produce, consume, group, latency, paced, join, join848, endtoend, idle; after the codec there may be /records=N, /partitions=N and /senders=N. Or producer, growth or consumer, for what docs/performance.md has")
	partitions := flags.String("partitions", "6", "numbers of partitions; each scenario is run with each")
	flags.IntVar(&o.rounds, "rounds", 5, "rounds")
	flags.IntVar(&o.records, "records", 0, "records of a measurement (default 1000000 of up to 256 bytes, 250000 of larger ones, 1000 of latency, 5 seconds of paced, 10 of endtoend); joins of join and join848 (default 20); seconds of idle (default 20)")
	flags.IntVar(&o.rate, "rate", 0, "records per second (default 20000 of paced, 1000 of endtoend)")
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
	case o.rate < 0:
		return fmt.Errorf("-rate %d: want 1 or more, or 0 for the default", o.rate)
	}
	return nil
}

// recordsOf returns how many records a measurement of the scenario has.
func (o *options) recordsOf(s scenario) int {
	switch {
	case s.Records > 0:
		return s.Records
	case o.records > 0:
		return o.records
	case s.Mode == measure.Latency:
		return latencySends
	case s.Mode == measure.Paced:
		return pacedSeconds * o.rateOf(s)
	case s.Mode == measure.EndToEnd:
		return endToEndSeconds * o.rateOf(s)
	case s.Mode == measure.Idle:
		return idleSeconds
	case s.joins():
		return joins
	case s.Size <= 256:
		return 1_000_000
	default:
		return max(min(250_000, defaultBytes/s.Size), 1)
	}
}

// rateOf returns how many records a second are sent where that is set.
func (o *options) rateOf(s scenario) int {
	switch {
	case o.rate > 0:
		return o.rate
	case s.Mode == measure.EndToEnd:
		return endToEndRate
	}
	return pacedRate
}

// joins tells whether members join groups, which read a few records only.
func (s *scenario) joins() bool { return s.Mode == measure.Join || s.Mode == measure.Join848 }

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
	modes = []measure.Mode{
		measure.Produce, measure.Consume, measure.Group, measure.Latency, measure.Paced,
		measure.Join, measure.Join848, measure.EndToEnd, measure.Idle,
	}
	codecs        = []string{"none", "gzip", "snappy", "lz4", "zstd"}
	defaultSizes  = []int{100, 1024}
	defaultCodecs = []string{"none", "lz4", "zstd"}
)

// parseScenarios reads a list such as "produce,consume/100/none", for each of
// some numbers of partitions.
func parseScenarios(list string, partitions []int) ([]scenario, error) {
	var all []scenario
	for spec := range strings.SplitSeq(list, ",") {
		if set, ok := sets[spec]; ok {
			scenarios, err := parseScenarios(set, partitions)
			if err != nil {
				return nil, err
			}
			all = append(all, scenarios...)
			continue
		}
		scenarios, err := parseScenario(spec, partitions)
		if err != nil {
			return nil, fmt.Errorf("-scenarios: %q: %w", spec, err)
		}
		all = append(all, scenarios...)
	}
	return all, nil
}

func parseScenario(spec string, partitions []int) ([]scenario, error) {
	parts := append(strings.SplitN(spec, "/", 4), "", "", "")
	s := scenario{Mode: measure.Mode(parts[0])}
	sizes, kinds := defaultSizes, defaultCodecs
	if !slices.Contains(modes, s.Mode) {
		return nil, fmt.Errorf("no mode %q: there are %v", s.Mode, modes)
	}
	if parts[1] != "" {
		var err error
		if sizes, err = parseCounts("size", parts[1]); err != nil {
			return nil, err
		}
		if sizes[0] < measure.MinSize {
			return nil, fmt.Errorf("size %d: want %d or more", sizes[0], measure.MinSize)
		}
	}
	if parts[2] != "" {
		if kinds = parts[2:3]; !slices.Contains(codecs, parts[2]) {
			return nil, fmt.Errorf("no codec %q: there are %v", parts[2], codecs)
		}
	}
	if err := s.set(parts[3]); err != nil {
		return nil, err
	}
	if s.Partitions > 0 {
		partitions = []int{s.Partitions}
	}
	var all []scenario
	for _, s.Size = range sizes {
		for _, s.Codec = range kinds {
			for _, s.Partitions = range partitions {
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// set takes "records=10/senders=2".
func (s *scenario) set(list string) error {
	if list == "" {
		return nil
	}
	for part := range strings.SplitSeq(list, "/") {
		key, value, _ := strings.Cut(part, "=")
		field := map[string]*int{"records": &s.Records, "partitions": &s.Partitions, "senders": &s.Senders}[key]
		if field == nil {
			return fmt.Errorf("no %q: there are records=N, partitions=N and senders=N", part)
		}
		counts, err := parseCounts(key, value)
		if err != nil {
			return err
		}
		*field = counts[0]
	}
	return nil
}
