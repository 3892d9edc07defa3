package producer

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/cluster"
	"github.com/barnabas-go/kafka/codec"
)

// What New refuses leaves nothing running: the bubble would not end.
func TestNewRefuses(t *testing.T) {
	for field, cfg := range map[string]Config{
		"RequestTimeout":                     {Config: cluster.Config{RequestTimeout: -1}},
		"Acks":                               {Acks: 7, DisableIdempotence: true},
		"Acks and DisableIdempotence":        {Acks: AcksLeader},
		"MaxInFlight and DisableIdempotence": {Config: cluster.Config{MaxInFlight: 6}},
		"DeliveryTimeout and RequestTimeout": {DeliveryTimeout: time.Second},
		"BatchSize":                          {BatchSize: -1},
		"Retries and DisableIdempotence":     {Retries: -1},
		"MetricsSamples":                     {MetricsSamples: -1},
		"MetricsWindow":                      {MetricsWindow: -1},
	} {
		t.Run(field, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := New(cfg)
				var wrong *cluster.ConfigError
				if !errors.As(err, &wrong) || wrong.Field != field {
					t.Errorf("error %v, want one of %s", err, field)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		if _, err := New(Config{Compression: codec.Gzip, CompressionLevel: 77}); err == nil {
			t.Error("gzip level 77 is accepted")
		}
	})
}
