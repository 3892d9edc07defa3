package kafkabroker

import (
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

func TestReservePorts(t *testing.T) {
	first, err := reservePorts(20)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Release()
	second, err := reservePorts(20)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Release()
	ports := slices.Concat(first.Ports, second.Ports)
	slices.Sort(ports)
	if n := len(slices.Compact(slices.Clone(ports))); n != 40 {
		t.Errorf("two reservations of 20 ports hold %d different ones: %v", n, ports)
	}
	for _, port := range ports {
		if port < firstPort || port > lastPort {
			t.Errorf("port %d is not from %d to %d", port, firstPort, lastPort)
		}
	}
}

// TestReservedPortIsHeld takes the view of another process, for which the lock
// file is all there is: nothing listens on the port.
func TestReservedPortIsHeld(t *testing.T) {
	res, err := reservePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	lockFile := filepath.Join(runDir(), "ports", strconv.Itoa(res.Ports[0]))
	if f, err := tryLock(lockFile); f != nil || err != nil {
		t.Fatalf("a reserved port can be reserved again: %v, %v", f, err)
	}
	res.Release()
	res.Release()
	f, err := tryLock(lockFile)
	if f == nil || err != nil {
		t.Fatalf("a released port cannot be reserved: %v", err)
	}
	f.Close()
}

func TestPortInUseIsNotBindable(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if bindable(port) {
		t.Errorf("port %d is in use and passes for free", port)
	}
	l.Close()
	if !bindable(port) {
		t.Errorf("port %d is free and passes for in use", port)
	}
}
