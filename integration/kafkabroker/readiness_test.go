package kafkabroker

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"testing"
	"time"
)

// What brokers of clusters of three answered, without the frame's length.
const (
	metadata4 = "\x00\x00\x00\a\x00\x00\x00\x00\x00\x00\x00\x03" + // 4.3.1
		"\x00\x00\x00\x01\x00\t127.0.0.1\x00\x00P+\xff\xff" +
		"\x00\x00\x00\x02\x00\t127.0.0.1\x00\x00P-\xff\xff" +
		"\x00\x00\x00\x03\x00\t127.0.0.1\x00\x00P/\xff\xff" +
		"\x00\x16DngtV1mC8fOkv_576V9VLQ\x00\x00\x00\x02\x00\x00\x00\x00"
	metadata1 = "\x00\x00\x00\a\x00\x00\x00\x03" + // 0.10.2.2
		"\x00\x00\x00\x02\x00\t127.0.0.1\x00\x00Y\xf3\xff\xff" +
		"\x00\x00\x00\x01\x00\t127.0.0.1\x00\x00Y\xf2\xff\xff" +
		"\x00\x00\x00\x03\x00\t127.0.0.1\x00\x00Y\xf4\xff\xff" +
		"\x00\x00\x00\x02\x00\x00\x00\x00"
	metadata0 = "\x00\x00\x00\a\x00\x00\x00\x00\x00\x00\x00\x00" // 0.8.2.2
)

// answering listens and gives every request the same answer, in pieces as TCP
// may deliver it. No answer is silence.
func answering(t *testing.T, answer string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				size := make([]byte, 4)
				if _, err := io.ReadFull(conn, size); err != nil {
					return
				}
				if _, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint32(size))); err != nil {
					return
				}
				for piece := range slices.Chunk([]byte(answer), 7) {
					conn.Write(piece) // the asker may have hung up
				}
				if answer == "" {
					io.Copy(io.Discard, conn) // until the other end closes
				}
			}()
		}
	}()
	return l.Addr().String()
}

func framed(answer string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(answer)))) + answer
}

func TestAskMembership(t *testing.T) {
	for _, test := range []struct {
		answer     string
		version    int16
		brokers    map[int32]string
		controller int32
	}{
		{metadata4, 4, map[int32]string{1: "127.0.0.1:20523", 2: "127.0.0.1:20525", 3: "127.0.0.1:20527"}, 2},
		{metadata1, 1, map[int32]string{1: "127.0.0.1:23026", 2: "127.0.0.1:23027", 3: "127.0.0.1:23028"}, 2},
		{metadata0, 0, map[int32]string{}, -1},
	} {
		m, err := askMembership(t.Context(), answering(t, framed(test.answer)), test.version)
		if err != nil || !maps.Equal(m.brokers, test.brokers) || m.controller != test.controller {
			t.Errorf("version %d: %v, %v, want %v and controller %d", test.version, m, err, test.brokers, test.controller)
		}
	}
}

func TestBadAnswers(t *testing.T) {
	answers := map[string]string{
		"HTTP":        "HTTP/1.1 400 Bad Request\r\n\r\n",
		"other frame": framed("\x00\x00\x00\x08" + metadata4[4:]),
		"huge string": framed(metadata4[:16] + "\x7f\xff" + metadata4[18:]),
	}
	for size := range len(metadata4) - 4 { // the last four bytes count topics, which nobody reads
		answers[fmt.Sprintf("cut at %d", size)] = framed(metadata4[:size])
	}
	for name, answer := range answers {
		if m, err := askMembership(t.Context(), answering(t, answer), 4); err == nil {
			t.Errorf("%s: %v, want an error", name, m)
		}
	}
}

func TestSilence(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if m, err := askMembership(ctx, answering(t, ""), 4); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, %v, want a deadline error", m, err)
	}
}
