package kafkabroker

import "syscall"

// dieWithParent has the kernel kill the child when the thread that started it
// ends (prctl(2), PR_SET_PDEATHSIG): see process.run for why that is a thread
// that lives as long as the child.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

// awaitPaused waits until the last thread of a child that got SIGSTOP has
// stopped. The error is ECHILD if the child ended instead.
func awaitPaused(pid int) error {
	const byPID, stopped, leaveWaitable = 1, 0x2, 0x1000000 // P_PID, WSTOPPED, WNOWAIT: waitid(2)
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_WAITID, byPID, uintptr(pid), 0, stopped|leaveWaitable, 0, 0)
		switch errno {
		case 0:
			return nil
		case syscall.EINTR:
		default:
			return errno
		}
	}
}
