package protocol_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// releases are those whose schemas lie in testdata.
var releases = []string{"3.9.1", "4.3.1"}

// schema is one of Kafka's JSON message schemas.
type schema struct {
	schemaHead
	Fields        []*field `json:"fields"`
	CommonStructs []*field `json:"commonStructs"`
}

// schemaHead is what a schema tells of the whole message.
type schemaHead struct {
	APIKey                int16    `json:"apiKey"`
	Name                  string   `json:"name"`
	Listeners             []string `json:"listeners"`
	ValidVersions         string   `json:"validVersions"`
	FlexibleVersions      string   `json:"flexibleVersions"`
	LatestVersionUnstable bool     `json:"latestVersionUnstable"`
}

// field is a field of a schema, or a common struct.
type field struct {
	Name             string          `json:"name"`
	Type             string          `json:"type"`
	Versions         string          `json:"versions"`
	NullableVersions string          `json:"nullableVersions"`
	TaggedVersions   string          `json:"taggedVersions"`
	Tag              uint32          `json:"tag"`
	Default          json.RawMessage `json:"default"`
	Ignorable        bool            `json:"ignorable"`
	Fields           []*field        `json:"fields"`
}

var comment = regexp.MustCompile(`(?m)^\s*//.*$`)

func schemaFile(release, name string) string {
	return filepath.Join("testdata", "schemas", release, name+".json")
}

// loadSchema reads a schema of a release.
func loadSchema(t testing.TB, release, name string) *schema {
	t.Helper()
	s := new(schema)
	readSchema(t, release, name, s)
	s.resolve(s.Fields)
	rename(s.Fields, renamed[s.Name])
	return s
}

func readSchema(t testing.TB, release, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(schemaFile(release, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(comment.ReplaceAll(text, nil), into); err != nil {
		t.Fatalf("%s %s: %v", release, name, err)
	}
}

// renamed are fields whose name we took from a later version: an API that 3.9.1
// has by another name, and what the old versions have once of an array's
// element.
var renamed = map[string]map[string]string{
	"ListClientMetricsResourcesResponse": {"ClientMetricsResources": "ConfigResources", "Name": "ResourceName"},
	"AddPartitionsToTxnRequest": {
		"V3AndBelowTransactionalId": "TransactionalId",
		"V3AndBelowProducerId":      "ProducerId",
		"V3AndBelowProducerEpoch":   "ProducerEpoch",
		"V3AndBelowTopics":          "Topics",
	},
	"AddPartitionsToTxnResponse": {"ResultsByTopicV3AndBelow": "TopicResults"},
}

func rename(fields []*field, names map[string]string) {
	for _, f := range fields {
		if name, ok := names[f.Name]; ok {
			f.Name = name
		}
		rename(f.Fields, names)
	}
}

// resolve gives fields of a common struct's type the fields of that struct.
func (s *schema) resolve(fields []*field) {
	for _, f := range fields {
		for _, common := range s.CommonStructs {
			if f.elemType() == common.Name && len(f.Fields) == 0 {
				f.Fields = common.Fields
			}
		}
		s.resolve(f.Fields)
	}
}

// versions returns the versions that the schema is valid for.
func (s *schema) versions() []int16 {
	var list []int16
	for v := range int16(64) {
		if within(s.ValidVersions, v) {
			list = append(list, v)
		}
	}
	return list
}

func (s *schema) flexible(version int16) bool { return within(s.FlexibleVersions, version) }

func (f *field) isArray() bool    { return strings.HasPrefix(f.Type, "[]") }
func (f *field) elemType() string { return strings.TrimPrefix(f.Type, "[]") }
func (f *field) isStruct() bool   { return len(f.Fields) > 0 && !f.isArray() }

func (f *field) in(version int16) bool       { return within(f.Versions, version) }
func (f *field) taggedIn(version int16) bool { return within(f.TaggedVersions, version) }
func (f *field) nullableIn(version int16) bool {
	return within(f.NullableVersions, version)
}

// within tells whether a range such as "3", "0-7", "2+" or "none" has version.
func within(versions string, version int16) bool {
	if versions == "" || versions == "none" {
		return false
	}
	from, to, isRange := strings.Cut(versions, "-")
	if open, ok := strings.CutSuffix(versions, "+"); ok {
		from, to = open, strconv.Itoa(math.MaxInt16)
	} else if !isRange {
		to = from
	}
	return version >= number(from) && version <= number(to)
}

func number(s string) int16 {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 16)
	if err != nil {
		panic(err)
	}
	return int16(n)
}

// defaultValue returns the value of a field that is absent.
func (f *field) defaultValue() any {
	text := strings.Trim(string(f.Default), `"`)
	switch {
	case text == "null":
		return nil
	case f.isArray():
		return []any{}
	case f.isStruct():
		r := record{}
		for _, g := range f.Fields {
			r[g.Name] = g.defaultValue()
		}
		return r
	}
	switch f.Type {
	case "string":
		return text
	case "bytes", "records":
		return []byte{}
	case "uuid":
		return [16]byte{}
	case "bool":
		return strings.EqualFold(text, "true")
	case "float64":
		return 0.0
	case "int8", "int16", "uint16", "int32", "int64":
		if text == "" {
			return int64(0)
		}
		n, err := strconv.ParseInt(text, 0, 64)
		if err != nil {
			panic(err)
		}
		return n
	}
	panic(fmt.Sprintf("field %s of type %s", f.Name, f.Type))
}
