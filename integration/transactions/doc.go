// Package transactions tests exactly-once on brokers: transactions of producers,
// what readers see of them, and the loop that consumes, transforms and produces
// while its process is killed and its connections are cut.
//
//	KAFKA_VERSION=4.3.1,2.8.2 go test ./transactions
//	EXACTLY_ONCE_RECORDS=500000 KAFKA_VERSION=4.3.1 go test -run TestExactlyOnce -timeout 20m ./transactions
package transactions
