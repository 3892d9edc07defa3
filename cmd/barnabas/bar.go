package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/barnabas-go/kafka/cmd/barnabas/internal/quickstart"
)

// bar shows progress: on a terminal it is drawn over and over, else a line each
// time.
type bar struct {
	out   io.Writer
	drawn bool
	total int64
}

const barWidth = 40

func (b *bar) show(p *quickstart.Progress) {
	acknowledged, received := p.Acknowledged.Load(), p.Received.Load()
	counts := fmt.Sprintf("%s acknowledged, %s received of %s", quickstart.Count(acknowledged), quickstart.Count(received), quickstart.Count(b.total))
	if !b.drawn {
		fmt.Fprintln(b.out, counts)
		return
	}
	// = for what has arrived, - for what the cluster has.
	arrived := int(barWidth * received / b.total)
	held := int(barWidth*acknowledged/b.total) - arrived
	cells := strings.Repeat("=", min(arrived, barWidth)) + strings.Repeat("-", max(0, min(held, barWidth-arrived)))
	fmt.Fprintf(b.out, "\r[%-*s] %s\x1b[K", barWidth, cells, counts)
}

// end removes the bar, or leaves what was there last.
func (b *bar) end(p *quickstart.Progress) {
	if b.drawn {
		fmt.Fprint(b.out, "\r\x1b[K")
		return
	}
	b.show(p)
}
