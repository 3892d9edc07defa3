// Package sasl has the mechanisms by which clients prove to brokers who they
// are: [Plain], [ScramSHA256] and [ScramSHA512], and [OAuthBearer]. GSSAPI
// (Kerberos) and AWS MSK IAM are in the modules plugin/kerberos and plugin/msk.
//
// A [Mechanism] goes into the Config of a client. It gets its credentials from a
// function, each time a connection is made and each time one has to authenticate
// again (KIP-368), so that passwords and tokens can change while the client runs:
//
//	cfg.SASL = sasl.ScramSHA512(sasl.Password("alice", os.Getenv("KAFKA_PASSWORD")))
//
// A [Secret] shows itself in no log, error, or print of a struct that holds it.
package sasl
