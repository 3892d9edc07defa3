// Package metrics measures what clients do, by the model and the names of the
// Java client.
//
// A [Sensor] takes values, such as the size of each batch, and hands them to its
// [Stat]s, such as [Avg] and [Rate], each of which is one metric. Most of these
// are over the last samples: as many windows of time as [Config] says. A
// [Registry] holds the metrics of one client; there is no global one.
//
//	r := metrics.NewRegistry(metrics.Config{})
//	latency := r.Sensor()
//	err := latency.Add(metrics.Name{Group: "producer-metrics", Name: "request-latency-avg"}, metrics.Avg)
//	latency.Record(1.7)
//	for _, m := range r.Snapshot() {
//		fmt.Println(m.Name, m.Value)
//	}
package metrics
