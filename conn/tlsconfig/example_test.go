package tlsconfig_test

import (
	"fmt"
	"os"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn/tlsconfig"
)

// A client with a certificate in a key store of Java's, that trusts the authorities
// of a file.
func Example() {
	tls, err := tlsconfig.New(tlsconfig.Options{
		Roots:       tlsconfig.Source{File: "testdata/root.pem"},
		Certificate: tlsconfig.Source{File: "testdata/client.jks", Password: os.Getenv("KEYSTORE_PASSWORD")},
		KeyPassword: "battery staple",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	cfg := cluster.Config{BootstrapServers: []string{"kafka-1:9093"}, TLS: tls}
	fmt.Println(cfg.Validate())
	// Output: <nil>
}
