// Package integration tests Barnabas on brokers: the embedded one, and released
// versions of Apache Kafka that it starts from their jars.
//
//	go test ./...                                                # embedded
//	KAFKA_VERSION=embedded,4.3.1,3.9.1,2.8.2 go test ./...       # needs java and mvn
//	KAFKA_VERSION=all go test -v .                               # eighteen releases from 0.8.0
//	KAFKA_BOOTSTRAP=localhost:9092 go test .                     # a cluster that runs
//
// The same tests run on every one of them, but for what a release lacks: see the
// abilities. Package kafkabroker, beneath, has the brokers.
package integration
