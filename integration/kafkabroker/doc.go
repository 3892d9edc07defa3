// Package kafkabroker runs the integration suite's brokers: throwaway Apache
// Kafka clusters on 127.0.0.1, started from the released jars, and the choice
// of brokers that a test runs on.
//
// A test says what to do once, [ForEach] runs it on every target that the
// environment names:
//
//	KAFKA_VERSION=embedded              the in-process broker of kafkatest (default)
//	KAFKA_VERSION=4.3.1,3.9.1,embedded  releases of Apache Kafka, each started once
//	KAFKA_VERSION=all                   eighteen of them, from 0.8.0 to 4.3.1
//	KAFKA_BOOTSTRAP=host:9092           a cluster that runs already
//
// Releases from 0.8.0 on are fetched by Maven into a cache and started with
// KRaft (3.3 and later) or ZooKeeper. They need java (17 to 23 for releases
// before 4.0, 17 or later from there on) and mvn on the PATH. [Start] gives a
// cluster of one's own, whose nodes can be killed, paused and restarted.
//
// Further variables: KAFKA_CACHE (the jars; default: a folder in the user's
// cache directory), KAFKA_JAVA (the java command; default JAVA_HOME's, then the
// PATH's).
//
// Broker processes die with the process that started them, however it ends.
package kafkabroker
