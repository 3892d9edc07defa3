package kafkabroker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

// errNotRunning reports a signal for a node that has ended.
var errNotRunning = errors.New("not running")

// A process is one run of a child: a broker or ZooKeeper.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and is reaped
}

func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// run starts the child and waits for it on a thread that is the child's alone
// until then: the kernel takes the end of the starting thread for the parent's
// death (see dieWithParent), and threads of a Go program may end before it does.
func (p *process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.cmd.Wait() // how it ended stands in its log, and a killed one ends in an error
	close(p.done)
}

func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

func (p *process) signal(sig os.Signal) error {
	err := p.cmd.Process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		return errNotRunning
	}
	return err
}

// terminate asks the process to end, also when it is paused.
func (p *process) terminate() {
	p.signal(signalTerminate)
	p.signal(signalResume)
}

// end waits for the process until the grace channel fires, then kills it.
func (p *process) end(grace <-chan time.Time) {
	select {
	case <-p.done:
		return
	case <-grace:
	}
	p.signal(os.Kill)
	<-p.done
}

// A node is a member of a cluster over all its runs: a broker or ZooKeeper.
type node struct {
	name    string
	dir     string
	command []string
	port    int // of the PLAINTEXT listener, or ZooKeeper's

	mu   sync.Mutex
	proc *process
}

// start runs the node, with its output appended to its log.
func (n *node) start() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc != nil && n.proc.alive() {
		return fmt.Errorf("kafkabroker: node %s runs already", n.name)
	}
	log, err := os.OpenFile(n.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(n.command[0], n.command[1:]...)
	cmd.Dir = n.dir
	cmd.Stdout, cmd.Stderr = log, log
	ownGroup(cmd)
	n.proc, err = startProcess(cmd)
	if err != nil {
		return fmt.Errorf("kafkabroker: node %s: %w", n.name, err)
	}
	return nil
}

// running returns the node's process, nil if it has none.
func (n *node) running() *process {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.proc == nil || !n.proc.alive() {
		return nil
	}
	return n.proc
}

// signal sends sig to the node's process and returns that.
func (n *node) signal(sig os.Signal) (*process, error) {
	p, err := n.running(), errNotRunning
	if p != nil {
		err = p.signal(sig)
	}
	if err != nil {
		return nil, fmt.Errorf("kafkabroker: %s for node %s: %w", sig, n.name, err)
	}
	return p, nil
}

// kill returns when the process is gone.
func (n *node) kill() error {
	p, err := n.signal(os.Kill)
	if err != nil {
		return err
	}
	<-p.done
	return nil
}

// pause returns when all threads of the process have stopped.
func (n *node) pause() error {
	p, err := n.signal(signalPause)
	if err != nil {
		return err
	}
	if err := awaitPaused(p.cmd.Process.Pid); err != nil {
		return fmt.Errorf("kafkabroker: pausing node %s: %w", n.name, err)
	}
	return nil
}

func (n *node) resume() error {
	_, err := n.signal(signalResume)
	return err
}

// endNodes ends the nodes together, killing those that are left after the grace.
// All at once, because a broker of a KRaft quorum whose peers are gone would
// wait for them for minutes.
func endNodes(nodes []*node, grace time.Duration) {
	timeout := make(chan time.Time)
	timer := time.AfterFunc(grace, func() { close(timeout) })
	defer timer.Stop()
	var running []*process
	for _, n := range nodes {
		if p := n.running(); p != nil {
			p.terminate()
			running = append(running, p)
		}
	}
	for _, p := range running {
		p.end(timeout)
	}
}

func (n *node) logPath() string { return filepath.Join(n.dir, "out.log") }

// explain adds the end of the node's log to a failure.
func (n *node) explain(problem error) error {
	log, err := os.ReadFile(n.logPath())
	if err != nil {
		return fmt.Errorf("kafkabroker: node %s: %w (no log: %w)", n.name, problem, err)
	}
	return fmt.Errorf("kafkabroker: node %s: %w; the end of %s:\n%s", n.name, problem, n.logPath(), tail(log, 25))
}

// tail returns the last lines of text.
func tail(text []byte, lines int) []byte {
	text = bytes.TrimRight(text, "\n")
	from := len(text)
	for range lines {
		if from = bytes.LastIndexByte(text[:from], '\n'); from < 0 {
			return text
		}
	}
	return text[from+1:]
}
