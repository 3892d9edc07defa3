package input

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/barnabas-go/kafka/cmd/barnabas/internal/format"
)

// MaxLine is the longest line that is read.
const MaxLine = 128 << 20

// Lines yields what is between delimiters. A last line needs none. A line is valid
// until the next one.
func Lines(r io.Reader, delim string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 64<<10), MaxLine)
		s.Split(splitAt([]byte(delim)))
		for s.Scan() {
			if !yield(s.Bytes(), nil) {
				return
			}
		}
		err := s.Err()
		if errors.Is(err, bufio.ErrTooLong) {
			err = fmt.Errorf("a line is longer than %d bytes: is the delimiter (-D) right?", MaxLine)
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func splitAt(delim []byte) bufio.SplitFunc {
	return func(data []byte, atEOF bool) (advance int, token []byte, err error) {
		if i := bytes.Index(data, delim); i >= 0 {
			return i + len(delim), data[:i], nil
		}
		if atEOF && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	}
}

// Unescape replaces \n, \t and the like.
func Unescape(s string) (string, error) { return format.Unescape(s) }
