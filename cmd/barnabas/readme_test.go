package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/kafkatest"
)

var goBlock = regexp.MustCompile("(?s)\n```go\n(package .*?)\n```\n")

// TestReadme runs the whole programs and tests that the README prints, the
// programs on an embedded broker instead of that on localhost:9092.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, b := brokers(t, kafkatest.AutoCreateTopics(3))
	blocks := goBlock.FindAllStringSubmatch(string(readme), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d whole Go files, want a program and a test", len(blocks))
	}
	program := strings.ReplaceAll(blocks[0][1], "localhost:9092", b)
	out := goTool(t, "run", "main.go", program)
	for _, want := range []string{"order 0\n", "order 1\n", "order 2\n"} {
		if strings.Count(out, want) != 1 {
			t.Errorf("the program prints %q, which has not one %q", out, want)
		}
	}
	if out := goTool(t, "test", "orders_test.go", blocks[1][1]); !strings.HasPrefix(out, "ok ") {
		t.Errorf("the test prints %q", out)
	}
}

// goTool gives the source of a file to a command of the go tool.
func goTool(t *testing.T, command, name, source string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", command, file).CombinedOutput()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", command, err, out)
	}
	return string(out)
}
