package producer

import "github.com/barnabas-go/kafka/metrics"

// transactionMeasures are the time that the calls of transactions took.
type transactionMeasures struct{ init, begin, sendOffsets, commit, abort *metrics.Sensor }

func (m *measures) newTransactionMeasures() transactionMeasures {
	total := func(name, call string) *metrics.Sensor {
		return m.sensor(groupProducer, nil, metrics.Measure{Name: "txn-" + name + "-time-ns-total", New: metrics.NanosecondsTotal, Description: "ns that " + call + " took"})
	}
	return transactionMeasures{
		init:        total("init", "InitTransactions"),
		begin:       total("begin", "Begin"),
		sendOffsets: total("send-offsets", "SendOffsets"),
		commit:      total("commit", "Commit"),
		abort:       total("abort", "Abort"),
	}
}
