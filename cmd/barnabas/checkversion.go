package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/properties"
)

// versionCheck is what the flags of check-version say.
type versionCheck struct {
	*connection
	apis, json, strict bool
	node               int32
}

func newCheckVersion(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use: "check-version", Short: "tell which Kafka each broker runs, by the APIs that it has", Args: cobra.NoArgs,
	}
	c := &versionCheck{connection: addConnection(cmd, s, properties.Admins)}
	f := cmd.Flags()
	f.BoolVar(&c.apis, "apis", false, "list the versions of each API, and the features, too")
	f.BoolVarP(&c.json, "json", "J", false, "tell all of it, by a line of JSON for each broker")
	f.Int32Var(&c.node, "node", 0, "ask the broker with this id alone")
	f.BoolVar(&c.strict, "strict", false, "fail if a broker from before 0.10 does not behave as one, instead of guessing")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		opts := kafka.CheckVersionOptions{Timeout: c.timeout, Strict: c.strict}
		if cmd.Flags().Changed("node") {
			opts.Node = &c.node
		}
		return c.run(cmd.Context(), opts)
	}
	return cmd
}

func (c *versionCheck) run(ctx context.Context, opts kafka.CheckVersionOptions) error {
	cfg, _, err := c.config()
	if err != nil {
		return err
	}
	if cfg.APIVersion != "" {
		c.note("api.version has no effect here: the brokers are asked")
	}
	if c.verbose == 0 {
		cfg.Logger = slog.New(slog.DiscardHandler) // the error tells all
	}
	opts.Config = cfg
	versions, err := kafka.CheckVersions(ctx, "", opts)
	for _, v := range versions {
		if printErr := c.print(v); printErr != nil {
			return printErr
		}
	}
	if err != nil && len(versions) == 0 && !wrongUsage(err) && !errors.Is(err, cluster.ErrUnknownNode) {
		return &unreachableError{err}
	}
	return err
}

func (c *versionCheck) print(v kafka.BrokerVersion) error {
	if c.json {
		return json.NewEncoder(c.out).Encode(v)
	}
	_, err := fmt.Fprintf(c.out, "%s\t%s\n", v.Node, v.Release)
	if c.apis {
		for line := range strings.Lines(v.Table()) {
			_, lineErr := fmt.Fprint(c.out, strings.TrimRight("  "+line, " \n")+"\n")
			err = errors.Join(err, lineErr)
		}
	}
	return err
}
