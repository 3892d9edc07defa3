package main

import (
	"context"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/barnabas-go/kafka"
	"github.com/barnabas-go/kafka/properties"
	"github.com/barnabas-go/kafka/protocol"
)

func newCheckVersion(s streams) *cobra.Command {
	var apis bool
	cmd := &cobra.Command{
		Use: "check-version", Short: "tell which Kafka each broker runs, by the APIs that it has", Args: cobra.NoArgs,
	}
	c := addConnection(cmd, s, properties.Admins)
	cmd.Flags().BoolVar(&apis, "apis", false, "list the versions of each API, too")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.admin(cmd.Context(), func(ctx context.Context, a *kafka.Admin) error {
			versions, err := a.BrokerVersions(ctx)
			for _, v := range versions {
				if printErr := c.printVersion(v, apis); printErr != nil {
					return printErr
				}
			}
			return err
		})
	}
	return cmd
}

// highestAPI bounds the keys that are asked about.
const highestAPI protocol.APIKey = 1000

func (c *connection) printVersion(v kafka.BrokerVersion, apis bool) error {
	_, err := fmt.Fprintf(c.out, "%s\t%s\n", v.Node, v.Release)
	if !apis || err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for key := protocol.APIKey(0); key < highestAPI; key++ {
		r, ok := v.Versions.Range(key)
		if !ok {
			continue
		}
		used := "not used"
		if highest, ok := v.Versions.Highest(key); ok {
			used = fmt.Sprintf("used: %d", highest)
		}
		if _, writeErr := fmt.Fprintf(w, "  %s\t%d to %d\t%s\n", key, r.Min, r.Max, used); writeErr != nil {
			err = writeErr
		}
	}
	return errors.Join(err, w.Flush())
}
