package conformance

import (
	"bytes"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	"github.com/barnabas-go/kafka/protocol/wire"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fill sets all fields of a message to random and edge values.
func fill(rng *rand.Rand, msg any) { fillValue(rng, reflect.ValueOf(msg).Elem()) }

func fillValue(rng *rand.Rand, v reflect.Value) {
	if v.Type() == reflect.TypeFor[kmsg.Tags]() {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "Version" {
				fillValue(rng, v.Field(i))
			}
		}
	case reflect.Pointer:
		v.SetZero()
		if rng.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fillValue(rng, v.Elem())
		}
	case reflect.Slice:
		v.SetZero()
		if n := rng.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fillValue(rng, v.Index(i))
		}
	case reflect.Bool:
		v.SetBool(rng.IntN(2) == 0)
	case reflect.String:
		v.SetString([]string{"", "a", "größe 🦊", strings.Repeat("x", 127), strings.Repeat("y", 128)}[rng.IntN(5)])
	case reflect.Uint8, reflect.Uint16:
		v.SetUint(rng.Uint64N(1 << v.Type().Bits()))
	case reflect.Float64:
		v.SetFloat([]float64{0, -1.5, math.MaxFloat64, math.Inf(-1)}[rng.IntN(4)])
	default:
		v.SetInt(integer(rng, v.Type().Bits()))
	}
}

func integer(rng *rand.Rand, bits int) int64 {
	high := int64(math.MaxInt64) >> (64 - bits)
	return []int64{0, -1, 1, high, -high - 1, int64(rng.Uint64()) >> (64 - bits)}[rng.IntN(6)]
}

// lengthen gives the strings of a struct the greatest length, and each array of
// what has no array itself 10,000 elements.
func lengthen(v reflect.Value) {
	switch {
	case v.Kind() == reflect.String:
		v.SetString(strings.Repeat("z", math.MaxInt16))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			lengthen(v.Field(i))
		}
	case flat(v.Type()):
	case flat(v.Type().Elem()):
		list := reflect.MakeSlice(v.Type(), 10000, 10000)
		for i := range min(v.Len(), 1) * list.Len() {
			list.Index(i).Set(v.Index(0))
		}
		v.Set(list)
	default:
		for i := range v.Len() {
			lengthen(v.Index(i))
		}
	}
}

// flat tells whether a type has no arrays.
func flat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice:
		return t.Elem().Kind() == reflect.Uint8
	case reflect.Struct:
		for f := range t.Fields() {
			if !flat(f.Type) {
				return false
			}
		}
	}
	return true
}

// resetField gives a field at a path its default.
func resetField(v reflect.Value, path []string) {
	field := v.FieldByName(path[0])
	switch {
	case len(path) == 1 && field.Addr().MethodByName("Default").IsValid():
		field.SetZero()
		field.Addr().MethodByName("Default").Call(nil)
	case len(path) == 1 && path[0] == "HighWatermark":
		field.SetInt(math.MaxInt64)
	case len(path) == 1:
		field.SetZero()
	default:
		for i := range field.Len() {
			resetField(field.Index(i), path[1:])
		}
	}
}

// leaves yields the fields of a message that are not structs or arrays of
// structs, those of structs within it included.
func leaves(msg any) iter.Seq[reflect.Value] {
	return func(yield func(reflect.Value) bool) { walk(reflect.ValueOf(msg).Elem(), yield) }
}

func walk(v reflect.Value, yield func(reflect.Value) bool) bool {
	switch {
	case v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct:
		return v.IsNil() || walk(v.Elem(), yield)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		for i := range v.Len() {
			if !walk(v.Index(i), yield) {
				return false
			}
		}
		return true
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if !walk(v.Field(i), yield) {
				return false
			}
		}
		return true
	}
	return yield(v)
}

// clone returns a value to put back later.
func clone(v reflect.Value) reflect.Value { return reflect.ValueOf(v.Interface()) }

