package kafkabroker

import (
	"errors"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestChildrenDieWithUs kills a process that has started another.
func TestChildrenDieWithUs(t *testing.T) {
	parent, printed := startedChild(t, roleParent)
	child, err := strconv.Atoi(printed)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(child, 0); err != nil {
		t.Fatalf("the grandchild %d is not there: %v", child, err)
	}
	if err := parent.signal(os.Kill); err != nil {
		t.Fatal(err)
	}
	<-parent.done
	eventually(t, 10*time.Second, func() error {
		if gone(child) {
			return nil
		}
		return errors.New("the grandchild lives on")
	})
}

// gone says whether a process has ended, reaped or not.
func gone(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	for i, b := range stat {
		if b == ')' {
			return stat[i+2] == 'Z' || stat[i+2] == 'X'
		}
	}
	return false
}
