package kafkatest

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/internal/fakebroker"
)

// echo answers each connection with what it sends.
func echo(t *testing.T) string {
	t.Helper()
	return fakebroker.Listen(t, func(c net.Conn) { _, _ = io.Copy(c, c) })
}

func dialEcho(t *testing.T, p *Proxy, address string) net.Conn {
	c, err := p.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// say sends a word and returns what comes back within a moment.
func say(c net.Conn, word string, wait time.Duration) (string, error) {
	if _, err := io.WriteString(c, word); err != nil {
		return "", err
	}
	return hear(c, len(word), wait)
}

func hear(c net.Conn, n int, wait time.Duration) (string, error) {
	if err := c.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return "", err
	}
	heard := make([]byte, n)
	n, err := io.ReadFull(c, heard)
	return string(heard[:n]), err
}

func TestProxyHolds(t *testing.T) {
	for _, d := range []Direction{Requests, Responses} {
		p := StartProxy(t)
		held, free := echo(t), echo(t)
		a, b := dialEcho(t, p, held), dialEcho(t, p, free)
		if got, err := say(a, "before", time.Minute); got != "before" {
			t.Fatalf("echo of %q, %v", got, err)
		}
		p.Hold(d, held)
		if got, err := say(a, "during", 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("direction %d held: %q, %v", d, got, err)
		}
		if got, err := say(b, "beside", time.Minute); got != "beside" {
			t.Errorf("the other broker: %q, %v", got, err)
		}
		p.Release(d, held)
		if got, err := hear(a, len("during"), time.Minute); got != "during" {
			t.Errorf("direction %d released: %q, %v", d, got, err)
		}
	}
}

func TestProxyResets(t *testing.T) {
	p := StartProxy(t)
	address := echo(t)
	c := dialEcho(t, p, address)
	if _, err := say(c, "before", time.Minute); err != nil {
		t.Fatal(err)
	}
	p.Hold(Responses)
	p.Reset()
	if _, err := hear(c, 1, time.Minute); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("after Reset: %v, want a reset", err)
	}
	p.Release(Responses)
	if got, err := say(dialEcho(t, p, address), "again", time.Minute); got != "again" {
		t.Errorf("a new connection: %q, %v", got, err)
	}
}

func TestProxyDelays(t *testing.T) {
	for _, d := range []Direction{Requests, Responses} {
		p := StartProxy(t)
		c := dialEcho(t, p, echo(t))
		p.Delay(d, 100*time.Millisecond)
		start := time.Now()
		if got, err := say(c, "late", time.Minute); got != "late" || time.Since(start) < 100*time.Millisecond {
			t.Errorf("direction %d: %q, %v after %v", d, got, err, time.Since(start))
		}
		p.Delay(d, 0)
		start = time.Now()
		if got, err := say(c, "soon", time.Minute); got != "soon" || time.Since(start) >= 100*time.Millisecond {
			t.Errorf("direction %d, ended: %q, %v after %v", d, got, err, time.Since(start))
		}
	}
}

func TestProxyDrips(t *testing.T) {
	p := StartProxy(t)
	c := dialEcho(t, p, echo(t))
	p.Drip(Responses, 100)
	start := time.Now()
	if got, err := say(c, "twenty bytes or so...", time.Minute); got != "twenty bytes or so..." || time.Since(start) < 150*time.Millisecond {
		t.Errorf("%q, %v after %v", got, err, time.Since(start))
	}
	p.Drip(Responses, 1)
	if _, err := say(c, "a long one", 10*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("at a byte a second: %v", err)
	}
}

func TestProxyCorrupts(t *testing.T) {
	for _, d := range []Direction{Requests, Responses} {
		p := StartProxy(t)
		c := dialEcho(t, p, echo(t))
		p.Corrupt(d, 3)
		if got, err := say(c, "aaaaaaa", time.Minute); got != "aa`aa`a" {
			t.Errorf("direction %d: %q, %v", d, got, err)
		}
		p.Corrupt(d, 0)
		if got, err := say(c, "aaaaaaa", time.Minute); got != "aaaaaaa" {
			t.Errorf("direction %d, ended: %q, %v", d, got, err)
		}
	}
}

func TestProxyHalfOpen(t *testing.T) {
	p := StartProxy(t)
	address := echo(t)
	c := dialEcho(t, p, address)
	if _, err := say(c, "before", time.Minute); err != nil {
		t.Fatal(err)
	}
	p.HalfOpen(address)
	for range 3 {
		if got, err := say(c, "into the void", 20*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("half-open: %q, %v", got, err)
		}
	}
	if got, err := say(dialEcho(t, p, address), "again", time.Minute); got != "again" {
		t.Errorf("a new connection: %q, %v", got, err)
	}
}
