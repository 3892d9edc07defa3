package protocol_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/barnabas-go/kafka/protocol"
	"github.com/barnabas-go/kafka/protocol/wire"
)

// fold tells of a message whose versions below before have fields once that our
// struct has in the only element of an array.
type fold struct {
	before int16
	array  string // in our struct
	fields []string
}

var folds = map[string]fold{
	"FindCoordinatorRequest":  {4, "CoordinatorKeys", []string{"Key"}},
	"FindCoordinatorResponse": {4, "Coordinators", []string{"ErrorCode", "ErrorMessage", "NodeId", "Host", "Port"}},
	"LeaveGroupRequest":       {3, "Members", []string{"MemberId"}},
	"OffsetFetchRequest":      {8, "Groups", []string{"GroupId", "Topics"}},
	"OffsetFetchResponse":     {8, "Groups", []string{"Topics", "ErrorCode"}},
	"DeleteTopicsRequest":     {6, "Topics", []string{"TopicNames"}},
	"AddPartitionsToTxnRequest": {4, "Transactions", []string{
		"TransactionalId", "ProducerId", "ProducerEpoch", "Topics",
	}},
	"AddPartitionsToTxnResponse": {4, "ResultsByTransaction", []string{"TopicResults"}},
}

// never are fields that only old versions have and that our encoder drops from
// later ones, although the schemas do not call them ignorable: the zero value of
// our structs is not their default, so that they would be in everyone's way.
var never = []string{"ListOffsetsRequest.MaxNumOffsets", "OffsetCommitRequest.CommitTimestamp"}

// checker compares messages with what their schema says.
type checker struct {
	schema  *schema
	version int16
	covered map[string]bool // fields of our structs that a schema has
}

// goName returns the name of our field for a schema's.
func goName(name string) string {
	initialisms := map[string]string{"Id": "ID", "Ids": "IDs", "Api": "API", "Isr": "ISR", "Zk": "ZK", "Pc": "PC", "Elr": "ELR", "Hmac": "HMAC"}
	var words []string
	for i, r := range name {
		if i == 0 || unicode.IsUpper(r) {
			words = append(words, "")
		}
		if i == 0 {
			r = unicode.ToUpper(r)
		}
		words[len(words)-1] += string(r)
	}
	for i, w := range words {
		if better, ok := initialisms[w]; ok {
			words[i] = better
		}
	}
	return strings.Join(words, "")
}

// message compares msg with the record that it was decoded from.
func (k *checker) message(msg any, want record) error {
	v := reflect.ValueOf(msg).Elem()
	fields := k.schema.Fields
	fold, folded := folds[k.schema.Name]
	if folded && k.version < fold.before {
		array := v.FieldByName(fold.array)
		if fold.array == "Topics" { // DeleteTopics: all of them, but their names only
			return k.deleteTopics(v, fields, want)
		}
		if array.Len() != 1 {
			return fmt.Errorf("%s has %d elements", fold.array, array.Len())
		}
		isFolded := func(f *field) bool { return slices.Contains(fold.fields, f.Name) }
		inner, outer := split(fields, isFolded)
		// What the array is made of in later versions is not there to compare.
		outer = slices.DeleteFunc(outer, func(f *field) bool { return goName(f.Name) == fold.array })
		k.covered[v.Type().Name()+"."+fold.array] = true
		if array.Index(0).Kind() == reflect.String {
			if array.Index(0).String() != want[fold.fields[0]] {
				return fmt.Errorf("%s: %q, want %q", fold.array, array.Index(0), want[fold.fields[0]])
			}
			inner = nil
		}
		if err := k.structure(array.Index(0), inner, want); err != nil {
			return fmt.Errorf("%s[0]: %w", fold.array, err)
		}
		fields = outer
	} else if folded {
		fields, _ = split(fields, func(f *field) bool {
			return f.in(k.version) || v.FieldByName(goName(f.Name)).IsValid()
		})
	}
	return k.structure(v, fields, want)
}

