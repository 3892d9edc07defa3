package protocol

import "fmt"

// ACLResourceType tells what an ACL is about.
type ACLResourceType int8

const (
	// AnyACLResource is for filters: all types.
	AnyACLResource             ACLResourceType = 1
	TopicACLResource           ACLResourceType = 2
	GroupACLResource           ACLResourceType = 3
	ClusterACLResource         ACLResourceType = 4
	TransactionalIDACLResource ACLResourceType = 5
	// DelegationTokenACLResource is a delegation token (KIP-48).
	DelegationTokenACLResource ACLResourceType = 6
	// UserACLResource is a user who owns delegation tokens (KIP-373).
	UserACLResource ACLResourceType = 7
)

var aclResourceTypes = [...]string{"UNKNOWN", "ANY", "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "USER"}

// String returns the type by Kafka's name, such as "TOPIC".
func (t ACLResourceType) String() string {
	return enumName(aclResourceTypes[:], "ACL resource type", t)
}

// PatternType tells how the name of an ACL is compared with that of a resource
// (KIP-290).
type PatternType int8

const (
	// AnyPattern is for filters: ACLs with the very name, of any pattern type.
	AnyPattern PatternType = 1
	// MatchPattern is for filters: all ACLs that apply to the resource named.
	MatchPattern PatternType = 2
	// LiteralPattern is for the resource of that name, or for all if the name is
	// "*".
	LiteralPattern PatternType = 3
	// PrefixedPattern is for resources whose names start with that name.
	PrefixedPattern PatternType = 4
)

var patternTypes = [...]string{"UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"}

// String returns the type by Kafka's name, such as "LITERAL".
func (t PatternType) String() string { return enumName(patternTypes[:], "pattern type", t) }

// ACLOperation is what an ACL allows or denies. In a bit field of authorized
// operations, the bit of an operation is 1 << operation.
type ACLOperation int8

const (
	// AnyOperation is for filters: all operations.
	AnyOperation ACLOperation = 1
	// AllOperations stands for all others.
	AllOperations            ACLOperation = 2
	ReadOperation            ACLOperation = 3
	WriteOperation           ACLOperation = 4
	CreateOperation          ACLOperation = 5
	DeleteOperation          ACLOperation = 6
	AlterOperation           ACLOperation = 7
	DescribeOperation        ACLOperation = 8
	ClusterActionOperation   ACLOperation = 9
	DescribeConfigsOperation ACLOperation = 10
	AlterConfigsOperation    ACLOperation = 11
	IdempotentWriteOperation ACLOperation = 12
	// CreateTokensOperation and DescribeTokensOperation are on delegation tokens
	// of others (KIP-373).
	CreateTokensOperation   ACLOperation = 13
	DescribeTokensOperation ACLOperation = 14
	// TwoPhaseCommitOperation is to keep transactions open for any time (KIP-939).
	TwoPhaseCommitOperation ACLOperation = 15
)

var aclOperations = [...]string{
	"UNKNOWN", "ANY", "ALL", "READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "CLUSTER_ACTION",
	"DESCRIBE_CONFIGS", "ALTER_CONFIGS", "IDEMPOTENT_WRITE", "CREATE_TOKENS", "DESCRIBE_TOKENS", "TWO_PHASE_COMMIT",
}

// String returns the operation by Kafka's name, such as "READ".
func (o ACLOperation) String() string { return enumName(aclOperations[:], "ACL operation", o) }

// ACLPermissionType tells whether an ACL allows or denies.
type ACLPermissionType int8

const (
	// AnyPermission is for filters: both.
	AnyPermission ACLPermissionType = 1
	// DenyPermission denies, whatever other ACLs allow.
	DenyPermission  ACLPermissionType = 2
	AllowPermission ACLPermissionType = 3
)

var aclPermissionTypes = [...]string{"UNKNOWN", "ANY", "DENY", "ALLOW"}

// String returns the type by Kafka's name, such as "ALLOW".
func (t ACLPermissionType) String() string {
	return enumName(aclPermissionTypes[:], "ACL permission type", t)
}

// enumName returns the name of a value, or tells it by its number.
func enumName[T ~int8](names []string, what string, v T) string {
	if v >= 0 && int(v) < len(names) && names[v] != "" {
		return names[v]
	}
	return fmt.Sprintf("%s %d", what, int8(v))
}
