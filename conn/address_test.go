package conn

import (
	"slices"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	tests := []struct {
		in   string
		want Address
		text string
		net  string
	}{
		// kafka-python's test_conn.py: collect_hosts and get_ip_port_afi
		{"localhost", Address{Host: "localhost", Port: 9092}, "localhost:9092", "tcp"},
		{"localhost:1234", Address{Host: "localhost", Port: 1234}, "localhost:1234", "tcp"},
		{" localhost ", Address{Host: "localhost", Port: 9092}, "localhost:9092", "tcp"},
		{"[localhost]:1234", Address{Host: "localhost", Port: 1234, IPv6: true}, "[localhost]:1234", "tcp6"},
		{"[localhost]", Address{Host: "localhost", Port: 9092, IPv6: true}, "[localhost]:9092", "tcp6"},
		{"2001::1", Address{Host: "2001::1", Port: 9092, IPv6: true}, "[2001::1]:9092", "tcp"},
		{"[2001::1]", Address{Host: "2001::1", Port: 9092, IPv6: true}, "[2001::1]:9092", "tcp"},
		{"[2001::1]:1234", Address{Host: "2001::1", Port: 1234, IPv6: true}, "[2001::1]:1234", "tcp"},

		{"127.0.0.1:9093", Address{Host: "127.0.0.1", Port: 9093}, "127.0.0.1:9093", "tcp"},
		{"fe80::1%eth0", Address{Host: "fe80::1%eth0", Port: 9092, IPv6: true}, "[fe80::1%eth0]:9092", "tcp"},
		{"SASL_SSL://b-1.example.com:9098", Address{Host: "b-1.example.com", Port: 9098, SecurityProtocol: "SASL_SSL"}, "b-1.example.com:9098", "tcp"},
		{"plaintext://[::1]:65535", Address{Host: "::1", Port: 65535, IPv6: true, SecurityProtocol: "PLAINTEXT"}, "[::1]:65535", "tcp"},
	}
	for _, tt := range tests {
		got, err := ParseAddress(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("ParseAddress(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
			continue
		}
		if got.String() != tt.text || got.network() != tt.net {
			t.Errorf("%q is written %s on %s, want %s on %s", tt.in, got, got.network(), tt.text, tt.net)
		}
		again, err := ParseAddress(got.String())
		again.SecurityProtocol = got.SecurityProtocol
		if err != nil || again != got {
			t.Errorf("%q: %s is read back as %+v, %v", tt.in, got, again, err)
		}
	}
}

func TestParseAddressErrors(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", `bad broker address "": no host`},
		{":9092", `bad broker address ":9092": no host`},
		{"kafka:", `bad broker address "kafka:": no port after the colon`},
		{"kafka:abc", `bad broker address "kafka:abc": port "abc" is not a number from 1 to 65535`},
		{"kafka:0", `bad broker address "kafka:0": port "0" is not a number from 1 to 65535`},
		{"kafka:65536", `bad broker address "kafka:65536": port "65536" is not a number from 1 to 65535`},
		{"[::1", `bad broker address "[::1": missing ]`},
		{"[::1]9092", `bad broker address "[::1]9092": "9092" after ] is not a port`},
		{"[::1]:", `bad broker address "[::1]:": ":" after ] is not a port`},
		{"a:1:2", `bad broker address "a:1:2": several colons; write an IPv6 address with port as [address]:port, and several addresses with commas`},
		{"a b:1", `bad broker address "a b:1": "a b" is not a host name`},
		{"http://kafka/x", `bad broker address "http://kafka/x": "kafka/x" is not a host name`},
	}
	for _, tt := range tests {
		if a, err := ParseAddress(tt.in); err == nil || err.Error() != tt.want {
			t.Errorf("ParseAddress(%q) = %v, %v\nwant the error %s", tt.in, a, err, tt.want)
		}
	}
}

func TestParseBootstrap(t *testing.T) {
	list, err := ParseBootstrap("localhost:1234, localhost", " [::1]:5 ,", "SSL://b")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range list {
		got = append(got, a.String())
	}
	if want := []string{"localhost:1234", "localhost:9092", "[::1]:5", "b:9092"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := ParseBootstrap(" , ", ""); err == nil || !strings.Contains(err.Error(), "no address") {
		t.Errorf("an empty list: %v", err)
	}
	_, err = ParseBootstrap("good:1,bad:x", "worse:")
	if err == nil || !strings.Contains(err.Error(), `"bad:x"`) || !strings.Contains(err.Error(), `"worse:"`) {
		t.Errorf("the error does not name both bad entries: %v", err)
	}
}
