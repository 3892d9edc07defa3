package kafkatest_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/net/nettest"

	"github.com/barnabas-go/kafka/kafkatest"
)

// connect returns both ends of a connection on a network.
func connect(t testing.TB, n *kafkatest.Network) (client, server net.Conn) {
	t.Helper()
	l, err := n.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = n.DialContext(t.Context(), "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// TestNetworkConn runs the standard library's own tests of a net.Conn.
func TestNetworkConn(t *testing.T) {
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		a, b := connect(t, new(kafkatest.Network))
		return a, b, func() { a.Close(); b.Close() }, nil
	})
}

func TestNetworkDeadlineInVirtualTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t, new(kafkatest.Network))
		start := time.Now()
		if err := client.SetReadDeadline(start.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("read: %v, want a deadline error", err)
		}
		if d := time.Since(start); d != time.Hour {
			t.Errorf("the read took %v, want 1h", d)
		}
		// The other direction has no deadline, and this one none any more.
		if err := client.SetReadDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, err := server.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Read(make([]byte, 1)); err != nil {
			t.Errorf("read after the deadline was lifted: %v", err)
		}
	})
}

func TestNetworkBuffersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t, new(kafkatest.Network))
		sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		if err := client.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := client.Write(sent)
		if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n > 1<<17 {
			t.Fatalf("write without a reader: %d bytes, %v; want some, and a deadline error", n, err)
		}
		if err := client.SetWriteDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		go func() {
			if _, err := client.Write(sent[n:]); err != nil {
				t.Error(err)
			}
			if err := client.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
				t.Error(err)
			}
		}()
		got, err := io.ReadAll(server) // ends by the half-close
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("read %d bytes, %v; want the %d that were written", len(got), err, len(sent))
		}
		if _, err := client.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("write after CloseWrite: %v, want EPIPE", err)
		}
		if _, err := server.Write([]byte("y")); err != nil {
			t.Errorf("write against the half-close: %v", err)
		}
		if _, err := io.ReadFull(client, make([]byte, 1)); err != nil {
			t.Errorf("read after CloseWrite: %v", err)
		}
	})
}

func TestNetworkClose(t *testing.T) {
	client, server := connect(t, new(kafkatest.Network))
	if _, err := client.Write([]byte("last words")); err != nil {
		t.Fatal(err)
	}
	client.Close()
	if got, err := io.ReadAll(server); string(got) != "last words" || err != nil {
		t.Errorf("read %q, %v after the peer closed", got, err)
	}
	if _, err := server.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("write to a closed peer: %v, want EPIPE", err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read on a closed connection: %v, want net.ErrClosed", err)
	}
}

func TestNetworkReset(t *testing.T) {
	client, server := connect(t, new(kafkatest.Network))
	if _, err := client.Write([]byte("never read")); err != nil {
		t.Fatal(err)
	}
	if err := client.(interface{ SetLinger(int) error }).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	client.Close()
	if n, err := server.Read(make([]byte, 100)); n != 0 || !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read %d bytes, %v; want ECONNRESET", n, err)
	}
}

func TestNetworkListen(t *testing.T) {
	n := new(kafkatest.Network)
	l, err := n.Listen("tcp", "127.0.0.1:9092")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Listen("tcp", "localhost:9092"); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("listen on a port in use: %v, want EADDRINUSE", err)
	}
	waiting, err := n.DialContext(t.Context(), "tcp", "localhost:9092")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := waiting.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read on a connection that was never accepted: %v, want ECONNRESET", err)
	}
	if _, err := n.DialContext(t.Context(), "tcp", "localhost:9092"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial where nothing listens any more: %v, want ECONNREFUSED", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept on a closed listener: %v, want net.ErrClosed", err)
	}
	if _, err := n.Listen("tcp", "127.0.0.1:9092"); err != nil {
		t.Errorf("listen again: %v", err)
	}
	for _, address := range []string{"nowhere", "h:-1", "h:65536", "h:http"} {
		if _, err := n.DialContext(t.Context(), "tcp", address); err == nil {
			t.Errorf("dial %q: no error", address)
		}
	}
}
