package conn

import (
	"runtime/debug"
	"strings"
	"sync"
)

// softwareName is what brokers know this client by (KIP-511).
const softwareName = "barnabas-go"

const modulePath = "github.com/barnabas-go/kafka"

// softwareVersion returns the version of this module as the program's build
// info has it, in the letters that brokers accept.
var softwareVersion = sync.OnceValue(func() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := ""
	if info.Main.Path == modulePath {
		version = info.Main.Version
	}
	for _, dep := range info.Deps {
		if dep.Path == modulePath {
			version = dep.Version
		}
	}
	return cleanVersion(version)
})

// cleanVersion makes a version of Go modules one that brokers accept: letters,
// digits, dots and dashes, with no dot or dash at the ends.
func cleanVersion(v string) string {
	v = strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '.', r == '-':
			return r
		}
		return '-'
	}, strings.TrimPrefix(v, "v"))
	if v = strings.Trim(v, ".-"); v == "" {
		return "unknown"
	}
	return v
}
