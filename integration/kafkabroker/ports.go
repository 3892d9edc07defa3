package kafkabroker

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Ports are taken from below the range that kernels give to outgoing
// connections, or one of those could sit on a killed node's port.
const (
	firstPort = 20000
	lastPort  = 31999
)

// A portReservation holds ports against other processes that use this package,
// also while nothing listens on them, until it is released or the process ends.
type portReservation struct {
	Ports []int
	locks []*os.File
}

// reservePorts takes count ports that are free.
func reservePorts(count int) (*portReservation, error) {
	res := &portReservation{}
	const size = lastPort - firstPort + 1
	start := rand.IntN(size)
	for i := 0; i < size && len(res.Ports) < count; i++ {
		port := firstPort + (start+i)%size
		f, err := tryLock(filepath.Join(runDir(), "ports", strconv.Itoa(port)))
		if err != nil {
			res.Release()
			return nil, fmt.Errorf("kafkabroker: port reservation: %w", err)
		}
		switch {
		case f == nil: // reserved by another cluster
		case !bindable(port):
			f.Close()
		default:
			res.Ports = append(res.Ports, port)
			res.locks = append(res.locks, f)
		}
	}
	if len(res.Ports) < count {
		res.Release()
		return nil, fmt.Errorf("kafkabroker: fewer than %d free ports from %d to %d", count, firstPort, lastPort)
	}
	return res, nil
}

// take returns the next of the reserved ports.
func (r *portReservation) take() int {
	port := r.Ports[0]
	r.Ports = r.Ports[1:]
	return port
}

// Release gives the ports back; twice is fine.
func (r *portReservation) Release() {
	for _, f := range r.locks {
		f.Close()
	}
	r.locks, r.Ports = nil, nil
}

func bindable(port int) bool {
	l, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}
