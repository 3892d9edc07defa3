package kafkabroker

import (
	"os"
	"testing"
)

// childArgument makes the test binary play a role for a test that needs another
// process.
const childArgument = "KAFKABROKER_TEST_CHILD"

func TestMain(m *testing.M) {
	if role := os.Getenv(childArgument); role != "" {
		os.Exit(playChild(role))
	}
	os.Exit(Main(m))
}
