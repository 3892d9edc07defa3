package input

import (
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/barnabas-go/kafka"
)

func TestLines(t *testing.T) {
	for _, test := range []struct {
		text, delim string
		want        []string
	}{
		{"a\nb\n", "\n", []string{"a", "b"}},
		{"a\nb", "\n", []string{"a", "b"}},
		{"\n\n", "\n", []string{"", ""}},
		{"", "\n", nil},
		{"a--b-c--", "--", []string{"a", "b-c"}},
		{"a\r\nb", "\n", []string{"a\r", "b"}},
	} {
		for _, r := range []io.Reader{strings.NewReader(test.text), iotest.OneByteReader(strings.NewReader(test.text))} {
			var got []string
			for line, err := range Lines(r, test.delim) {
				if err != nil {
					t.Errorf("%q: %v", test.text, err)
				}
				got = append(got, string(line))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%q: lines %q, want %q", test.text, got, test.want)
			}
		}
	}
	broken := errors.New("broken")
	var last error
	for _, err := range Lines(io.MultiReader(strings.NewReader("a\n"), iotest.ErrReader(broken)), "\n") {
		last = err
	}
	if !errors.Is(last, broken) {
		t.Errorf("the last error is %v", last)
	}
}

func TestParse(t *testing.T) {
	headers := []string{"parse.key=true", "parse.headers=true", "null.marker=NULL"}
	for _, test := range []struct {
		properties []string
		line       string
		want       kafka.Record
		err        string
	}{
		{nil, "a\tb", kafka.Record{Value: []byte("a\tb")}, ""},
		{nil, "", kafka.Record{Value: []byte{}}, ""},
		{[]string{"parse.key=true"}, "a\tb\tc", kafka.Record{Key: []byte("a"), Value: []byte("b\tc")}, ""},
		{[]string{"parse.key=true"}, "a", kafka.Record{}, `no key separator "\t" in the line "a"`},
		{[]string{"parse.key=true", "ignore.error=true"}, "a", kafka.Record{Value: []byte("a")}, ""},
		{[]string{"parse.key=true", "key.separator=::"}, "a::", kafka.Record{Key: []byte("a"), Value: []byte{}}, ""},
		{headers, "h:1,i:NULL\tk\tv", kafka.Record{
			Headers: []kafka.Header{{Key: "h", Value: []byte("1")}, {Key: "i"}}, Key: []byte("k"), Value: []byte("v")}, ""},
		{headers, "NULL\tNULL\tNULL", kafka.Record{}, ""},
		{headers, "\tk\tv", kafka.Record{Key: []byte("k"), Value: []byte("v")}, ""},
		{headers, "h\tk\tv", kafka.Record{}, `no header key separator ":" in the header "h"`},
		{headers, "h", kafka.Record{}, `no headers delimiter "\t" in the line "h"`},
	} {
		p, err := Console(test.properties)
		if err != nil {
			t.Errorf("%q: %v", test.properties, err)
			continue
		}
		var got kafka.Record
		err = p.Parse([]byte(test.line), &got)
		if test.err != "" {
			if err == nil || err.Error() != test.err {
				t.Errorf("%q: got %v, want %s", test.line, err, test.err)
			}
		} else if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q: got %+v, %v; want %+v", test.line, got, err, test.want)
		}
	}
	for _, wrong := range []string{"parse.keys=true", "parse.key=perhaps", "key.separator="} {
		if _, err := Console([]string{wrong}); err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}
