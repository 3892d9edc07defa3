package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/protocol"
)

// explain returns the text for an error, one line for each of several causes.
func explain(err error) string {
	var usage *usageError
	if errors.As(err, &usage) {
		return err.Error() + "\nrun barnabas help, or barnabas COMMAND --help"
	}
	var unreachable *unreachableError
	var attempts *cluster.AttemptsError
	if errors.As(err, &unreachable) && errors.As(err, &attempts) {
		lines := []string{"no broker could be used:"}
		for _, e := range attempts.Errs {
			lines = append(lines, e.Error())
		}
		return strings.Join(lines, "\n  ")
	}
	return err.Error()
}

// unknownTopicError tells that a topic does not exist, and which ones do.
type unknownTopicError struct {
	topic   string
	nearest []string // names like it
	others  int      // how many topics there are
}

// Error names the topic, those with similar names, and what to do.
func (e *unknownTopicError) Error() string {
	s := fmt.Sprintf("topic %q does not exist", e.topic)
	switch {
	case len(e.nearest) > 0:
		s += "; did you mean " + strings.Join(e.nearest, " or ") + "?"
	case e.others == 0:
		s += ": the cluster has no topics"
	default:
		s += "; barnabas topics list shows those that do"
	}
	return s + fmt.Sprintf(" (barnabas topics create %s makes it)", e.topic)
}

// Is makes it match what brokers say.
func (e *unknownTopicError) Is(target error) bool {
	return target == protocol.ErrUnknownTopicOrPartition
}

// describeTopics describes topics; the error tells of one that does not exist
// which names are like it.
func describeTopics(ctx context.Context, a *kafka.Admin, names ...string) ([]kafka.Topic, error) {
	topics, err := a.DescribeTopics(ctx, names...)
	for _, t := range topics {
		if errors.Is(t.Err, protocol.ErrUnknownTopicOrPartition) {
			return topics, unknownTopic(ctx, a, t.Name)
		}
	}
	return topics, err
}

func unknownTopic(ctx context.Context, a *kafka.Admin, name string) error {
	e := &unknownTopicError{topic: name}
	all, err := a.ListTopics(ctx)
	if err != nil {
		return errors.Join(e, err)
	}
	type candidate struct {
		name  string
		edits int
	}
	var candidates []candidate
	for _, t := range all {
		if t.Internal {
			continue
		}
		e.others++
		if d := edits(strings.ToLower(name), strings.ToLower(t.Name)); d <= max(2, len(name)/3) {
			candidates = append(candidates, candidate{t.Name, d})
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return a.edits - b.edits })
	for _, c := range candidates[:min(len(candidates), 3)] {
		e.nearest = append(e.nearest, strconv.Quote(c.name))
	}
	return e
}

// edits returns how many characters have to be inserted, deleted or replaced to
// make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
