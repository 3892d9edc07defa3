package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/barnabas-go/kafka/integration/bench/clients/barnabas"
	"github.com/barnabas-go/kafka/integration/bench/clients/floor"
	"github.com/barnabas-go/kafka/integration/bench/clients/franz"
	"github.com/barnabas-go/kafka/integration/bench/clients/sarama"
	"github.com/barnabas-go/kafka/integration/bench/clients/segmentio"
	"github.com/barnabas-go/kafka/integration/bench/measure"
)

// fillBatchBytes is the size of the batches that consumers read, before
// compression: those of a producer that is neither idle nor at its limit.
const fillBatchBytes = 64 << 10

// joinRecords are those of a topic whose readers take the first.
const joinRecords = 1000

// session is the benchmark under way.
type session struct {
	opts     options
	broker   *broker
	programs *programs
	log      io.Writer

	topics map[string]bool   // that were created
	filled map[scenario]bool // topics of consumers, by what they hold
	failed []error
}

// measureAll runs all scenarios. What there is by then is returned with an error,
// too.
func measureAll(ctx context.Context, opts options, b *broker, p *programs, log io.Writer) (report, error) {
	s := &session{opts: opts, broker: b, programs: p, log: log, topics: map[string]bool{}, filled: map[scenario]bool{}}
	r := newReport(opts, b.version)
	for _, scenario := range opts.scenarios {
		rows, err := s.scenario(ctx, scenario)
		r.Rows = append(r.Rows, rows...)
		if err != nil {
			s.failed = append(s.failed, fmt.Errorf("%s: %w", scenario, err))
			break
		}
	}
	return r, errors.Join(append(s.failed, s.clean())...)
}

