package main

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/kafkatest"
)

// result is what a command line did.
type result struct {
	code     int
	out, err string
}

// barnabas runs a command line in this process.
func barnabas(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, streams{strings.NewReader(stdin), &out, &err})
	return result{code, out.String(), err.String()}
}

// must runs a command line that has to succeed without a word on the stream for
// diagnostics, and returns its output.
func must(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	r := barnabas(t, stdin, args...)
	if r.code != exitOK || r.err != "" {
		t.Fatalf("barnabas %s: exit code %d, %s", strings.Join(args, " "), r.code, r.err)
	}
	return r.out
}

// brokers starts embedded brokers and returns their addresses.
func brokers(t *testing.T, opts ...kafkatest.Option) (c *kafkatest.Cluster, bootstrap string) {
	t.Helper()
	kafkatest.CheckLeaks(t)
	c = kafkatest.Start(t, opts...)
	return c, strings.Join(c.BootstrapServers(), ",")
}

// background runs a command line in the background. The first line of its output is
// returned when it is there; stop interrupts it.
func background(t *testing.T, stdin io.Reader, args ...string) (firstLine func() string, stop func() result) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	var diagnostics bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, args, streams{stdin, in, &diagnostics})
		_ = in.Close()
	}()
	output := make(chan string, 1)
	line := make(chan string, 1)
	go func() {
		var all []byte
		buf := make([]byte, 1)
		for told := false; ; {
			n, err := out.Read(buf)
			all = append(all, buf[:n]...)
			if !told && (err != nil || bytes.HasSuffix(all, []byte("\n"))) {
				told = true
				line <- strings.TrimSpace(string(all))
			}
			if err != nil {
				output <- string(all)
				return
			}
		}
	}()
	return func() string { return <-line }, func() result {
		cancel()
		c, o := <-code, <-output
		return result{c, o, diagnostics.String()}
	}
}

// matches tells whether text is as a pattern has it, in which ... stands for
// anything and all else for itself.
func matches(text, pattern string) bool {
	parts := strings.Split(pattern, "...")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$").MatchString(text)
}
