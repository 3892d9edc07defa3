package properties

import (
	"slices"
	"strings"
)

// Clients tells which clients a key is for.
type Clients uint8

// The clients.
const (
	Producers Clients = 1 << iota
	Consumers
	Admins

	// AllClients is for what they share.
	AllClients = Producers | Consumers | Admins
)

// String names the clients as a reference table does.
func (c Clients) String() string {
	switch c {
	case AllClients:
		return "all"
	case Producers:
		return "producer"
	case Consumers:
		return "consumer"
	case Producers | Consumers:
		return "producer, consumer"
	default:
		return "admin"
	}
}

// Key is a key that can be set.
type Key struct {
	// Name is that of the Java client, or of librdkafka if that has none.
	Name string
	// Aliases are other names: those of librdkafka and kafka-python. Any name may
	// also be written with underscores for dots, as kafka-python does.
	Aliases []string
	// Clients that the key is for.
	Clients Clients
	// Field of the client's Config that it sets.
	Field string
	// Doc says in one line what it is.
	Doc string
	// Type of the value, as Kafka's documentation has it: string, list, boolean or
	// int.
	Type string
	// Allowed says which values it may have.
	Allowed string
	// Default is the value that leaves the client as it is without the key; empty
	// if there is none.
	Default string

	value  value
	secret bool // the value must not be shown
}

// Keys returns all keys that can be set, by ascending name.
func Keys() []Key {
	keys := slices.Clone(table)
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.Name, b.Name) })
	return keys
}

// Lookup returns the key of a name, in whichever way it is written. The error is
// an [*UnknownKeyError] or an [*UnsupportedKeyError].
func Lookup(name string) (Key, error) {
	k, err := lookup(name)
	if err != nil {
		return Key{}, err
	}
	return *k, nil
}

func lookup(written string) (*Key, error) {
	name := normal(written)
	if k, ok := byName[name]; ok {
		return k, nil
	}
	if why, ok := unsupported(name); ok {
		return nil, &UnsupportedKeyError{Key: written, Reason: why}
	}
	return nil, &UnknownKeyError{Key: written, Nearest: nearest(name)}
}

// normal returns a name as the Java client writes it.
func normal(name string) string { return strings.ReplaceAll(name, "_", ".") }

// byName finds a key by its name and its aliases.
var byName = index()

func index() map[string]*Key {
	m := make(map[string]*Key)
	for i := range table {
		k := &table[i]
		k.Type, k.Allowed = k.value.kind, k.value.allowed
		for _, name := range append([]string{k.Name}, k.Aliases...) {
			m[normal(name)] = k
		}
	}
	return m
}

// what returns what the key sets, so that two that set the same are found: the
// field, unless several keys set parts of it.
func (k *Key) what() string {
	switch k.Field {
	case "TLS", "SASL", "CompressionLevel", "Partitioner", "APIVersion":
		return k.Name
	default:
		return k.Field
	}
}

// shown returns a value as errors may show it.
func (k *Key) shown(value string) string {
	if k.secret {
		return "(hidden)"
	}
	return value
}