// clean deletes the topics on a broker that is not thrown away.
func (s *session) clean() error {
	if s.broker.cluster != nil || len(s.topics) == 0 {
		return nil
	}
	var names []string
	for name := range s.topics {
		names = append(names, name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return s.broker.deleteTopics(ctx, names...)
}

// scenario runs the rounds of one. The error is of the benchmark; a client that
// fails takes no more part, and its row says so.
func (s *session) scenario(ctx context.Context, sc scenario) ([]row, error) {
	task, err := s.task(ctx, sc)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, name := range s.programs.clients {
		if does(name, sc) {
			rows = append(rows, row{Scenario: sc, Client: name, Records: task.Records})
		}
	}
	for round := range s.opts.rounds {
		fmt.Fprintf(s.log, "%s, round %d:", sc, round+1)
		for i := range rows {
			next := &rows[(i+round)%len(rows)] // each has the first turn once, which may be the slowest
			if next.Error == "" {
				s.turn(ctx, next, task, round)
			}
			if err := ctx.Err(); err != nil {
				return rows, err
			}
		}
		fmt.Fprintln(s.log)
	}
	if sc.Mode == measure.Produce {
		err = s.dropTopic(ctx, task.Topic)
	}
	return rows, err
}

// does tells whether a client has what a scenario needs.
func does(client string, sc scenario) bool {
	var lacks []measure.Mode
	switch client {
	case barnabas.Client.Name, franz.Client.Name:
		return true
	case franz.Pooled.Name: // the same as franz where few records are read
		return !slices.Contains([]measure.Mode{measure.Join, measure.Join848, measure.Idle}, sc.Mode)
	case barnabas.Batch.Name:
		return sc.Mode == measure.Produce
	case floor.Client.Name:
		lacks = []measure.Mode{measure.Group, measure.Paced, measure.Join, measure.Join848, measure.EndToEnd, measure.Idle}
	case javaName:
		lacks = []measure.Mode{measure.Consume, measure.Group}
	case sarama.Client.Name:
		lacks = []measure.Mode{measure.Join848}
	case segmentio.Client.Name: // each partition has a Reader with a connection of its own
		lacks = []measure.Mode{measure.Join848, measure.Idle}
	}
	return sc.Senders <= 1 && !slices.Contains(lacks, sc.Mode)
}

// turn measures one client once.
func (s *session) turn(ctx context.Context, r *row, task measure.Task, round int) {
	task.Client = r.Client
	if task.GroupID != "" {
		task.GroupID = fmt.Sprintf("%s-%s-%d", task.GroupID, r.Client, round)
	}
	if s.opts.profileDir != "" && round == s.opts.rounds-1 {
		name := strings.NewReplacer("/", "-", ", ", "-", " ", "-").Replace(r.Scenario.String())
		task.Profile = filepath.Join(s.opts.profileDir, r.Client+"-"+name+".pprof")
	}
	result, stored, err := s.alone(ctx, task, round)
	if err != nil {
		r.Error = err.Error()
		s.failed = append(s.failed, fmt.Errorf("%s: %s: %w", r.Scenario, r.Client, err))
		fmt.Fprintf(s.log, " %s failed: %v;", r.Client, err)
		return
	}
	r.Results = append(r.Results, result)
	r.StoredBytes = append(r.StoredBytes, stored)
	r.Version = result.Version
	fmt.Fprintf(s.log, " %s %.2fs", r.Client, result.Seconds)
}

// alone is checked, in a topic of the turn's own where the consumer shall find
// nothing else.
func (s *session) alone(ctx context.Context, task measure.Task, round int) (measure.Result, int64, error) {
	if task.Mode != measure.EndToEnd {
		return s.checked(ctx, task)
	}
	task.Topic = fmt.Sprintf("%s-%s-%d", task.Topic, task.Client, round)
	if err := s.ensureTopic(ctx, task.Topic, task.Partitions); err != nil {
		return measure.Result{}, 0, err
	}
	result, _, err := s.checked(ctx, task)
	return result, 0, errors.Join(err, s.dropTopic(ctx, task.Topic))
}

// checked measures, and holds what was sent against the end offsets: stored is by
// how much the topic has grown.
func (s *session) checked(ctx context.Context, task measure.Task) (result measure.Result, stored int64, err error) {
	switch task.Mode {
	case measure.Consume, measure.Group, measure.Join, measure.Join848, measure.EndToEnd, measure.Idle: // check by themselves
		result, err = s.programs.measure(ctx, task)
		return result, 0, err
	}
	offset, bytes, err := s.extent(ctx, task)
	if err != nil {
		return result, 0, err
	}
	if result, err = s.programs.measure(ctx, task); err != nil {
		return result, 0, err
	}
	newOffset, newBytes, err := s.extent(ctx, task)
	if err == nil && newOffset-offset != int64(task.Records) {
		err = fmt.Errorf("%d records were acknowledged, the topic has %d more", task.Records, newOffset-offset)
	}
	return result, newBytes - bytes, err
}

func (s *session) extent(ctx context.Context, task measure.Task) (offset, bytes int64, err error) {
	if offset, err = s.broker.endOffset(ctx, task.Topic, task.Partitions); err != nil {
		return 0, 0, err
	}
	bytes, err = s.broker.storedBytes(ctx, task.Topic, task.Partitions)
	return offset, bytes, err
}

// task is what all clients do in a scenario; its topics are there.
func (s *session) task(ctx context.Context, sc scenario) (measure.Task, error) {
	t := measure.Task{
		Mode:       sc.Mode,
		Brokers:    s.broker.servers,
		Partitions: sc.Partitions,
		Records:    s.opts.recordsOf(sc),
		Size:       sc.Size,
		Codec:      sc.Codec,
		Senders:    sc.Senders,
		Rate:       s.opts.rateOf(sc),
		WarmTopic:  s.topic("warm-up", strconv.Itoa(measure.WarmPartitions(sc.Partitions))),
	}
	if err := s.ensureTopic(ctx, t.WarmTopic, measure.WarmPartitions(sc.Partitions)); err != nil {
		return t, err
	}
	if sc.Mode == measure.Consume || sc.Mode == measure.Group || sc.joins() {
		return t, s.fill(ctx, &t, sc)
	}
	t.Topic = s.topic(string(sc.Mode), strconv.Itoa(sc.Size), sc.Codec, strconv.Itoa(sc.Partitions))
	if sc.Mode == measure.EndToEnd { // see alone
		return t, nil
	}
	return t, s.ensureTopic(ctx, t.Topic, sc.Partitions)
}

func (s *session) topic(parts ...string) string {
	return strings.Join(slices.Insert(parts, 0, s.broker.prefix), "-")
}

func (s *session) ensureTopic(ctx context.Context, topic string, partitions int) error {
	if s.topics[topic] {
		return nil
	}
	s.topics[topic] = true
	return s.broker.createTopic(ctx, topic, partitions)
}

func (s *session) dropTopic(ctx context.Context, topic string) error {
	delete(s.topics, topic)
	return s.broker.deleteTopics(ctx, topic)
}

// fill makes the topic that consumers read, unless it is there: by the floor
// program, whose batches are the same each time.
func (s *session) fill(ctx context.Context, t *measure.Task, sc scenario) error {
	key := sc
	key.Mode = measure.Consume
	fill := *t
	if sc.joins() {
		key.Mode, fill.Records = measure.Join, joinRecords
	}
	t.Topic = s.topic(string(key.Mode), strconv.Itoa(sc.Size), sc.Codec, strconv.Itoa(sc.Partitions))
	if sc.Mode != measure.Consume {
		t.GroupID = s.topic(string(sc.Mode), strconv.Itoa(sc.Size), sc.Codec, strconv.Itoa(sc.Partitions))
	}
	if s.filled[key] {
		return nil
	}
	s.filled[key] = true
	if err := s.ensureTopic(ctx, t.Topic, sc.Partitions); err != nil {
		return err
	}
	fill.Topic, fill.Client, fill.Mode, fill.BatchBytes = t.Topic, floor.Client.Name, measure.Produce, fillBatchBytes
	_, _, err := s.checked(ctx, fill)
	return err
}
