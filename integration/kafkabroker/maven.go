package kafkabroker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A dependency is one artifact of a Maven project.
type dependency struct {
	group, artifact, version string
	exclude                  []string // "group:artifact"
}

// scala is the Scala build of r's broker that is fetched.
func (r release) scala() string {
	switch {
	case r.atLeast(2, 4):
		return "2.13"
	case r.atLeast(0, 10, 2):
		return "2.12"
	case r.atLeast(0, 8, 2):
		return "2.11"
	}
	return "2.10"
}

// dependencies are the jars that r's broker and tools run with, and the versions
// that transitive dependencies are held at.
//
// Releases differ in the log binding they bring, if any. Without one a failing
// broker is silent, and ZooKeeper 3.4 does not start without log4j 1 classes. So
// all get the same binding, one per generation of log4j.
func (r release) dependencies() (direct, managed []dependency) {
	exclude := []string{
		"log4j:log4j", "org.slf4j:slf4j-log4j12", "org.slf4j:slf4j-simple", "junit:junit",
		"jline:jline", "ch.qos.logback:logback-classic", "ch.qos.logback:logback-core",
	}
	direct = append(direct, dependency{"org.apache.kafka", "kafka_" + r.scala(), r.String(), exclude})
	if !r.atLeast(1) { // 0.10.1 to 0.11 use javax.xml.bind, gone from Java 11
		direct = append(direct, dependency{"javax.xml.bind", "jaxb-api", "2.3.1", nil})
	}
	if r.atLeast(3, 3) {
		exclude = append(exclude, "org.apache.kafka:connect-api", "org.apache.kafka:connect-json",
			"org.apache.kafka:connect-runtime", "org.apache.kafka:connect-transforms")
		direct = append(direct, dependency{"org.apache.kafka", "kafka-tools", r.String(), exclude})
	}
	if r.atLeast(2, 0) && !r.atLeast(2, 4) {
		// Their ZooKeeper clients, 3.4.13 and 3.4.14, fail on Java 14 and later: they
		// read the "<unresolved>" of an address's printed form as part of a host name.
		managed = append(managed, dependency{"org.apache.zookeeper", "zookeeper", "3.4.12", nil})
	}
	if r.atLeast(4) {
		managed = append(managed,
			dependency{"org.apache.logging.log4j", "log4j-api", "2.25.4", nil},
			dependency{"org.apache.logging.log4j", "log4j-core", "2.25.4", nil})
		direct = append(direct,
			dependency{"org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4", nil},
			dependency{"org.apache.logging.log4j", "log4j-core", "2.25.4", nil})
		return direct, managed
	}
	managed = append(managed, dependency{"org.slf4j", "slf4j-api", "1.7.36", nil})
	direct = append(direct,
		dependency{"ch.qos.reload4j", "reload4j", "1.2.25", nil},
		dependency{"org.slf4j", "slf4j-reload4j", "1.7.36", []string{"log4j:log4j"}})
	return direct, managed
}

// pom is the Maven project whose runtime class path is r's broker.
func (r release) pom() []byte {
	var b bytes.Buffer
	direct, managed := r.dependencies()
	b.WriteString("<project><modelVersion>4.0.0</modelVersion>" +
		"<groupId>local</groupId><artifactId>jars</artifactId><version>1</version>\n" +
		"<dependencyManagement><dependencies>\n")
	writeDependencies(&b, managed)
	b.WriteString("</dependencies></dependencyManagement>\n<dependencies>\n")
	writeDependencies(&b, direct)
	b.WriteString("</dependencies></project>\n")
	return b.Bytes()
}

func writeDependencies(b *bytes.Buffer, deps []dependency) {
	for _, d := range deps {
		fmt.Fprintf(b, "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version><exclusions>",
			d.group, d.artifact, d.version)
		for _, x := range d.exclude {
			group, artifact, _ := strings.Cut(x, ":")
			fmt.Fprintf(b, "<exclusion><groupId>%s</groupId><artifactId>%s</artifactId></exclusion>", group, artifact)
		}
		b.WriteString("</exclusions></dependency>\n")
	}
}

// cacheDir is where jars are kept between runs.
func cacheDir() (string, error) {
	if dir := os.Getenv("KAFKA_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("kafkabroker: no cache folder (set KAFKA_CACHE): %w", err)
	}
	return filepath.Join(dir, "barnabas-kafka"), nil
}

// fetchJars returns the class path of r, fetching its jars by Maven unless they
// are in the cache. The folder's name carries the project's hash, and the folder
// appears by a rename: if it is there, it is complete and up to date.
func fetchJars(ctx context.Context, r release) (classPath string, err error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	pom := r.pom()
	sum := sha256.Sum256(pom)
	libs := filepath.Join(cache, "kafka-"+r.String()+"-"+hex.EncodeToString(sum[:4]))
	classPath = filepath.Join(libs, "*")
	if _, err := os.Stat(libs); err == nil {
		return classPath, nil
	}
	// One Maven at a time: it does not share its local repository between processes.
	unlock, err := lock(ctx, filepath.Join(cache, "maven.lock"))
	if err != nil {
		return "", fmt.Errorf("kafkabroker: waiting for another process that fetches jars: %w", err)
	}
	defer unlock()
	if _, err := os.Stat(libs); err == nil {
		return classPath, nil
	}
	temp, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return "", fmt.Errorf("kafkabroker: jar cache: %w", err)
	}
	defer os.RemoveAll(temp)
	fetched, err := copyDependencies(ctx, temp, pom)
	if err != nil {
		return "", fmt.Errorf("kafkabroker: fetching the jars of Kafka %s: %w", r, err)
	}
	if err := os.Rename(fetched, libs); err != nil {
		return "", fmt.Errorf("kafkabroker: jar cache: %w", err)
	}
	return classPath, nil
}

// copyDependencies runs Maven in dir and returns the folder that it filled.
func copyDependencies(ctx context.Context, dir string, pom []byte) (string, error) {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return "", fmt.Errorf("install Maven, or list only \"embedded\" in KAFKA_VERSION: %w", err)
	}
	project := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(project, pom, 0o644); err != nil {
		return "", err
	}
	libs := filepath.Join(dir, "libs")
	args := []string{"-q", "-B", "-f", project, "dependency:copy-dependencies",
		"-DoutputDirectory=" + libs, "-DincludeScope=runtime"}
	var output []byte
	for range 3 { // a download can fail in passing
		cmd := exec.CommandContext(ctx, mvn, args...)
		ownGroup(cmd)
		if output, err = cmd.CombinedOutput(); err == nil {
			return libs, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		args = append(args, "-U") // Maven remembers a failed look-up unless told so
	}
	return "", fmt.Errorf("mvn: %w\n%s", err, tail(output, 25))
}
