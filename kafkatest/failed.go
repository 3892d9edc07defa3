package kafkatest

import (
	"fmt"
	"reflect"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/barnabas-go/kafka/protocol"
)

// kmsg's responses name the entities of their requests by the same field names
// (Topics, Partitions, Groups, ...), which is what lets one walk build the error
// answer to any request. These are the exceptions.
var (
	// entitiesOf maps a response's list to the request's where the names differ.
	entitiesOf = map[string]string{"Coordinators": "CoordinatorKeys", "Topics": "TopicNames"}
	// identities are the fields that take an entity the request names by a bare
	// value, by preference.
	identities = []string{"Partition", "Key", "Topic", "Group", "TransactionalID"}
	// whole lists the APIs whose errors of a kind are above a list: brokers say
	// that a group, not each partition, has moved.
	whole = map[protocol.APIKey]string{
		protocol.OffsetFetch: "Topics",
		protocol.LeaveGroup:  "Members",
		protocol.Metadata:    "Partitions",
	}
)

// failed returns the response with an error code in place of handling req.
func failed(req Request, code protocol.ErrorCode) ([]byte, error) {
	kreq, err := req.parse()
	if err != nil {
		return nil, err
	}
	resp := kreq.ResponseKind()
	nameEntities(reflect.ValueOf(resp).Elem(), reflect.ValueOf(kreq).Elem())
	return withCode(req, resp, code)
}

// failedAfter puts an error code into the response of a request that was
// handled.
func failedAfter(req Request, frame []byte, code protocol.ErrorCode) ([]byte, error) {
	if frame == nil {
		return nil, fmt.Errorf("%s answered to a request that has no response", code.Name())
	}
	kreq, err := req.parse()
	if err != nil {
		return nil, err
	}
	resp, err := parseResponse(kreq, frame)
	if err != nil {
		return nil, err
	}
	return withCode(req, resp, code)
}

// throttled puts a throttle time into the response of a request that was handled.
func throttled(req Request, frame []byte, d time.Duration) ([]byte, error) {
	if frame == nil {
		return nil, nil // there is nothing to tell it by
	}
	kreq, err := req.parse()
	if err != nil {
		return nil, err
	}
	resp, err := parseResponse(kreq, frame)
	if err != nil {
		return nil, err
	}
	t, ok := resp.(kmsg.SetThrottleResponse)
	if !ok {
		return nil, fmt.Errorf("%s cannot be throttled: its response has no place for it", req.APIKey)
	}
	t.SetThrottle(int32(d.Milliseconds()))
	return frameResponse(resp, req.CorrelationID), nil
}

func withCode(req Request, resp kmsg.Response, code protocol.ErrorCode) ([]byte, error) {
	if req.answered() {
		setCode(reflect.ValueOf(resp).Elem(), code, whole[req.APIKey])
		// Versions differ in what they carry: see whether the code arrives.
		arrived := resp.RequestKind().ResponseKind()
		arrived.SetVersion(req.APIVersion)
		if err := arrived.ReadFrom(resp.AppendTo(nil)); err != nil {
			return nil, err
		}
		if hasCode(reflect.ValueOf(arrived).Elem(), code) {
			return frameResponse(resp, req.CorrelationID), nil
		}
	}
	return nil, fmt.Errorf("%s cannot be answered: the %s response, version %d, has no place for it",
		code.Name(), req.APIKey, req.APIVersion)
}

// nameEntities gives resp an entry for each entity that req names.
func nameEntities(resp, req reflect.Value) {
	for i := range resp.NumField() {
		name, to := resp.Type().Field(i).Name, resp.Field(i)
		from := req.FieldByName(name)
		if other := entitiesOf[name]; other != "" && (!from.IsValid() || from.Len() == 0) {
			if f := req.FieldByName(other); f.IsValid() {
				from = f
			}
		}
		switch {
		case !from.IsValid() || name == "Version":
		case isList(to) && from.Kind() == reflect.Slice:
			for j := range from.Len() {
				to.Set(reflect.Append(to, newEntity(to.Type().Elem(), from.Index(j))))
			}
		case from.Type() == to.Type() && to.Kind() != reflect.Slice && to.Kind() != reflect.Struct:
			to.Set(from)
		}
	}
}

// newEntity returns the response's entry for an entity of the request, which
// is a struct there or a bare value.
func newEntity(t reflect.Type, from reflect.Value) reflect.Value {
	entity := reflect.New(t)
	if d, ok := entity.Interface().(interface{ Default() }); ok {
		d.Default()
	}
	if from.Kind() == reflect.Struct {
		nameEntities(entity.Elem(), from)
		return entity.Elem()
	}
	for _, name := range identities {
		f := entity.Elem().FieldByName(name)
		switch {
		case !f.IsValid():
		case f.Type() == from.Type():
			f.Set(from)
			return entity.Elem()
		case f.Kind() == reflect.Pointer && f.Type().Elem() == from.Type():
			f.Set(reflect.New(from.Type()))
			f.Elem().Set(from)
			return entity.Elem()
		}
	}
	return entity.Elem()
}

// setCode sets the ErrorCode of the innermost entities of v that have one, and
// tells whether there is any. It does not look into the list named above.
func setCode(v reflect.Value, code protocol.ErrorCode, above string) bool {
	set := false
	for i := range v.NumField() {
		if f := v.Field(i); isList(f) && v.Type().Field(i).Name != above {
			for j := range f.Len() {
				set = setCode(f.Index(j), code, above) || set
			}
		}
	}
	if f := v.FieldByName("ErrorCode"); f.IsValid() && !set {
		f.SetInt(int64(code))
		set = true
	}
	return set
}

// hasCode tells whether v or an entity in it has the code.
func hasCode(v reflect.Value, code protocol.ErrorCode) bool {
	if f := v.FieldByName("ErrorCode"); f.IsValid() && f.Int() == int64(code) {
		return true
	}
	for i := range v.NumField() {
		if f := v.Field(i); isList(f) {
			for j := range f.Len() {
				if hasCode(f.Index(j), code) {
					return true
				}
			}
		}
	}
	return false
}

// isList tells whether v is a slice of structs.
func isList(v reflect.Value) bool {
	return v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct
}
