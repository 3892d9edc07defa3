package kafkabroker

import "syscall"

// dieWithParent has the kernel kill the child when the thread that started it
// ends (prctl(2), PR_SET_PDEATHSIG): see process.run for why that is a thread
// that lives as long as the child.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
