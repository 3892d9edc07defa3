package main

import "runtime/debug"

// version returns the version of the module that was built, or the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "barnabas, unknown version"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			v = "commit " + s.Value
		}
	}
	if v == "" {
		v = "(devel)"
	}
	return "barnabas " + v + ", " + info.GoVersion
}
