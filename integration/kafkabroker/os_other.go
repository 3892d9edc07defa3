//go:build !unix

package kafkabroker

import (
	"errors"
	"os"
	"os/exec"
)

// There are no such signals here: real brokers need a Unix, the embedded one
// does not.
const (
	signalTerminate = noSignal("SIGTERM")
	signalPause     = noSignal("SIGSTOP")
	signalResume    = noSignal("SIGCONT")
)

type noSignal string

func (s noSignal) Signal()        {}
func (s noSignal) String() string { return string(s) }

func flock(*os.File) (bool, error) {
	return false, errors.New("kafkabroker: real brokers need a Unix; list only \"embedded\" in KAFKA_VERSION")
}

func ownGroup(*exec.Cmd) {}

func awaitPaused(int) error { return nil }
