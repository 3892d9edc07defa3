package properties

import (
	"errors"
	"maps"
	"testing"
)

// TestParse has the forms that the documentation of java.util.Properties.load
// names, with keys of Kafka's.
func TestParse(t *testing.T) {
	for _, test := range []struct {
		text string
		want Properties
	}{
		{"client.id=a", Properties{"client.id": "a"}},
		{"client.id = a", Properties{"client.id": "a"}},
		{"client.id:a\ngroup.id : b", Properties{"client.id": "a", "group.id": "b"}},
		{"client.id a", Properties{"client.id": "a"}},
		{"client.id\ta", Properties{"client.id": "a"}},
		{" \tclient.id=  a  \r\ngroup.id=b\rclient.rack=c", Properties{"client.id": "a", "group.id": "b", "client.rack": "c"}},
		{"# a comment \\\nclient.id=a\n  ! another=one\n\n", Properties{"client.id": "a"}},
		{"client.id=a\\\n     b\\\n\tc", Properties{"client.id": "abc"}},
		{"client.id=a\\\\\ngroup.id=b", Properties{"client.id": `a\`, "group.id": "b"}},
		{"client.id=a\\", Properties{"client.id": "a"}},
		{"client.id=a\\\n# not a comment", Properties{"client.id": "a# not a comment"}},
		{"client.id=a=b:c", Properties{"client.id": "a=b:c"}},
		{"client.id==a", Properties{"client.id": "=a"}},
		{"client.id=", Properties{"client.id": ""}},
		{"client.id", Properties{"client.id": ""}},
		{`client\.id=a\tb\nc\rd\fe\zf\\g`, Properties{"client.id": "a\tb\nc\rd\fezf\\g"}},
		{`client.id=\u00e4\u20ac\ud83d\ude00!`, Properties{"client.id": "ä€😀!"}},
		{"client.id=ä€😀", Properties{"client.id": "ä€😀"}},
		{"client.id=a\nclient.id=b", Properties{"client.id": "b"}},
		{"\ufeffclient.id=a", Properties{"client.id": "a"}},
		{"", Properties{}},
	} {
		got, err := Parse(test.text)
		if err != nil || !maps.Equal(got, test.want) {
			t.Errorf("%q is %q, %v; want %q", test.text, got, err, test.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\n# x\nbotstrap.servers=a:1":      `line 3: unknown key "botstrap.servers": did you mean "bootstrap.servers"?`,
		"client.id=a\\\n b\nacks=7":        `line 3: key "acks" cannot be "7": must be all, 1 or 0`,
		"client.id=\\u12":                  `line 1: \u12: \u needs four hexadecimal digits; write \\u for a backslash and a u`,
		"client.id=\\u12g4":                `line 1: \u12g4: \u needs four hexadecimal digits; write \\u for a backslash and a u`,
		"=a":                               "line 1: there is no key before the separator",
		"acks=1\nrequest.required.acks=1":  `keys "acks" and "request.required.acks": they mean the same: keep one of them`,
		"group.id=g\nacks=x\nlinger.ms=-1": "line 2: key \"acks\" cannot be \"x\": must be all, 1 or 0\nline 3: key \"linger.ms\" cannot be \"-1\": must be 0 to 2147483647 ms",
		"sasl.jaas.config=secret":          `keys "sasl.jaas.config" and "security.protocol": clients do not authenticate unless security.protocol is SASL_SSL or SASL_PLAINTEXT: set it, or leave the other away`,
	} {
		_, err := Parse(text)
		if err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
	var wrong *ValueError
	if _, err := Parse("acks=7"); !errors.As(err, &wrong) || wrong.Key != "acks" {
		t.Errorf("%v is no *ValueError", err)
	}
	var syntax *SyntaxError
	if _, err := Parse("\n:"); !errors.As(err, &syntax) || syntax.Line != 2 {
		t.Errorf("%v is no *SyntaxError of line 2", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"client.id=a\\\n b", `a\u00e4=\`, "# x", "acks:all\nlinger.ms 5", `\ud83d\ude00`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		for key := range p {
			if _, err := Lookup(key); err != nil {
				t.Errorf("%q has the key %q: %v", text, key, err)
			}
		}
	})
}