func (k *checker) deleteTopics(v reflect.Value, fields []*field, want record) error {
	names := want["TopicNames"].([]any)
	topics := v.Addr().Interface().(*protocol.DeleteTopicsRequest).Topics
	if len(names) != len(topics) {
		return fmt.Errorf("%d Topics, want %d", len(topics), len(names))
	}
	for i, t := range topics {
		if t.Name == nil || *t.Name != names[i] || !t.TopicID.IsZero() {
			return fmt.Errorf("topic %d is %v, want %q", i, t, names[i])
		}
	}
	_, rest := split(fields, func(f *field) bool { return f.Name == "Topics" || f.Name == "TopicNames" })
	return k.structure(v, rest, want)
}

func split(fields []*field, in func(*field) bool) (yes, no []*field) {
	for _, f := range fields {
		if in(f) {
			yes = append(yes, f)
		} else {
			no = append(no, f)
		}
	}
	return yes, no
}

// structure compares a struct with a record.
func (k *checker) structure(v reflect.Value, fields []*field, want record) error {
	for _, f := range fields {
		name := goName(f.Name)
		got := v.FieldByName(name)
		if !got.IsValid() {
			return fmt.Errorf("%s has no field %s", v.Type(), name)
		}
		k.covered[v.Type().Name()+"."+name] = true
		expect, present := want[f.Name]
		if !present {
			expect = f.defaultValue()
		}
		if err := k.value(got, f, expect, present); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// value compares a field of ours with what a record has, or with its default.
func (k *checker) value(got reflect.Value, f *field, want any, present bool) error {
	// A struct that is not there is a nil pointer, instead of one with defaults.
	if f.isStruct() && got.Kind() == reflect.Pointer {
		if reflect.DeepEqual(want, f.defaultValue()) {
			if !got.IsNil() {
				return fmt.Errorf("%v, want nil", got.Elem())
			}
			return nil
		}
	} else if got.Kind() == reflect.Pointer || got.Kind() == reflect.Slice && (f.nullableIn(k.version) || want == nil) {
		if got.IsNil() != (want == nil) && present {
			return fmt.Errorf("nil is %t, want %v", got.IsNil(), want)
		}
		if got.IsNil() {
			return nil
		}
	}
	if got.Kind() == reflect.Pointer {
		if got.IsNil() {
			return fmt.Errorf("nil, want %v", want)
		}
		got = got.Elem()
	}
	return k.plain(got, f, want)
}

// plain compares what is neither null nor a pointer.
func (k *checker) plain(got reflect.Value, f *field, want any) error {
	switch want := want.(type) {
	case record:
		return k.structure(got, f.Fields, want)
	case []any:
		if got.Len() != len(want) {
			return fmt.Errorf("%d elements, want %d", got.Len(), len(want))
		}
		elem := *f
		elem.Type, elem.NullableVersions = f.elemType(), ""
		for i, e := range want {
			if err := k.value(got.Index(i), &elem, e, true); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	case int64:
		if got.CanInt() && got.Int() == want || got.CanUint() && got.Uint() == uint64(want) {
			return nil
		}
	case []byte:
		b, ok := got.Interface().([]byte)
		if chunks, is := got.Interface().(wire.Chunks); is {
			b, ok = bytes.Join(chunks, nil), true
		}
		if ok && bytes.Equal(b, want) {
			return nil
		}
	case [16]byte:
		if got.Interface() == wire.UUID(want) {
			return nil
		}
	default: // bool, string, float64
		if got.Interface() == want {
			return nil
		}
	}
	return fmt.Errorf("%v, want %v", got, want)
}

// uncovered returns the fields of our structs that no schema has.
func (k *checker) uncovered(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var list []string
	for i := range t.NumField() {
		if name := t.Name() + "." + t.Field(i).Name; !k.covered[name] {
			list = append(list, name)
		}
		list = append(list, k.uncovered(t.Field(i).Type)...)
	}
	return list
}
