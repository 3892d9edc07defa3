package kafkabroker

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPOM(t *testing.T) {
	for version, want := range map[string]string{
		"0.8.0":  "kafka_2.10:0.8.0 jaxb-api:2.3.1 reload4j:1.2.25 slf4j-reload4j:1.7.36",
		"1.1.1":  "kafka_2.12:1.1.1 reload4j:1.2.25 slf4j-reload4j:1.7.36",
		"2.3.1":  "kafka_2.12:2.3.1 reload4j:1.2.25 slf4j-reload4j:1.7.36",
		"2.8.2":  "kafka_2.13:2.8.2 reload4j:1.2.25 slf4j-reload4j:1.7.36",
		"4.3.1":  "kafka_2.13:4.3.1 kafka-tools:4.3.1 log4j-slf4j-impl:2.25.4 log4j-core:2.25.4",
		"0.10.1": "kafka_2.11:0.10.1 jaxb-api:2.3.1 reload4j:1.2.25 slf4j-reload4j:1.7.36",
	} {
		r, err := parseRelease(version)
		if err != nil {
			t.Fatal(err)
		}
		var project struct {
			Dependencies []struct {
				Artifact string `xml:"artifactId"`
				Version  string `xml:"version"`
			} `xml:"dependencies>dependency"`
		}
		if err := xml.Unmarshal(r.pom(), &project); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range project.Dependencies {
			got = append(got, d.Artifact+":"+d.Version)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("Kafka %s needs %v, want %s", version, got, want)
		}
	}
}

// A stand-in for mvn shows what the cache makes of Maven's results.
func fakeMaven(t *testing.T, script string) {
	t.Helper()
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "mvn"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	t.Setenv("KAFKA_CACHE", t.TempDir())
}

const copyOneJar = `
echo run >>"$KAFKA_CACHE/runs"
for a; do case "$a" in -DoutputDirectory=*) d=${a#*=};; esac; done
mkdir -p "$d" && echo jar >"$d/kafka.jar"
`

func TestFetchJarsOnce(t *testing.T) {
	fakeMaven(t, copyOneJar)
	paths := make(chan string)
	for range 4 {
		go func() {
			path, err := fetchJars(t.Context(), release{4, 3, 1})
			if err != nil {
				t.Error(err)
			}
			paths <- path
		}()
	}
	for range 4 {
		jars, err := filepath.Glob(<-paths + ".jar")
		if err != nil || len(jars) != 1 {
			t.Errorf("the class path holds %v, %v", jars, err)
		}
	}
	runs, err := os.ReadFile(filepath.Join(os.Getenv("KAFKA_CACHE"), "runs"))
	if err != nil || string(runs) != "run\n" {
		t.Errorf("mvn ran so often: %q, %v, want once", runs, err)
	}
}

func TestFailedFetchLeavesNoJars(t *testing.T) {
	fakeMaven(t, copyOneJar+"echo no route to the repository; exit 1\n")
	_, err := fetchJars(t.Context(), release{4, 3, 1})
	if err == nil || !strings.Contains(err.Error(), "no route to the repository") {
		t.Errorf("a failed fetch: %v, want what mvn said", err)
	}
	entries, err := filepath.Glob(filepath.Join(os.Getenv("KAFKA_CACHE"), "*-*"))
	if err != nil || len(entries) != 0 {
		t.Errorf("a failed fetch leaves %v, %v", entries, err)
	}
}
