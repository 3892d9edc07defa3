// Package chaos breaks the nodes of a cluster of three while records are
// produced and consumed at full speed with default settings, and counts what
// arrives.
package chaos
