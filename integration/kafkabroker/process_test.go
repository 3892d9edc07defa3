package kafkabroker

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"testing"
	"time"
)

const (
	roleBlock  = "block"  // do nothing until killed
	roleParent = "parent" // start a blocked child, print its pid, and block
	roleDeaf   = "deaf"   // ignore SIGTERM
)

// childCommand runs this test binary in a role.
func childCommand(t testing.TB, role string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childArgument+"="+role)
	ownGroup(cmd)
	return cmd
}

func playChild(role string) int {
	switch role {
	case roleParent:
		self, err := os.Executable()
		if err != nil {
			return 1
		}
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), childArgument+"="+roleBlock)
		ownGroup(cmd)
		p, err := startProcess(cmd)
		if err != nil {
			return 1
		}
		fmt.Println(p.cmd.Process.Pid)
	case roleDeaf:
		signal.Ignore(signalTerminate)
		fmt.Println("deaf")
	}
	select {}
}

// startedChild returns a child's process and the first line that it prints.
func startedChild(t *testing.T, role string) (*process, string) {
	t.Helper()
	cmd := childCommand(t, role)
	stdout, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	cmd.Stdout = writer
	p, err := startProcess(cmd)
	writer.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.signal(os.Kill); <-p.done })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil && err != io.EOF {
		t.Fatal(err)
	}
	return p, strings.TrimSpace(line)
}

func TestEndNodes(t *testing.T) {
	willing, err := startProcess(childCommand(t, roleBlock))
	if err != nil {
		t.Fatal(err)
	}
	paused, err := startProcess(childCommand(t, roleBlock))
	if err != nil {
		t.Fatal(err)
	}
	if err := paused.signal(signalPause); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	endNodes([]*node{{name: "1", proc: willing}, {name: "2", proc: paused}, {name: "3"}}, time.Minute)
	if took := time.Since(start); took > 30*time.Second {
		t.Errorf("it took %v to end willing processes", took)
	}

	deaf, _ := startedChild(t, roleDeaf)
	endNodes([]*node{{name: "1", proc: deaf}}, 50*time.Millisecond)
	for _, p := range []*process{willing, paused, deaf} {
		if p.alive() {
			t.Errorf("process %d lives on", p.cmd.Process.Pid)
		}
	}
}
