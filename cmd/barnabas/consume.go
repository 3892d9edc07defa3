package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cmd/barnabas/internal/format"
	"github.com/barnabas-go/kafka/properties"
)

const consumeHelp = `Prints records on stdout. Without a group it reads all partitions, or those of -p,
from their beginning. With a group it shares the partitions with the group's other
members, and goes on where the group has been, else from now on.

  -o beginning, -o end  from the first record, or only what comes from now on; with
                        a group, where the group has not been before
  -o 17, -o -5          from an offset, or the last 5 of each partition
  -o s@TIME, -o e@TIME  from and until a time, in ms since 1970; both may be given
  -o stored             where the group of -X group.id has been, without joining it

The format of -f has %t topic, %p partition, %o offset, %k key, %s value, %T
timestamp in ms, %h headers, %K and %S the lengths of key and value, %R that of the
value in four bytes, and \n, \t, \xHH. --property takes those of Kafka's console
consumer: print.key=true, key.separator=:, print.offset=true ...`

// consume is the command's flags.
type consume struct {
	*connection
	topics        []string
	include       string
	partitions    []int32
	group         string
	offsets       []string
	fromBeginning bool
	count         int
	exitAtEnd     bool
	idle          time.Duration
	isolation     string

	format     string
	json       bool
	printing   []string // --property
	keyDelim   string
	delim      string
	printNulls bool
}

func newConsume(s streams) *cobra.Command {
	cmd := &cobra.Command{Use: "consume [TOPIC...]", Short: "print records of topics", Long: consumeHelp}
	c := &consume{connection: addConnection(cmd, s, properties.Consumers)}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringSliceVarP(&c.topics, "topic", "t", nil, "topic, as an argument is")
	f.StringVar(&c.include, "include", "", "topics whose whole name matches a regular expression; needs a group")
	f.Int32SliceVarP(&c.partitions, "partition", "p", nil, "partitions (default all)")
	f.StringVarP(&c.group, "group", "G", "", "group to join")
	f.StringArrayVarP(&c.offsets, "offset", "o", nil, "where to start")
	f.BoolVar(&c.fromBeginning, "from-beginning", false, "as -o beginning")
	f.IntVarP(&c.count, "max-messages", "c", 0, "end after that many records")
	f.BoolVarP(&c.exitAtEnd, "exit-eof", "e", false, "end at the end of the partitions, as it was at the start")
	f.DurationVar(&c.idle, "idle-timeout", 0, "end when no record came for that long")
	f.StringVar(&c.isolation, "isolation-level", "", "read_committed leaves out what transactions did not commit")
	f.StringVarP(&c.format, "format", "f", "", "format of a record")
	f.BoolVarP(&c.json, "json", "J", false, "a line of JSON for each record")
	f.StringArrayVar(&c.printing, "property", nil, "property of Kafka's console consumer, key=value")
	f.StringVarP(&c.keyDelim, "key-delimiter", "K", "", "print keys, with this after them")
	f.StringVarP(&c.delim, "delimiter", "D", `\n`, "print this after each record")
	f.BoolVarP(&c.printNulls, "null", "Z", false, "print NULL for keys and values that are null")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return c.run(cmd, args) }
	return cmd
}

func (c *consume) run(cmd *cobra.Command, args []string) error {
	c.topics = slices.Concat(c.topics, args)
	start, err := c.check()
	if err != nil {
		return err
	}
	print, err := c.printer(cmd.Flags().Changed("delimiter"))
	if err != nil {
		return &usageError{err}
	}
	_, p, err := c.config()
	if err != nil {
		return err
	}
	cfg, err := c.consumerConfig(p, start)
	if err != nil {
		return err
	}
	consumer, err := kafka.NewConsumer(cfg)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	err = c.reachTopics(ctx, cfg.Config)
	if err == nil {
		err = c.read(ctx, consumer, start, newWriter(c.out, print))
	}
	if ctx.Err() != nil && (errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))) {
		err = nil // Ctrl-C is how consume ends
	}
	return errors.Join(err, c.close(ctx, consumer, err, cfg.GroupID != "" && !cfg.DisableAutoCommit))
}

// close ends the consumer. After a failure, such as one to print records, it does
// not commit what was taken last; otherwise it does, if commit tells to.
func (c *consume) close(ctx context.Context, consumer *kafka.Consumer, failed error, commit bool) error {
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	var err error
	if failed == nil && commit {
		err = consumer.Commit(closing)
	}
	return errors.Join(err, consumer.CloseWithoutCommit(closing))
}