// kmsgNames are kmsg's names of fields where it does not have those of Kafka's
// schemas, as we do.
var kmsgNames = map[string][]string{
	"APIKey":                      {"ApiKey"},
	"APIKeys":                     {"ApiKeys"},
	"AcceptableRecoveryLag":       {"AcceptableRecoveryLagLegacy"},
	"Acls":                        {"ACLs"},
	"AcquisitionLockTimeoutMs":    {"AcquisitionLockTimeoutMillis"},
	"Assignment":                  {"MemberAssignment"},
	"Assignments":                 {"ReplicaAssignment", "GroupAssignment", "Assignment"},
	"AssignorName":                {"Assignor"},
	"AuthBytes":                   {"SASLAuthBytes"},
	"BatchIndex":                  {"RelativeOffset"},
	"BatchIndexErrorMessage":      {"ErrorMessage"},
	"BrokerID":                    {"NodeID"},
	"BrokerIDs":                   {"Replicas"},
	"ClusterAuthorizedOperations": {"AuthorizedOperations"},
	"CommitTimestamp":             {"Timestamp"},
	"Committed":                   {"Commit"},
	"CommittedLeaderEpoch":        {"LeaderEpoch"},
	"CommittedMetadata":           {"Metadata"},
	"CommittedOffset":             {"Offset"},
	"ConfigOperation":             {"Op"},
	"ConfigSource":                {"Source"},
	"ConfigurationKeys":           {"ConfigNames"},
	"DurationFilter":              {"DurationFilterMillis"},
	"EntityName":                  {"Name"},
	"EntityType":                  {"Type"},
	"ExpiryTimePeriodMs":          {"ExpiryPeriodMillis"},
	"ExpiryTimestampMs":           {"ExpiryTimestamp"},
	"FilterResults":               {"Results"},
	"ForgottenTopicsData":         {"ForgottenTopics"},
	"GenerationID":                {"Generation"},
	"GenerationIDOrMemberEpoch":   {"Generation"},
	"GroupEpoch":                  {"Epoch"},
	"GroupID":                     {"Group"},
	"GroupIDs":                    {"Groups"},
	"GroupInstanceID":             {"InstanceID"},
	"GroupState":                  {"State"},
	"GroupsNames":                 {"Groups"},
	"HeartbeatIntervalMs":         {"HeartbeatIntervalMillis"},
	"HostFilter":                  {"Host"},
	"ISRNodes":                    {"ISR"},
	"Index":                       {"Partition"},
	"IsFutureKey":                 {"IsFuture"},
	"IssueTimestampMs":            {"IssueTimestamp"},
	"KeyType":                     {"CoordinatorType"},
	"Leader":                      {"LeaderID"},
	"LeaderID":                    {"Leader"},
	"LogAppendTimeMs":             {"LogAppendTime"},
	"LogDir":                      {"Dir"},
	"MatchingAcls":                {"MatchingACLs"},
	"MaxLifetimeMs":               {"MaxLifetimeMillis"},
	"MaxTimestampMs":              {"MaxTimestamp"},
	"MaxWaitMs":                   {"MaxWaitMillis"},
	"Mechanisms":                  {"SupportedMechanisms"},
	"MemberMetadata":              {"ProtocolMetadata"},
	"Metadata":                    {"ProtocolMetadata"},
	"Name":                        {"Topic"},
	"NodeEndpoints":               {"Brokers"},
	"PartitionData":               {"Partitions"},
	"PartitionErrorCode":          {"ErrorCode"},
	"PartitionID":                 {"Partition"},
	"PartitionIndex":              {"Partition"},
	"PartitionIndexes":            {"Partitions"},
	"PartitionResponses":          {"Partitions"},
	"PartitionResult":             {"Partitions"},
	"PartitionSize":               {"Size"},
	"Partitions":                  {"NumPartitions"},
	"Path":                        {"Dir"},
	"PatternType":                 {"ResourcePatternType"},
	"PatternTypeFilter":           {"ResourcePatternType"},
	"PrincipalFilter":             {"Principal"},
	"ProtocolData":                {"Protocol"},
	"ProtocolName":                {"Protocol"},
	"PushIntervalMs":              {"PushIntervalMillis"},
	"RackID":                      {"Rack"},
	"RebalanceTimeoutMs":          {"RebalanceTimeoutMillis"},
	"RecordErrors":                {"ErrorRecords"},
	"Records":                     {"RecordBatches"},
	"RenewPeriodMs":               {"RenewTimeMillis"},
	"ReplicaElectionResults":      {"Topics"},
	"ReplicaEpoch":                {"Epoch"},
	"ReplicaID":                   {"ID"},
	"ReplicaNodes":                {"Replicas"},
	"ResourceName":                {"Name"},
	"ResourceNameFilter":          {"ResourceName"},
	"ResourceType":                {"Type"},
	"ResourceTypeFilter":          {"ResourceType"},
	"Responses":                   {"Topics", "Resources"},
	"Results":                     {"Groups", "Topics", "Resources", "Dirs"},
	"ResultsByPartition":          {"Partitions"},
	"ResultsByTransaction":        {"Transactions"},
	"RetentionTimeMs":             {"RetentionTimeMillis"},
	"SessionLifetimeMs":           {"SessionLifetimeMillis"},
	"SessionTimeoutMs":            {"SessionTimeoutMillis"},
	"SubscribedTopicNames":        {"SubscribedTopics"},
	"Synonyms":                    {"ConfigSynonyms"},
	"TaskOffsetIntervalMs":        {"TaskOffsetIntervalMillis"},
	"ThrottleTimeMs":              {"ThrottleMillis"},
	"TimeoutMs":                   {"TimeoutMillis"},
	"Tokens":                      {"TokenDetails"},
	"TopicAuthorizedOperations":   {"AuthorizedOperations"},
	"TopicConfigErrorCode":        {"ConfigErrorCode"},
	"TopicConfigs":                {"Configs"},
	"TopicData":                   {"Topics"},
	"TopicName":                   {"Topic"},
	"TopicPartitions":             {"Topics"},
	"TopicResults":                {"Topics"},
	"TransactionResult":           {"Committed"},
	"TransactionStartTimeMs":      {"StartTimestamp"},
	"TransactionState":            {"State"},
	"TransactionTimeoutMs":        {"TransactionTimeoutMillis", "TimeoutMillis"},
	"TransactionalID":             {"TransactionID"},
	"ZKMigrationReady":            {"ZkMigrationReady"},
}

