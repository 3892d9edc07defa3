package protocol_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/protocol"
)

// readTSV calls row for each line of a table in testdata.
func readTSV(t *testing.T, name string, row func(columns []string)) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "#") {
			row(strings.Split(lines.Text(), "\t"))
		}
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
}

// TestErrorCodes compares all codes with what Kafka's Java client prints.
func TestErrorCodes(t *testing.T) {
	n := 0
	readTSV(t, "errors-4.3.1.tsv", func(row []string) {
		number, err := strconv.ParseInt(row[0], 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		n++
		code, name, retriable, exceptions, text := protocol.ErrorCode(number), row[1], row[2] == "true", row[3], row[4]
		if code == protocol.ErrNone {
			text = "no error"
		}
		if code.Name() != name || code.Retriable() != retriable {
			t.Errorf("%d is %s, retriable %t; want %v", number, code.Name(), code.Retriable(), row)
		}
		if want := fmt.Sprintf("%s: %s (%d)", name, text, number); code.Error() != want {
			t.Errorf("got %q, want %q", code.Error(), want)
		}
		checkKind(t, code, exceptions)
	})
	if unknown := protocol.ErrorCode(n - 1); unknown.Name() != "UNKNOWN_ERROR_CODE" {
		t.Errorf("%d codes in Kafka's table, but we have %v", n, unknown)
	}
}

// checkKind compares the kinds that Kafka's hierarchy of exceptions tells too.
func checkKind(t *testing.T, code protocol.ErrorCode, exceptions string) {
	t.Helper()
	for exception, kind := range map[string]protocol.Kind{
		"InvalidMetadataException<": protocol.KindMetadata,
		"AuthorizationException<":   protocol.KindAuthorization,
		"<AuthenticationException<": protocol.KindAuthentication,
	} {
		if strings.Contains(exceptions, exception) && code.Kind() != kind {
			t.Errorf("%s is of kind %s, but an %s", code.Name(), code.Kind(), exception)
		}
	}
	if (code == protocol.ErrNone) != (code.Kind() == protocol.KindNone) {
		t.Errorf("%s is of kind %s", code.Name(), code.Kind())
	}
	if strings.HasPrefix(code.Kind().String(), "kind ") {
		t.Errorf("%s is of a kind without a name", code.Name())
	}
}

func TestUnknownErrorCode(t *testing.T) {
	for _, code := range []protocol.ErrorCode{-32768, -2, 999, 32767} {
		if code.Retriable() || code.Kind() != protocol.KindInvalid || !strings.Contains(code.Error(), fmt.Sprint(int16(code))) {
			t.Errorf("%v is of kind %s, retriable %t", code, code.Kind(), code.Retriable())
		}
	}
}

func TestErrorCodeErr(t *testing.T) {
	if err := protocol.ErrNone.Err(); err != nil {
		t.Errorf("no error gives %v", err)
	}
	err := fmt.Errorf("send: %w", &protocol.BrokerError{
		Code: protocol.ErrNotLeaderOrFollower, Broker: "kafka:9092", API: protocol.Produce, Topic: "t", Partition: 3, Message: "moved",
	})
	if !errors.Is(err, protocol.ErrNotLeaderForPartition) || errors.Is(err, protocol.ErrOffsetOutOfRange) {
		t.Error("the code is not found in the error")
	}
	want := "send: Produce t-3 at kafka:9092: " + protocol.ErrNotLeaderOrFollower.Error() + ": moved"
	if err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestAPIKeys(t *testing.T) {
	readTSV(t, "apikeys-4.3.1.tsv", func(row []string) {
		n, err := strconv.ParseInt(row[0], 10, 16)
		if err != nil {
			t.Fatal(err)
		}
		if got := protocol.APIKey(n).String(); got != row[1] {
			t.Errorf("key %d is %s, want %s", n, got, row[1])
		}
	})
	if got := protocol.APIKey(999).String(); got != "API 999" {
		t.Errorf("unknown key: %q", got)
	}
	for _, api := range protocol.APIs() {
		if protocol.Lookup(api.Key) != api || api.NewRequest().APIKey() != api.Key || api.NewResponse().APIKey() != api.Key {
			t.Errorf("%s: the tables of APIs disagree", api.Name)
		}
	}
	if protocol.Lookup(-1) != nil || protocol.Lookup(999) != nil || protocol.Lookup(protocol.Envelope) != nil {
		t.Error("an API is known that is not")
	}
}

// What is missing where a broker refuses, as Kafka's documentation lists it for each
// API.
func TestMissingPermissions(t *testing.T) {
	for _, tt := range []struct {
		e    protocol.BrokerError
		want string
	}{
		{protocol.BrokerError{Code: protocol.ErrTopicAuthorizationFailed, API: protocol.Produce, Topic: "t"}, "principal WRITE on the topic"},
		{protocol.BrokerError{Code: protocol.ErrTopicAuthorizationFailed, API: protocol.Fetch, Topic: "t"}, "principal READ on the topic"},
		{protocol.BrokerError{Code: protocol.ErrTopicAuthorizationFailed, API: protocol.Metadata, Topic: "t"}, "principal DESCRIBE on the topic"},
		{protocol.BrokerError{Code: protocol.ErrTopicAuthorizationFailed, API: protocol.DescribeConfigs}, "principal more on the topic"},
		{protocol.BrokerError{Code: protocol.ErrClusterAuthorizationFailed, API: protocol.CreateTopics}, "principal more on the cluster"},
		{protocol.BrokerError{Code: protocol.ErrTransactionalIDAuthorizationFailed, API: protocol.InitProducerId}, "WRITE on the transactional id"},
	} {
		if text := tt.e.Error(); !strings.Contains(text, tt.want) {
			t.Errorf("%s; want %s", text, tt.want)
		}
	}
	if text := (&protocol.BrokerError{Code: protocol.ErrNotLeaderForPartition, API: protocol.Produce}).Error(); strings.Contains(text, "principal") {
		t.Error(text)
	}
}
