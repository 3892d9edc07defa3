package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const seeHelp = "\nrun barnabas help, or barnabas COMMAND --help\n"

func TestUsageErrors(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.properties")
	if err := os.WriteFile(bad, []byte("# x\nbotstrap.servers=a:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ args, want string }{
		{"consme", "barnabas: unknown command \"consme\" for \"barnabas\"\n\nDid you mean this?\n\tconsume\n" + seeHelp},
		{"consume --topik x", "barnabas: unknown flag: --topik" + seeHelp},
		{"consume", "barnabas: consume needs a topic: -t TOPIC" + seeHelp},
		{"consume -t x -o now", "barnabas: -o now: must be beginning, end, stored, an offset, -N for the last N, s@MS or e@MS" + seeHelp},
		{"consume -t x -o 1 --from-beginning", "barnabas: -o beginning: there is another start already" + seeHelp},
		{"consume -t x -o s@noon", "barnabas: -o s@noon: \"noon\" is no time in milliseconds since 1970" + seeHelp},
		{"consume -t x -G g -p 1", "barnabas: -p and -G exclude each other: the group divides the partitions" + seeHelp},
		{"consume -t x -G g -o 7", "barnabas: -o 7 and -G exclude each other: ..." + seeHelp},
		{"consume -t x -f %x", "barnabas: format has %x: must be one of %s %S %R %k %K %t %p %o %T %h %%" + seeHelp},
		{"consume -t x -J -K :", "barnabas: -f, -J, --property, and -K with -D exclude each other" + seeHelp},
		{"consume -t x --property print.keys=true", "barnabas: --property print.keys=true: must be one of ...print.key=, ..." + seeHelp},
		{"consume --include a", "barnabas: --include needs a group: -G GROUP" + seeHelp},
		{"produce", "barnabas: produce needs a topic: -t TOPIC" + seeHelp},
		{"produce -t x -k a -K :", "barnabas: -k and -K exclude each other" + seeHelp},
		{"topics", "barnabas: topics needs one of list, describe, create, delete" + seeHelp},
		{"topics create", "barnabas: topics create needs the name of a topic" + seeHelp},
		{"topics create x --config y", "barnabas: --config y: write key=value" + seeHelp},
		{"topics create x -p many", "barnabas: invalid argument \"many\" for \"-p, --partitions\" flag: ..." + seeHelp},
		{"check-version now", "barnabas: unknown command \"now\" for \"barnabas check-version\"" + seeHelp},
		{"broker --port 70000", "barnabas: --port 70000: must be 0, or a port from 1 to 65535" + seeHelp},
		{"broker -t x:y", "barnabas: --topic x:y: write NAME:PARTITIONS" + seeHelp},
		{"quickstart --size 3", "barnabas: --size 3: must be 20 to 2147483647" + seeHelp},

		{"consume -t x -X acks", "barnabas: -X acks: write key=value; barnabas help properties lists the keys" + seeHelp},
		{"consume -t x -X botstrap.servers=a:1", "barnabas: -X: unknown key \"botstrap.servers\": did you mean \"bootstrap.servers\"?\n"},
		{"consume -t x -X fetch.min.bytes=lots", "barnabas: -X: key \"fetch.min.bytes\" cannot be \"lots\": must be 1 to 2147483647 bytes\n"},
		{"consume -t x -X interceptor.classes=a.B", "barnabas: -X: key \"interceptor.classes\" is one of Kafka's, but is not supported: what is code cannot be set from text\n"},
		{"consume -t x -X sasl.password=hunter2", "barnabas: keys \"sasl.password\" and \"security.protocol\": clients do not authenticate unless ...: set it, or leave the other away\n"},
		{"consume -t x -X acks=7", "-X acks has no effect here: it is for a producer\nbarnabas: -X: key \"acks\" cannot be \"7\": must be all, 1 or 0\n"},
		{"consume -t x -X security.protocol=SSL -X ssl.ca.location=/none", "barnabas: TLS: Roots (ssl.truststore, ssl.ca): /none: no such file or directory\n"},
		{"consume -t x -F " + bad, "barnabas: " + bad + ": line 2: unknown key \"botstrap.servers\": did you mean \"bootstrap.servers\"?\n"},
		{"consume -t x -F /none/there", "barnabas: --command-config: open /none/there: ..." + seeHelp},
		{"consume -t x -X session.timeout.ms=1000", "barnabas: ...config: HeartbeatInterval (heartbeat.interval.ms) and SessionTimeout (session.timeout.ms) is ...\n"},
		{"produce -t x -z lz5", "barnabas: key \"compression.type\" cannot be \"lz5\": must be none, gzip, snappy, lz4 or zstd\n"},
		{"produce -t x -b localhost:port", "barnabas: config: BootstrapServers is ...port \"port\" is not a number...\n"},
	} {
		r := barnabas(t, "", strings.Fields(test.args)...)
		if !matches(r.err, test.want) {
			t.Errorf("%s:\n got %s\nwant %s", test.args, r.err, test.want)
		}
		if want := exitUsage; r.code != want || r.out != "" {
			t.Errorf("%s: exit code %d, want %d; output %q", test.args, r.code, want, r.out)
		}
	}
}

func TestHelp(t *testing.T) {
	for args, want := range map[string]string{
		"help":               "barnabas quickstart",
		"help exit-codes":    "130  Ctrl-C",
		"exit-codes":         "no broker could be reached",
		"help properties":    "also: metadata.broker.list",
		"consume --help":     "--exit-eof",
		"produce -h":         "--compression-codec",
		"topics create -h":   "--replication-factor",
		"version":            "barnabas ",
		"--version":          "barnabas ",
		"completion bash -h": "autocompletion",
	} {
		if out := must(t, "", strings.Fields(args)...); !strings.Contains(out, want) {
			t.Errorf("barnabas %s has no %q:\n%s", args, want, out)
		}
	}
}
