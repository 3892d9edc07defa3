package kafkabroker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// findJava returns the java command, having checked that r's broker runs on it.
func findJava(ctx context.Context, r release) (string, error) {
	java := os.Getenv("KAFKA_JAVA")
	if home := os.Getenv("JAVA_HOME"); java == "" && home != "" {
		java = filepath.Join(home, "bin", "java")
	}
	if java == "" {
		java = "java"
	}
	java, err := exec.LookPath(java)
	if err != nil {
		return "", fmt.Errorf("kafkabroker: brokers need Java (set KAFKA_JAVA, or list only \"embedded\" in KAFKA_VERSION): %w", err)
	}
	out, err := exec.CommandContext(ctx, java, "-version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("kafkabroker: %s -version: %w\n%s", java, err, out)
	}
	major, err := javaMajor(string(out))
	if err != nil {
		return "", fmt.Errorf("kafkabroker: %s -version: %w", java, err)
	}
	return java, r.checkJava(major)
}

var javaVersion = regexp.MustCompile(`version "(?:1\.)?(\d+)`)

// javaMajor reads what "java -version" prints.
func javaMajor(printed string) (int, error) {
	m := javaVersion.FindStringSubmatch(printed)
	if m == nil {
		return 0, fmt.Errorf("no version in %q", printed)
	}
	return strconv.Atoi(m[1])
}

func (r release) checkJava(major int) error {
	switch {
	case major < 17:
		return fmt.Errorf("kafkabroker: Kafka %s is started with Java 17 or later, this is %d: set KAFKA_JAVA", r, major)
	case major >= 24 && !r.atLeast(4):
		return fmt.Errorf("kafkabroker: Kafka %s needs the security manager, gone in Java 24 (this is %d): set KAFKA_JAVA", r, major)
	}
	return nil
}

// A jvm is how java is started for one cluster's brokers and tools.
type jvm struct {
	java, classPath string
	dir             string // where the log configuration is
}

// broker returns the command of a server process.
func (j jvm) broker(heap string, args ...string) []string {
	return j.command("log4j", append([]string{"-Xmx" + heap, "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError"}, args...))
}

// tool returns the command of a command-line tool, which is to start fast.
func (j jvm) tool(args ...string) []string {
	return j.command("tool", append([]string{"-Xmx256m", "-XX:TieredStopAtLevel=1"}, args...))
}

func (j jvm) command(log string, args []string) []string {
	base := []string{
		j.java, "-XX:-UsePerfData",
		// Brokers before 1.1 reach into these to unmap index files.
		"--add-opens=java.base/java.lang=ALL-UNNAMED",
		"--add-opens=java.base/java.nio=ALL-UNNAMED",
		"--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
		"-Djava.awt.headless=true", "-Djava.net.preferIPv4Stack=true",
		"-Dlog4j.configuration=file:" + filepath.Join(j.dir, log+".properties"),
		"-Dlog4j2.configurationFile=" + filepath.Join(j.dir, log+"2.properties"),
		"-cp", j.classPath,
	}
	return append(base, args...)
}

// Java returns the command that runs a class of the cluster's release, with the
// caller's standard streams to be set. It dies with ctx or with this process.
func (c *Cluster) Java(ctx context.Context, class string, args ...string) *exec.Cmd {
	command := c.jvm.tool(append([]string{class}, args...)...)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	ownGroup(cmd)
	return cmd
}

// JavaProgram returns the command that runs a program of one source file on the
// jars of the cluster's release: one that Java would start fast and run slowly. It
// dies with ctx or with this process.
func (c *Cluster) JavaProgram(ctx context.Context, heap, source string, args ...string) *exec.Cmd {
	command := c.jvm.command("tool", append([]string{"-Xmx" + heap, source}, args...))
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	ownGroup(cmd)
	return cmd
}

// ConsoleProducer returns the release's kafka-console-producer, connected to the
// cluster: it produces the lines of its standard input, with acks=all (old ones
// have acks=0 as default and lose what they send too early).
func (c *Cluster) ConsoleProducer(ctx context.Context, args ...string) *exec.Cmd {
	class, flag := "kafka.tools.ConsoleProducer", "--broker-list"
	switch {
	case c.release.atLeast(4):
		class = "org.apache.kafka.tools.ConsoleProducer"
	case !c.release.atLeast(0, 8, 2):
		class = "kafka.producer.ConsoleProducer"
	}
	if c.release.atLeast(2, 5) {
		flag = "--bootstrap-server"
	}
	connect := []string{flag, join(c.BootstrapServers()), "--request-required-acks", "-1"}
	return c.Java(ctx, class, append(connect, args...)...)
}

// ConsoleConsumer returns the release's kafka-console-consumer, connected to the
// cluster: it prints what it reads to its standard output. Before 0.10.1 it is
// the one that works over ZooKeeper.
func (c *Cluster) ConsoleConsumer(ctx context.Context, args ...string) *exec.Cmd {
	class := "kafka.tools.ConsoleConsumer"
	switch {
	case c.release.atLeast(3, 9):
		class = "org.apache.kafka.tools.consumer.ConsoleConsumer"
	case !c.release.atLeast(0, 8, 2):
		class = "kafka.consumer.ConsoleConsumer"
	}
	connect := []string{"--bootstrap-server", join(c.BootstrapServers())}
	if !c.release.atLeast(0, 10, 1) {
		connect = []string{"--zookeeper", c.zooKeeper.address()}
	}
	return c.Java(ctx, class, append(connect, args...)...)
}

// runTool runs a command-line tool that is part of the cluster's start.
func (c *Cluster) runTool(ctx context.Context, class string, args ...string) error {
	cmd := c.Java(ctx, class, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8") // of the arguments
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("kafkabroker: %s: %w\n%s", class, errors.Join(err, ctx.Err()), tail(out, 25))
	}
	return nil
}
