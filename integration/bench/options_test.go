package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/integration/bench/measure"
)

func TestParseOptions(t *testing.T) {
	o, err := parseOptions([]string{"-scenarios", "produce/64/zstd,consume/2000,latency/100/none", "-partitions", "1,6", "-clients", "floor,franz"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want := []scenario{
		{measure.Produce, 64, "zstd", 1, 0, 0}, {measure.Produce, 64, "zstd", 6, 0, 0},
		{measure.Consume, 2000, "none", 1, 0, 0}, {measure.Consume, 2000, "none", 6, 0, 0},
		{measure.Consume, 2000, "lz4", 1, 0, 0}, {measure.Consume, 2000, "lz4", 6, 0, 0},
		{measure.Consume, 2000, "zstd", 1, 0, 0}, {measure.Consume, 2000, "zstd", 6, 0, 0},
		{measure.Latency, 100, "none", 1, 0, 0}, {measure.Latency, 100, "none", 6, 0, 0},
	}
	if !slices.Equal(o.scenarios, want) {
		t.Errorf("scenarios are\n%v\nwant\n%v", o.scenarios, want)
	}
	o, err = parseOptions([]string{"-scenarios", "growth", "-partitions", "3"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	want = []scenario{
		{measure.Produce, 100, "none", 3, 0, 10_000_000}, {measure.Produce, 100, "none", 10_000, 0, 0},
		{measure.Produce, 100, "none", 3, 64, 0}, {measure.Produce, 100_000, "none", 3, 0, 0},
		{measure.Produce, 1_000_000, "none", 3, 0, 0},
	}
	if !slices.Equal(o.scenarios, want) {
		t.Errorf("scenarios of growth are\n%v\nwant\n%v", o.scenarios, want)
	}
}

func TestParseClients(t *testing.T) {
	o, err := parseOptions([]string{"-clients", "floor,franz"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.clients, []string{"floor", "franz"}) || o.rounds != 5 {
		t.Errorf("options are %+v", o)
	}
}

func TestDefaultOptions(t *testing.T) {
	o, err := parseOptions(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.scenarios) != 13 || len(o.clients) != 9 {
		t.Errorf("%d scenarios, %d clients", len(o.scenarios), len(o.clients))
	}
	for size, want := range map[int]int{100: 1_000_000, 1024: 250_000, 1_000_000: 268} {
		if n := o.recordsOf(scenario{measure.Consume, size, "none", 6, 0, 0}); n != want {
			t.Errorf("%d records of %d bytes, want %d", n, size, want)
		}
	}
	for mode, want := range map[measure.Mode]int{measure.Paced: 100_000, measure.EndToEnd: 10_000, measure.Join: 20, measure.Join848: 20, measure.Idle: 20} {
		if n := o.recordsOf(scenario{mode, 100, "none", 6, 0, 0}); n != want {
			t.Errorf("%s: %d records, want %d", mode, n, want)
		}
	}
}

func TestBadOptions(t *testing.T) {
	for args, want := range map[string]string{
		"-clients nobody":                      `no client "nobody"`,
		"-clients franz,franz":                 "twice",
		"-scenarios prodoce":                   `no mode "prodoce"`,
		"-scenarios produce/0":                 `"0" is no number above 0`,
		"-scenarios produce/8":                 "want 16 or more",
		"-scenarios produce/100/lzma":          `no codec "lzma"`,
		"-scenarios produce/100/lz4/1":         `no "1"`,
		"-scenarios produce/100/lz4/records=x": `"x" is no number above 0`,
		"-partitions 0":                        `-partitions: "0"`,
		"-rounds 0":                            "-rounds 0",
		"-records -1":                          "-records -1",
		"-rate -1":                             "-rate -1",
		"produce":                              `unknown argument "produce"`,
	} {
		_, err := parseOptions(strings.Fields(args), io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, want %q", args, err, want)
		}
	}
}
