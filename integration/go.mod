module github.com/barnabas-go/kafka/integration

go 1.26.0

require (
	github.com/barnabas-go/kafka v0.0.0
	github.com/barnabas-go/kafka/kafkatest v0.0.0
)

require (
	golang.org/x/crypto v0.58.0 // indirect
	software.sslmate.com/src/go-pkcs12 v0.7.4 // indirect
)

replace (
	github.com/barnabas-go/kafka => ../
	github.com/barnabas-go/kafka/kafkatest => ../kafkatest
)
