package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cmd/barnabas/internal/input"
	"github.com/barnabas-go/kafka/partitioner"
	"github.com/barnabas-go/kafka/properties"
	"github.com/barnabas-go/kafka/protocol"
)

const produceHelp = `Sends a record for each line of stdin, or for each FILE, and waits until all of
them are acknowledged. The first record that is not ends it with exit code 1.

--property takes those of Kafka's console producer: parse.key=true,
key.separator=:, parse.headers=true, headers.delimiter=, headers.separator=,
headers.key.separator=, null.marker=, ignore.error=true`

// produce is the command's flags.
type produce struct {
	*connection
	topic       string
	partition   int32
	key         string
	hasKey      bool
	headers     []string
	keyDelim    string
	delim       string
	parsing     []string // --property
	emptyIsNull bool
	lines       bool
	compression string
	acks        string
	count       int
}

func newProduce(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "produce [FILE...]", Short: "send lines of stdin, or files", Long: produceHelp}
	p := &produce{connection: addConnection(cmd, s, properties.Producers)}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVarP(&p.topic, "topic", "t", "", "topic")
	f.Int32VarP(&p.partition, "partition", "p", -1, "partition (default by key)")
	f.StringVarP(&p.key, "key", "k", "", "key of all records")
	f.StringVarP(&p.keyDelim, "key-delimiter", "K", "", "what is before this in a line is the key")
	f.StringVarP(&p.delim, "delimiter", "D", `\n`, "what ends a line")
	f.StringArrayVarP(&p.headers, "header", "H", nil, "header of all records, name=value")
	f.StringArrayVar(&p.parsing, "property", nil, "property of Kafka's console producer, key=value")
	f.BoolVarP(&p.emptyIsNull, "null", "Z", false, "an empty key or value is null")
	f.BoolVarP(&p.lines, "lines", "l", false, "send files line by line")
	f.IntVarP(&p.count, "max-messages", "c", 0, "end after that many records")
	f.StringVarP(&p.compression, "compression-codec", "z", "", "gzip, snappy, lz4, zstd or none")
	f.StringVar(&p.acks, "request-required-acks", "", "all, 1 or 0; other than all turns idempotence off")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p.hasKey = cmd.Flags().Changed("key")
		return p.run(cmd.Context(), args)
	}
	return cmd
}

func (p *produce) run(ctx context.Context, files []string) error {
	parse, err := p.parser()
	if err != nil {
		return &usageError{err}
	}
	delim, err := p.delimiter()
	if err != nil {
		return &usageError{err}
	}
	cfg, err := p.producerConfig()
	if err != nil {
		return err
	}
	producer, err := kafka.NewProducer(cfg)
	if err != nil {
		return err
	}
	if _, err = p.reach(ctx, cfg.Config); err == nil {
		err = p.awaitTopic(ctx, producer)
	}
	if err != nil {
		return errors.Join(err, producer.Close(ctx))
	}
	return p.send(ctx, producer, p.records(files, parse, delim))
}

// parser returns how a line becomes a record.
func (p *produce) parser() (input.Parser, error) {
	parse := input.Parser{EmptyIsNull: p.emptyIsNull}
	switch {
	case p.topic == "":
		return parse, errors.New("produce needs a topic: -t TOPIC")
	case p.hasKey && p.keyDelim != "":
		return parse, errors.New("-k and -K exclude each other")
	case len(p.parsing) > 0 && (p.keyDelim != "" || p.hasKey || p.emptyIsNull):
		return parse, errors.New("--property excludes -k, -K and -Z")
	case len(p.parsing) > 0:
		return input.Console(p.parsing)
	}
	var err error
	parse.KeySeparator, err = input.Unescape(p.keyDelim)
	return parse, err
}

func (p *produce) delimiter() (string, error) {
	delim, err := input.Unescape(p.delim)
	if err == nil && delim == "" {
		err = errors.New("-D: must not be empty")
	}
	return delim, err
}

