package kerberos

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/krberror"

	"github.com/barnabas-go/kafka/conn/sasl"
)

// Config says who the client is, and how it proves that: by exactly one of Keytab,
// Password and CredentialCache.
type Config struct {
	// Principal is the client's, as alice@EXAMPLE.COM or service/host@EXAMPLE.COM;
	// without a realm it is of the default realm. A credential cache has its own.
	// [sasl.kerberos.principal of librdkafka]
	Principal string
	// Keytab is a file with the principal's keys. [sasl.kerberos.keytab of librdkafka]
	Keytab string
	// Password is the principal's.
	Password sasl.Secret
	// CredentialCache is a file with tickets, as kinit makes it. It is read anew when
	// they have expired.
	CredentialCache string
	// ConfigFile describes the realms. Default the environment variable KRB5_CONFIG,
	// else /etc/krb5.conf.
	ConfigFile string
	// ServiceName is the first part of the brokers' principals. Default kafka.
	// [sasl.kerberos.service.name]
	ServiceName string
	// DomainName is the second part of the brokers' principals. Default the host name
	// that the client connects to. [sasl_kerberos_domain_name of kafka-python]
	DomainName string
	// DisableFAST keeps pre-authentication of RFC 6113 from being offered, which
	// Active Directory does not bear. Default false.
	DisableFAST bool
}

// validate tells what is wrong.
func (c Config) validate() error {
	ways := 0
	for _, set := range []bool{c.Keytab != "", c.Password.Reveal() != "", c.CredentialCache != ""} {
		if set {
			ways++
		}
	}
	switch {
	case ways != 1:
		return errors.New("kerberos: exactly one of Keytab, Password and CredentialCache must be set")
	case c.Principal == "" && c.CredentialCache == "":
		return errors.New("kerberos: Principal must be set")
	}
	return nil
}

// newClient returns a client of Kerberos that has its first ticket.
func (c Config) newClient() (*client.Client, error) {
	path := cmp.Or(c.ConfigFile, os.Getenv("KRB5_CONFIG"), "/etc/krb5.conf")
	realms, err := config.Load(path)
	if err != nil {
		return nil, fmt.Errorf("kerberos: %s: %w", path, err)
	}
	setting := client.DisablePAFXFAST(c.DisableFAST)
	name, realm, ok := strings.Cut(c.Principal, "@")
	if !ok {
		realm = realms.LibDefaults.DefaultRealm
	}
	var cl *client.Client
	switch {
	case c.CredentialCache != "":
		cache, err := credentials.LoadCCache(c.CredentialCache)
		if err != nil {
			return nil, fmt.Errorf("kerberos: %s: %w", c.CredentialCache, err)
		}
		if cl, err = client.NewFromCCache(cache, realms, setting); err != nil {
			return nil, fmt.Errorf("kerberos: %s: %w (kinit makes a new one)", c.CredentialCache, err)
		}
		return cl, nil
	case c.Keytab != "":
		keys, err := keytab.Load(c.Keytab)
		if err != nil {
			return nil, fmt.Errorf("kerberos: %s: %w", c.Keytab, err)
		}
		cl = client.NewWithKeytab(name, realm, keys, realms, setting)
	default:
		cl = client.NewWithPassword(name, realm, c.Password.Reveal(), realms, setting)
	}
	if err := cl.Login(); err != nil {
		cl.Destroy()
		return nil, fmt.Errorf("kerberos: log in as %s of realm %s: %w", name, realm, final(err))
	}
	return cl, nil
}

// final says of an error of Kerberos that it is one of the credentials, unless it
// is one of the network, which may pass.
func final(err error) error {
	var cause krberror.Krberror
	if errors.As(err, &cause) && cause.RootCause != krberror.NetworkingError {
		return fmt.Errorf("%w: %w", sasl.ErrCredentials, err)
	}
	return err
}
