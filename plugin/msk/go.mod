module github.com/barnabas-go/kafka/plugin/msk

go 1.26.0

require github.com/barnabas-go/kafka v0.0.0

require (
	github.com/aws/aws-sdk-go-v2 v1.47.7
	github.com/aws/smithy-go v1.28.8 // indirect
	github.com/xdg-go/scram v1.4.0 // indirect
	github.com/xdg-go/stringprep v1.0.4 // indirect
	golang.org/x/text v0.37.0 // indirect
)

replace github.com/barnabas-go/kafka => ../../
