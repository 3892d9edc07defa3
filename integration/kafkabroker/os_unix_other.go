//go:build unix && !linux

package kafkabroker

import "syscall"

// dieWithParent has nothing to set here: other kernels than Linux do not bind a
// child's life to its parent's, a killed test process leaves its brokers behind.
func dieWithParent(*syscall.SysProcAttr) {}

// awaitPaused trusts that the signal is quick: there is no waitid here.
func awaitPaused(int) error { return nil }
