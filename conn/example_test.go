package conn_test

import (
	"fmt"

	"github.com/barnabas-go/kafka/conn"
)

func ExampleParseBootstrap() {
	servers, err := conn.ParseBootstrap("kafka-1:9093, kafka-2", "[2001:db8::7]:9094")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range servers {
		fmt.Println(s)
	}
	_, err = conn.ParseBootstrap("kafka-1:9093,kafka-2:http")
	fmt.Println(err)
	// Output:
	// kafka-1:9093
	// kafka-2:9092
	// [2001:db8::7]:9094
	// bad broker address "kafka-2:http": port "http" is not a number from 1 to 65535
}
