package properties

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/consumer"
	"github.com/barnabas-go/kafka/coordinator/assignors"
	"github.com/barnabas-go/kafka/producer"
)

var update = flag.Bool("update", false, "write docs/configuration.md anew")

const referenceFile = "../docs/configuration.md"

// TestReference holds docs/configuration.md against the keys: go test
// ./properties -run Reference -update writes it.
func TestReference(t *testing.T) {
	want := reference()
	if *update {
		if err := os.WriteFile(referenceFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the keys say: go test ./properties -run Reference -update", referenceFile)
	}
}

const referenceIntro = `# Configuration

All keys that a configuration as text may have, in a file (` + "`kafka.ParseProperties`" + `), a map (` + "`kafka.Properties`" + `), or the environment (` + "`kafka.PropertiesFromEnv`, `KAFKA_BOOTSTRAP_SERVERS` for `bootstrap.servers`" + `). Names are the Java client's, or librdkafka's where that has none; those of librdkafka and kafka-python beside them mean the same, and any may have underscores for dots. What is code, such as a dialer, a logger or a listener, is a field of the Configs alone.

Without a default, a key changes nothing while it is not set. Made from package properties by ` + "`go test ./properties -run Reference -update`" + `.
`

func reference() string {
	var b strings.Builder
	b.WriteString(referenceIntro)
	sections := map[Clients]string{AllClients: "All clients", Producers: "Producers", Consumers: "Consumers", Producers | Consumers: "Producers and consumers"}
	for _, clients := range []Clients{AllClients, Producers | Consumers, Producers, Consumers} {
		fmt.Fprintf(&b, "\n## %s\n\n| key | type | default | values | what it is | also |\n|---|---|---|---|---|---|\n", sections[clients])
		for _, k := range Keys() {
			if k.Clients == clients {
				fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", code(k.Name), k.Type, code(k.Default), cell(strings.TrimPrefix(k.Allowed, "must be ")), cell(k.Doc), code(k.Aliases...))
			}
		}
	}
	b.WriteString("\n## Keys of other clients that are not supported\n\nThey are refused, and the error says what is said here.\n\n| key | why, and what to do |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		fmt.Fprintf(&b, "| %s | %s |\n", code(name), cell(reasons[name]))
	}
	return b.String()
}

// code returns texts as the cell of a table, between backticks.
func code(texts ...string) string {
	var quoted []string
	for _, t := range texts {
		if t != "" {
			quoted = append(quoted, "`"+cell(t)+"`")
		}
	}
	return strings.Join(quoted, ", ")
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// configs are those of all clients, as they are when defaults are filled in.
type configs struct {
	client   cluster.Config
	producer producer.Config
	consumer consumer.Config
}

func filled(t *testing.T, p Properties) configs {
	t.Helper()
	var c configs
	var errs [3]error
	c.client, errs[0] = p.Client()
	c.producer, errs[1] = p.Producer()
	c.consumer, errs[2] = p.Consumer()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	c.client, c.producer, c.consumer = c.client.WithDefaults(), c.producer.WithDefaults(), c.consumer.WithDefaults()
	c.producer.Partitioner = nil // functions are not equal to each other
	if len(c.consumer.Assignors) == 0 {
		c.consumer.Assignors = assignors.Default()
	}
	return c
}

// TestDefaults: a key with its default leaves all configurations as they are
// without it, so that the reference does not say what is not so.
func TestDefaults(t *testing.T) {
	base := filled(t, nil)
	for _, k := range Keys() {
		if k.Default == "" || strings.HasPrefix(k.Name, "ssl.") || strings.HasPrefix(k.Name, "sasl.") {
			continue
		}
		if got := filled(t, Properties{k.Name: k.Default}); !reflect.DeepEqual(got, base) {
			t.Errorf("%s=%s changes the configurations, so %[2]s is not the default", k.Name, k.Default)
		}
	}
}

// TestNoDefaultIsForgotten: what a Config fills in is a default of its key.
func TestNoDefaultIsForgotten(t *testing.T) {
	for _, c := range []any{cluster.Config{}.WithDefaults(), producer.Config{}.WithDefaults(), consumer.Config{}.WithDefaults()} {
		v := reflect.ValueOf(c)
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.Anonymous || v.Field(i).IsZero() {
				continue
			}
			for _, k := range Keys() {
				if k.Field == field.Name && k.Default == "" {
					t.Errorf("%s has no default in the table, though %T fills in %v", k.Name, c, v.Field(i))
				}
			}
		}
	}
}
