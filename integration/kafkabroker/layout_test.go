package kafkabroker

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRemoveAbandoned(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"held", "abandoned"} {
		if err := os.MkdirAll(filepath.Join(root, name, "1", "data"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	owner, err := tryLock(ownerLock(filepath.Join(root, "held")))
	if err != nil || owner == nil {
		t.Fatal(owner, err)
	}
	defer owner.Close()

	left := func(before time.Time) string {
		if err := removeAbandoned(root, before); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(root)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	if got := left(time.Now().Add(-time.Hour)); got != "abandoned held" {
		t.Errorf("of young folders remain %q, want both", got)
	}
	if got := left(time.Now().Add(time.Hour)); got != "held" {
		t.Errorf("of old folders remain %q, want the held one", got)
	}
}

func TestTail(t *testing.T) {
	for _, test := range []struct {
		text  string
		lines int
		want  string
	}{
		{"a\nb\nc\n", 2, "b\nc"},
		{"a\nb\nc", 3, "a\nb\nc"},
		{"a\n", 5, "a"},
		{"", 5, ""},
	} {
		if got := string(tail([]byte(test.text), test.lines)); got != test.want {
			t.Errorf("the last %d lines of %q: %q, want %q", test.lines, test.text, got, test.want)
		}
	}
}
