package kafkabroker

import (
	"slices"
	"testing"
)

func TestParseRelease(t *testing.T) {
	for text, want := range map[string]release{
		"4.3.1":    {4, 3, 1},
		"0.8.0":    {0, 8, 0},
		"0.10.2.2": {0, 10, 2, 2},
	} {
		r, err := parseRelease(text)
		if err != nil || !slices.Equal(r, want) {
			t.Errorf("parseRelease(%q) = %v, %v, want %v", text, r, err, want)
		}
		if r.String() != text {
			t.Errorf("%v prints as %q, want %q", []int(r), r, text)
		}
	}
	for _, text := range []string{"", "4", "4.3", "4.3.x", "4.3.-1", "v4.3.1", "4..1", "0.7.2", "1.2.3.4.5", "4.3.1 ", "latest"} {
		if r, err := parseRelease(text); err == nil {
			t.Errorf("parseRelease(%q) = %v, want an error", text, r)
		}
	}
}

func TestReleaseOrder(t *testing.T) {
	for _, c := range []struct {
		version string
		parts   []int
		want    bool
	}{
		{"4.0.1", []int{4}, true},
		{"3.9.1", []int{4}, false},
		{"0.10.2.2", []int{0, 9}, true},
		{"0.9.0.1", []int{0, 10}, false},
		{"0.8.2.2", []int{0, 8, 2}, true},
		{"0.8.1.1", []int{0, 8, 2}, false},
		{"2.8.2", []int{0, 11}, true},
	} {
		r, err := parseRelease(c.version)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.atLeast(c.parts...); got != c.want {
			t.Errorf("%s at least %v: %v, want %v", c.version, c.parts, got, c.want)
		}
	}
}
