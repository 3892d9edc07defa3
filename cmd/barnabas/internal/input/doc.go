// Package input makes records of lines, as kcat and Kafka's console producer do.
package input
