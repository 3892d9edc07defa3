package metrics_test

import (
	"fmt"
	"log"

	"github.com/barnabas-go/kafka/metrics"
)

func Example() {
	r := metrics.NewRegistry(metrics.Config{})
	sizes := r.Sensor()
	for name, stat := range map[string]metrics.NewStat{"batch-size-avg": metrics.Avg, "batch-size-max": metrics.Max} {
		if err := sizes.Add(metrics.Name{Group: "producer-metrics", Name: name}, stat); err != nil {
			log.Fatal(err)
		}
	}
	for _, size := range []float64{100, 250, 400} {
		sizes.Record(size)
	}
	for _, m := range r.Snapshot() {
		fmt.Println(m.Name, m.Value)
	}
	// Output:
	// producer-metrics.batch-size-avg 250
	// producer-metrics.batch-size-max 400
}
