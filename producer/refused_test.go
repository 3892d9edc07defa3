package producer

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/conn"
	"github.com/barnabas-go/kafka/record"
)

// A broker whose certificate expires fails what is sent to it at once and with the
// reason; once it has another, all is well again.
func TestConnectionRefused(t *testing.T) {
	web := httptest.NewUnstartedServer(nil) // which comes with a certificate
	web.StartTLS()
	web.Close()
	synctest.Test(t, func(t *testing.T) {
		var expired atomic.Bool
		b := newOldBroker(3)
		b.secure = func(c net.Conn) net.Conn { return tls.Server(c, &tls.Config{Certificates: web.TLS.Certificates}) }
		p := b.configured(t, Config{Config: cluster.Config{TLS: &tls.Config{
			InsecureSkipVerify: true,
			VerifyConnection: func(tls.ConnectionState) error {
				if expired.Load() {
					return x509.CertificateInvalidError{Reason: x509.Expired}
				}
				return nil
			},
		}}})
		rec := record.Record{Topic: "t", Value: []byte("v")}
		if _, err := p.SendSync(t.Context(), rec); err != nil {
			t.Fatal(err)
		}

		expired.Store(true)
		b.set(func() {
			for _, c := range b.conns {
				c.Close()
			}
		})
		synctest.Wait()
		began := time.Now()
		_, err := p.SendSync(t.Context(), rec)
		var reason x509.CertificateInvalidError
		var at *conn.Error
		var lost *DeliveryError
		if !errors.As(err, &reason) || !errors.As(err, &at) || at.Stage != conn.StageTLS || !errors.As(err, &lost) || lost.TimedOut {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("failed after %v", took)
		}

		expired.Store(false)
		if _, err := p.SendSync(t.Context(), rec); err != nil {
			t.Error(err)
		}
	})
}
