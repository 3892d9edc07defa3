package protocol

// ConfigResourceType tells what a config belongs to.
type ConfigResourceType int8

const (
	// TopicConfig is a topic's, named by its name.
	TopicConfig ConfigResourceType = 2
	// BrokerConfig is a broker's, named by its node id; an empty name means the
	// defaults of all brokers.
	BrokerConfig ConfigResourceType = 4
	// BrokerLoggerConfig has the log levels of a broker, named by its node id
	// (KIP-412).
	BrokerLoggerConfig ConfigResourceType = 8
	// ClientMetricsConfig is a subscription to metrics of clients, named by its
	// name (KIP-714).
	ClientMetricsConfig ConfigResourceType = 16
	// GroupConfig is a group's, named by its id (KIP-848).
	GroupConfig ConfigResourceType = 32
)

var configResourceTypes = [...]string{
	0: "UNKNOWN", TopicConfig: "TOPIC", BrokerConfig: "BROKER", BrokerLoggerConfig: "BROKER_LOGGER",
	ClientMetricsConfig: "CLIENT_METRICS", GroupConfig: "GROUP",
}

// String returns the type by Kafka's name, such as "TOPIC".
func (t ConfigResourceType) String() string {
	return enumName(configResourceTypes[:], "config resource type", t)
}

// ConfigSource tells where the value of a config comes from.
type ConfigSource int8

const (
	// UnknownConfigSource is what versions have that do not tell the source.
	UnknownConfigSource ConfigSource = -1
	// DynamicTopicConfig was set for the topic.
	DynamicTopicConfig ConfigSource = 1
	// DynamicBrokerConfig was set for the broker while it ran.
	DynamicBrokerConfig ConfigSource = 2
	// DynamicDefaultBrokerConfig was set for all brokers while they ran.
	DynamicDefaultBrokerConfig ConfigSource = 3
	// StaticBrokerConfig stands in the broker's file.
	StaticBrokerConfig ConfigSource = 4
	// DefaultConfig is built in.
	DefaultConfig ConfigSource = 5
	// DynamicBrokerLoggerConfig was set for a logger of the broker.
	DynamicBrokerLoggerConfig ConfigSource = 6
	// DynamicClientMetricsConfig was set for a subscription to metrics.
	DynamicClientMetricsConfig ConfigSource = 7
	// DynamicGroupConfig was set for the group.
	DynamicGroupConfig ConfigSource = 8
)

var configSources = [...]string{
	"UNKNOWN", "DYNAMIC_TOPIC_CONFIG", "DYNAMIC_BROKER_CONFIG", "DYNAMIC_DEFAULT_BROKER_CONFIG", "STATIC_BROKER_CONFIG",
	"DEFAULT_CONFIG", "DYNAMIC_BROKER_LOGGER_CONFIG", "DYNAMIC_CLIENT_METRICS_CONFIG", "DYNAMIC_GROUP_CONFIG",
}

// String returns the source by Kafka's name, such as "DYNAMIC_TOPIC_CONFIG".
func (s ConfigSource) String() string {
	return enumName(configSources[:], "config source", max(s, 0))
}

// ConfigType is the type of a config's value (KIP-569).
type ConfigType int8

const (
	UnknownConfigType  ConfigType = 0
	BooleanConfigType  ConfigType = 1
	StringConfigType   ConfigType = 2
	IntConfigType      ConfigType = 3
	ShortConfigType    ConfigType = 4
	LongConfigType     ConfigType = 5
	DoubleConfigType   ConfigType = 6
	ListConfigType     ConfigType = 7
	ClassConfigType    ConfigType = 8
	PasswordConfigType ConfigType = 9
)

var configTypes = [...]string{"UNKNOWN", "BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"}

// String returns the type by Kafka's name, such as "PASSWORD".
func (t ConfigType) String() string { return enumName(configTypes[:], "config type", t) }

// ConfigOperation tells how to change a config (KIP-339).
type ConfigOperation int8

const (
	// SetConfig sets the value.
	SetConfig ConfigOperation = 0
	// DeleteConfig goes back to the default.
	DeleteConfig ConfigOperation = 1
	// AppendConfig adds to a value that is a list.
	AppendConfig ConfigOperation = 2
	// SubtractConfig removes from a value that is a list.
	SubtractConfig ConfigOperation = 3
)

var configOperations = [...]string{"SET", "DELETE", "APPEND", "SUBTRACT"}

// String returns the operation by Kafka's name, such as "SET".
func (o ConfigOperation) String() string { return enumName(configOperations[:], "config operation", o) }
