package integration

import (
	"fmt"
	"testing"

	"github.com/barnabas-go/kafka/conn/sasl"
	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/plugin/kerberos"
)

// TestKerberos has clients authenticate by GSSAPI, with a local key distribution
// centre.
func TestKerberos(t *testing.T) {
	forEach(t, func(t *testing.T, target kafkabroker.Target) {
		if _, ok := target.(*kafkabroker.Cluster); !ok || !can(target, saslAuthenticate) {
			return
		}
		scan := newSecretScan(t, saslPassword, "wrong-s3cr3t")
		k := startKDC(t)
		k.addPrincipal(t, "kafka/127.0.0.1", "")
		k.addPrincipal(t, saslUser, saslPassword)
		s := startSASL(t, target, func(cfg *kafkabroker.Config) {
			cfg.SASL = map[string]string{"GSSAPI": fmt.Sprintf("com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab=%q principal=\"kafka/127.0.0.1@%s\"",
				k.keytab(t, "kafka/127.0.0.1"), realm)}
			cfg.Properties["sasl.kerberos.service.name"] = "kafka"
			cfg.JVMOptions = []string{"-Djava.security.krb5.conf=" + k.conf}
		})
		gssapi := func(cfg kerberos.Config) sasl.Mechanism {
			cfg.ConfigFile = k.conf
			m, err := kerberos.New(cfg)
			must(t, err)
			t.Cleanup(m.Close)
			return m
		}
		principal := saslUser + "@" + realm
		s.works(t, gssapi(kerberos.Config{Principal: principal, Password: sasl.NewSecret(saslPassword)}), scan)
		s.works(t, gssapi(kerberos.Config{Principal: saslUser, Keytab: k.keytab(t, saslUser)}), scan)
		s.works(t, gssapi(kerberos.Config{CredentialCache: k.credentialCache(t, saslUser)}), scan)

		wantError(t, s.failure(t, gssapi(kerberos.Config{Principal: principal, Password: sasl.NewSecret("wrong-s3cr3t")}), scan), "sasl: GSSAPI", "log in as alice")
		wantError(t, s.failure(t, gssapi(kerberos.Config{Principal: principal, Password: sasl.NewSecret(saslPassword), ServiceName: "other"}), scan), "other/127.0.0.1")
	})
}