// check checks the flags against each other, and reads where to start.
func (c *consume) check() (start, error) {
	if c.fromBeginning {
		c.offsets = append(c.offsets, "beginning")
	}
	start, err := parseStart(c.offsets)
	switch {
	case err != nil:
		return start, &usageError{err}
	case len(c.topics) == 0 && c.include == "":
		return start, usage("consume needs a topic: -t TOPIC")
	case len(c.topics) > 0 && c.include != "":
		return start, usage("--include and -t exclude each other")
	case c.include != "" && c.group == "":
		return start, usage("--include needs a group: -G GROUP")
	case c.group != "" && len(c.partitions) > 0:
		return start, usage("-p and -G exclude each other: the group divides the partitions")
	case c.group != "" && !start.fitsGroup():
		return start, usage("-o %s and -G exclude each other: a group goes on where it has been; beginning and end tell where to start if it has not", c.offsets[0])
	case c.count < 0:
		return start, usage("-c %d: must not be negative", c.count)
	}
	return start, nil
}

// printer returns how records are printed.
func (c *consume) printer(delimited bool) (format.Printer, error) {
	null := ""
	if c.printNulls {
		null = "NULL"
	}
	ways := 0
	for _, given := range []bool{c.format != "", c.json, len(c.printing) > 0, c.keyDelim != "" || delimited} {
		if given {
			ways++
		}
	}
	switch {
	case ways > 1:
		return nil, errors.New("-f, -J, --property, and -K with -D exclude each other")
	case c.json:
		return format.JSON, nil
	case len(c.printing) > 0:
		return format.Console(c.printing)
	case c.format != "":
		return format.Compile(c.format, null)
	}
	text := "%s" + escapePercent(c.delim)
	if c.keyDelim != "" {
		text = "%k" + escapePercent(c.keyDelim) + text
	}
	return format.Compile(text, null)
}

func (c *consume) consumerConfig(p kafka.Properties, start start) (kafka.ConsumerConfig, error) {
	if c.group != "" {
		p = p.With(kafka.Properties{"group.id": c.group})
	}
	if c.isolation != "" {
		if err := c.checkKey("isolation.level", c.isolation); err != nil {
			return kafka.ConsumerConfig{}, err
		}
		p = p.With(kafka.Properties{"isolation.level": c.isolation})
	}
	cfg, err := p.Consumer()
	if err != nil {
		return cfg, &propertyError{err}
	}
	cfg.Logger = c.logger(c.level())
	if c.group == "" {
		cfg.DisableAutoCommit = true
	}
	if reset, ok := start.reset(); ok {
		cfg.AutoOffsetReset = reset
	}
	return cfg, nil
}

// reachTopics tells of a cluster that cannot be reached, and of topics and
// partitions that do not exist.
func (c *consume) reachTopics(ctx context.Context, cfg kafka.Config) error {
	if _, err := c.reach(ctx, cfg); err != nil || len(c.topics) == 0 {
		return err
	}
	return withAdmin(ctx, cfg, c.timeout, func(ctx context.Context, a *kafka.Admin) error {
		topics, err := describeTopics(ctx, a, c.topics...)
		if err != nil {
			return err
		}
		for _, t := range topics {
			for _, p := range c.partitions {
				if p < 0 || int(p) >= len(t.Partitions) {
					return fmt.Errorf("topic %q has no partition %d: it has 0 to %d", t.Name, p, len(t.Partitions)-1)
				}
			}
		}
		return nil
	})
}

// subscribe has the consumer take its partitions, positioned.
func (c *consume) subscribe(ctx context.Context, consumer *kafka.Consumer, start start) (ends map[kafka.TopicPartition]int64, err error) {
	switch {
	case c.include != "":
		re, err := regexp.Compile("^(?:" + c.include + ")$")
		if err != nil {
			return nil, usage("--include: %w", err)
		}
		return nil, consumer.SubscribePattern(re)
	case c.group != "":
		return nil, consumer.Subscribe(c.topics...)
	}
	var all []kafka.TopicPartition
	for _, topic := range c.topics {
		partitions := c.partitions
		if len(partitions) == 0 {
			if partitions, err = consumer.PartitionsFor(ctx, topic); err != nil {
				return nil, err
			}
		}
		for _, p := range partitions {
			all = append(all, kafka.TopicPartition{Topic: topic, Partition: p})
		}
	}
	return start.assign(ctx, consumer, all)
}