// kmsgLacks are fields of versions that kmsg does not know yet.
var kmsgLacks = []string{"Enable2PC", "KeepPreparedTxn", "OngoingTxnProducerID", "OngoingTxnProducerEpoch"}

// comparison compares two messages field by field.
type comparison struct {
	fields int // that were compared
	// encode returns the bytes of their message.
	encode func() []byte
}

func (k *comparison) structs(ours, theirs reflect.Value) error {
	for i := range ours.NumField() {
		name := ours.Type().Field(i).Name
		if slices.Contains(kmsgLacks, name) {
			continue
		}
		their := theirs.FieldByName(name)
		for _, other := range kmsgNames[name] {
			if !their.IsValid() {
				their = theirs.FieldByName(other)
			}
		}
		if !their.IsValid() {
			return fmt.Errorf("kmsg has no %s", name)
		}
		k.fields++
		if err := k.values(ours.Field(i), their); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (k *comparison) values(ours, theirs reflect.Value) error {
	if chunks, ok := ours.Interface().(wire.Chunks); ok {
		ours = reflect.ValueOf(bytes.Join(chunks, nil))
	}
	if ours.Kind() == reflect.Pointer {
		if ours.IsNil() { // theirs has its default, or is nil too
			return nil
		}
		ours = ours.Elem()
	}
	if theirs.Kind() == reflect.Pointer {
		if theirs.IsNil() {
			return fmt.Errorf("%v, kmsg has nil", ours)
		}
		theirs = theirs.Elem()
	}
	switch ours.Kind() {
	case reflect.Struct:
		return k.structs(ours, theirs)
	case reflect.Slice, reflect.Array:
		if theirs.Len() == 0 && !k.carries(theirs, reflect.MakeSlice(theirs.Type(), 1, 1)) {
			return nil // ours has what the version carries in other fields
		}
		if ours.Len() != theirs.Len() {
			return fmt.Errorf("%d elements, kmsg has %d", ours.Len(), theirs.Len())
		}
		for i := range ours.Len() {
			if err := k.values(ours.Index(i), theirs.Index(i)); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	}
	if !theirs.CanConvert(ours.Type()) {
		return fmt.Errorf("%s, kmsg has %s", ours.Type(), theirs.Type())
	}
	if got := theirs.Convert(ours.Type()); got.Interface() != ours.Interface() && k.carries(theirs, ours) {
		return fmt.Errorf("%v, kmsg has %v", ours, theirs)
	}
	return nil
}

// carries tells whether the version has their field at all: whether another
// value shows in the bytes. The schemas, not kmsg, tell the default of one that
// it lacks.
func (k *comparison) carries(theirs, other reflect.Value) bool {
	before, old := k.encode(), clone(theirs)
	theirs.Set(other.Convert(theirs.Type()))
	defer theirs.Set(old)
	return !bytes.Equal(before, k.encode())
}
