// Package format prints records in the formats of kcat and of Kafka's console
// consumer, and as JSON.
package format
