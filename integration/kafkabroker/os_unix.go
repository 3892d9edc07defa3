//go:build unix

package kafkabroker

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

const (
	signalTerminate = syscall.SIGTERM
	signalPause     = syscall.SIGSTOP
	signalResume    = syscall.SIGCONT
)

// flock tries to lock f for this process alone.
func flock(f *os.File) (bool, error) {
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return true, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return false, nil
	default:
		return false, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
}

// ownGroup puts cmd into a process group of its own, so that a Ctrl-C in the
// terminal does not end brokers before their tests, and binds its life to ours.
// Ending cmd's context kills the group.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	dieWithParent(cmd.SysProcAttr)
	if cmd.Cancel != nil {
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	}
}
