// Package quickstart shows a client and a cluster at work: it produces records
// and consumes them in a group at the same time, measures both, and checks that
// every record arrives once and in order.
package quickstart