// template is what all records have alike.
func (p *produce) template() (kafka.Record, error) {
	rec := kafka.Record{Topic: p.topic, Partition: p.partition}
	if p.hasKey && (p.key != "" || !p.emptyIsNull) {
		rec.Key = []byte(p.key)
	}
	for _, h := range p.headers {
		name, value, ok := strings.Cut(h, "=")
		if name == "" {
			return rec, usage("-H %s: write name=value", h)
		}
		header := kafka.Header{Key: name}
		if ok {
			header.Value = []byte(value)
		}
		rec.Headers = append(rec.Headers, header)
	}
	return rec, nil
}

func (p *produce) producerConfig() (kafka.ProducerConfig, error) {
	_, all, err := p.config()
	if err != nil {
		return kafka.ProducerConfig{}, err
	}
	for _, flag := range []struct{ key, value string }{
		{"compression.type", p.compression}, {"acks", p.acks},
	} {
		if flag.value == "" {
			continue
		}
		if err := p.checkKey(flag.key, flag.value); err != nil {
			return kafka.ProducerConfig{}, err
		}
		all = all.With(kafka.Properties{flag.key: flag.value})
	}
	cfg, err := all.Producer()
	if err != nil {
		return cfg, &propertyError{err}
	}
	cfg.Logger = p.logger(p.level())
	if p.partition >= 0 {
		cfg.Partitioner = partitioner.Manual
	}
	return cfg, nil
}

// records yields what is to be sent.
func (p *produce) records(files []string, parse input.Parser, delim string) iter.Seq2[kafka.Record, error] {
	return func(yield func(kafka.Record, error) bool) {
		template, err := p.template()
		if err != nil {
			yield(template, err)
			return
		}
		if len(files) == 0 {
			files = []string{"-"}
		}
		for _, name := range files {
			for rec, err := range p.file(name, template, parse, delim) {
				if !yield(rec, err) || err != nil {
					return
				}
			}
		}
	}
}

// file yields the records of a file, or of stdin for the name "-".
func (p *produce) file(name string, template kafka.Record, parse input.Parser, delim string) iter.Seq2[kafka.Record, error] {
	return func(yield func(kafka.Record, error) bool) {
		in, whole := p.in, false
		if name != "-" {
			f, err := os.Open(name)
			if err != nil {
				yield(template, err)
				return
			}
			defer f.Close() // it was only read
			in, whole = f, !p.lines
		}
		if whole {
			value, err := io.ReadAll(in)
			rec := template
			rec.Value = value
			yield(rec, err)
			return
		}
		for line, err := range input.Lines(in, delim) {
			rec := template
			rec.Headers = slices.Clone(template.Headers)
			if err == nil {
				err = parse.Parse(line, &rec)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// topicPatience is how long a topic that does not exist may need to come to be by
// being asked for.
const topicPatience = 3 * time.Second

// awaitTopic waits until the topic is there, which being asked for may bring
// about. It tells which topics have similar names if it is not.
func (p *produce) awaitTopic(ctx context.Context, producer *kafka.Producer) error {
	partitions, err := p.partitionsWithin(ctx, topicPatience, producer)
	if errors.Is(err, context.DeadlineExceeded) {
		if err := p.checkTopic(ctx); err != nil {
			return err
		}
		partitions, err = p.partitionsWithin(ctx, p.timeout, producer)
	}
	if err == nil && int(p.partition) >= len(partitions) {
		return fmt.Errorf("topic %q has no partition %d: it has 0 to %d", p.topic, p.partition, len(partitions)-1)
	}
	return err
}

func (p *produce) partitionsWithin(ctx context.Context, limit time.Duration, producer *kafka.Producer) ([]int32, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return producer.PartitionsFor(ctx, p.topic)
}

// checkTopic tells of a topic that does not exist.
func (p *produce) checkTopic(ctx context.Context) error {
	return p.admin(ctx, func(ctx context.Context, a *kafka.Admin) error {
		_, err := describeTopics(ctx, a, p.topic)
		if errors.Is(err, protocol.ErrUnknownTopicOrPartition) {
			return err
		}
		return nil // it is about to be
	})
}
