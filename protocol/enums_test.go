package protocol_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
)

// TestEnums compares our enumerations with those of Kafka's Java client.
func TestEnums(t *testing.T) {
	value := map[string]func(int8) fmt.Stringer{
		"ACLOperation":       func(n int8) fmt.Stringer { return protocol.ACLOperation(n) },
		"ACLPermissionType":  func(n int8) fmt.Stringer { return protocol.ACLPermissionType(n) },
		"ACLResourceType":    func(n int8) fmt.Stringer { return protocol.ACLResourceType(n) },
		"AcknowledgeType":    func(n int8) fmt.Stringer { return protocol.AcknowledgeType(n) },
		"ConfigOperation":    func(n int8) fmt.Stringer { return protocol.ConfigOperation(n) },
		"ConfigResourceType": func(n int8) fmt.Stringer { return protocol.ConfigResourceType(n) },
		"ConfigSource":       func(n int8) fmt.Stringer { return protocol.ConfigSource(n) },
		"ConfigType":         func(n int8) fmt.Stringer { return protocol.ConfigType(n) },
		"ElectionType":       func(n int8) fmt.Stringer { return protocol.ElectionType(n) },
		"FeatureUpgradeType": func(n int8) fmt.Stringer { return protocol.FeatureUpgradeType(n) },
		"PatternType":        func(n int8) fmt.Stringer { return protocol.PatternType(n) },
		"ScramMechanism":     func(n int8) fmt.Stringer { return protocol.ScramMechanism(n) },
		"ShareAcquireMode":   func(n int8) fmt.Stringer { return protocol.ShareAcquireMode(n) },
	}
	checked := map[string]bool{}
	readTSV(t, "enums-4.3.1.tsv", func(row []string) {
		n, err := strconv.ParseInt(row[1], 10, 8)
		if err != nil || value[row[0]] == nil {
			t.Fatalf("row %v: %v", row, err)
		}
		if got := value[row[0]](int8(n)).String(); got != row[2] {
			t.Errorf("%s %d is %s, want %s", row[0], n, got, row[2])
		}
		checked[row[0]] = true
	})
	if len(checked) != len(value) {
		t.Errorf("only %v are in the file", checked)
	}
	for want, got := range map[string]fmt.Stringer{
		"ACL operation 99":       protocol.ACLOperation(99),
		"ACL operation -1":       protocol.ACLOperation(-1),
		"config resource type 3": protocol.ConfigResourceType(3),
		"UNKNOWN":                protocol.UnknownConfigSource,
	} {
		if got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
