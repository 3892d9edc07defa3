package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/properties"
)

// connection is what the flags say about reaching the cluster.
type connection struct {
	streams
	bootstrap  []string
	files      []string
	properties []string
	timeout    time.Duration
	verbose    int
	quiet      bool

	client properties.Clients // that the command is
}

// addConnection adds the flags to a command that is a client of the given kind.
func addConnection(cmd *cobra.Command, s streams, client properties.Clients) *connection {
	c := &connection{streams: s, client: client}
	f := cmd.PersistentFlags()
	f.SortFlags = false
	f.StringSliceVarP(&c.bootstrap, "bootstrap-server", "b", nil, "brokers to begin with, host:port, several between commas (default localhost:9092)")
	f.StringArrayVarP(&c.properties, "command-property", "X", nil, "set a property, key=value; see barnabas help properties")
	f.StringArrayVarP(&c.files, "command-config", "F", nil, "read properties from a file")
	f.DurationVar(&c.timeout, "timeout", 30*time.Second, "how long requests that are not about records may take")
	f.CountVarP(&c.verbose, "verbose", "v", "tell more; twice, still more")
	f.BoolVarP(&c.quiet, "quiet", "q", false, "tell errors alone")
	return c
}

// settings returns the properties that files and flags set, flags last.
func (c *connection) settings() (kafka.Properties, error) {
	all := make(kafka.Properties)
	for _, name := range c.files {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, usage("--command-config: %w", err)
		}
		p, err := kafka.ParseProperties(string(text))
		if err != nil {
			return nil, &propertyError{fmt.Errorf("%s: %w", name, err)}
		}
		all = all.With(p)
	}
	for _, property := range c.properties {
		key, value, ok := strings.Cut(property, "=")
		if !ok {
			return nil, usage("-X %s: write key=value; barnabas help properties lists the keys", property)
		}
		if err := c.checkKey(key, value); err != nil {
			return nil, fmt.Errorf("-X: %w", err)
		}
		all = all.With(kafka.Properties{key: value})
	}
	if len(c.bootstrap) > 0 {
		all = all.With(kafka.Properties{"bootstrap.servers": strings.Join(c.bootstrap, ",")})
	}
	if _, ok := all["client.id"]; !ok {
		all["client.id"] = "barnabas"
	}
	return all, nil
}

// checkKey checks one property, and warns of one that has no effect here.
func (c *connection) checkKey(key, value string) error {
	k, err := properties.Lookup(key)
	if err != nil {
		return &propertyError{err}
	}
	if k.Clients&c.client == 0 {
		c.note("-X %s has no effect here: it is for a %s", key, k.Clients)
	}
	if strings.HasPrefix(k.Name, "ssl.") || strings.HasPrefix(k.Name, "sasl.") || k.Name == "security.protocol" {
		return nil // they make sense together alone
	}
	if err := (kafka.Properties{key: value}).Check(); err != nil {
		return &propertyError{err}
	}
	return nil
}

// level is what is logged.
func (c *connection) level() slog.Level {
	switch {
	case c.quiet:
		return slog.LevelError
	case c.verbose > 1:
		return slog.LevelDebug
	case c.verbose == 1:
		return slog.LevelInfo
	default:
		return slog.LevelWarn
	}
}

// note tells something to the person at the terminal, unless he wants quiet.
func (c *connection) note(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.err, format+"\n", args...)
	}
}

// config returns what all clients need.
func (c *connection) config() (kafka.Config, kafka.Properties, error) {
	p, err := c.settings()
	if err != nil {
		return kafka.Config{}, nil, err
	}
	cfg, err := p.Client()
	if err != nil {
		return cfg, nil, &propertyError{err}
	}
	cfg.Logger = c.logger(c.level())
	return cfg, p, nil
}

// reach asks once for a broker that can be used, so that a command which waits
// with patience does not wait for one that cannot come.
func (c *connection) reach(ctx context.Context, cfg kafka.Config) (kafka.BrokerVersion, error) {
	cfg.Logger = slog.New(slog.DiscardHandler) // the error tells all
	v, err := kafka.CheckVersion(ctx, "", kafka.CheckVersionOptions{Config: cfg, Timeout: c.timeout, Strict: true})
	if err != nil && !wrongUsage(err) {
		return v, &unreachableError{err}
	}
	return v, err
}

// admin reaches the cluster and calls f with an administrator of it.
func (c *connection) admin(ctx context.Context, f func(context.Context, *kafka.Admin) error) error {
	cfg, _, err := c.config()
	if err != nil {
		return err
	}
	if _, err := c.reach(ctx, cfg); err != nil {
		return err
	}
	return withAdmin(ctx, cfg, c.timeout, f)
}

// withAdmin calls f with an administrator of the cluster, and a context that
// bounds it.
func withAdmin(ctx context.Context, cfg kafka.Config, timeout time.Duration, f func(context.Context, *kafka.Admin) error) error {
	a, err := kafka.NewAdmin(cfg)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("not done within --timeout %v", timeout))
	defer cancel()
	err = f(bounded, a)
	if closeErr := a.Close(context.WithoutCancel(ctx)); err == nil {
		err = closeErr
	}
	return err
}

// propertiesHelp is the table of all keys.
func propertiesHelp() string {
	var b strings.Builder
	b.WriteString(`Properties are set by -X key=value, or by --command-config with a file in the
format of Java's properties. Keys are those of the Java client; other names for
them are librdkafka's and kafka-python's, which has underscores for dots.

`)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, k := range properties.Keys() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", k.Name, k.Clients, k.Doc)
		fmt.Fprintf(w, "\t\t%s\n", k.Allowed)
		if len(k.Aliases) > 0 {
			fmt.Fprintf(w, "\t\talso: %s\n", strings.Join(k.Aliases, ", "))
		}
	}
	_ = w.Flush() // a Builder takes everything
	return strings.TrimRight(b.String(), "\n")
}
