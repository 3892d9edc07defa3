// Package chaos breaks the nodes of a cluster of three while records are produced
// and consumed with default settings, and counts what arrives.
//
//	KAFKA_VERSION=4.3.1 go test -v -timeout 30m ./chaos                     # as CI does: another membership with each fault
//	KAFKA_VERSION=4.3.1 CHAOS_MODES=static go test -v -timeout 30m ./chaos  # all faults over static members
//	KAFKA_VERSION=4.3.1 CHAOS_MODES=all go test -v -timeout 90m ./chaos     # all faults over all memberships
//
// docs/faults.md has the figures.
package chaos
