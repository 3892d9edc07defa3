module github.com/barnabas-go/kafka/integration/bench/confluent

go 1.26.0

require (
	github.com/barnabas-go/kafka/integration v0.0.0
	github.com/confluentinc/confluent-kafka-go/v2 v2.11.1
)

replace (
	github.com/barnabas-go/kafka => ../../../
	github.com/barnabas-go/kafka/integration => ../../
	github.com/barnabas-go/kafka/kafkatest => ../../../kafkatest
)
