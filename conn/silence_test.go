package conn

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/barnabas-go/kafka/protocol"
)

// A connection over which nothing comes is ended once the broker answers on
// another; not while the broker may take long for what comes first, nor where bytes
// of a response come slowly, nor where the broker answers nowhere.
func TestSilence(t *testing.T) {
	silent, lives := modern((*peer).drain), modern(serve)
	for name, tt := range map[string]struct {
		first, next func(*peer)
		before      protocol.Request // what is asked before
		want        time.Duration
		text        string
	}{
		"the network has dropped it": {first: silent, next: lives, want: 2 * Overdue, text: "answers on another connection"},
		"the broker answers nowhere": {first: silent, next: (*peer).drain, want: DefaultRequestTimeout, text: "no response"},
		"the broker has work to do":  {first: silent, next: lives, before: &protocol.CreateTopicsRequest{}, want: DefaultRequestTimeout, text: "no response"},
		"the response is coming": {first: modern(func(p *peer) {
			req := p.next()
			for _, b := range p.frame(req, empty(protocol.Metadata))[:12] {
				pass(Overdue - time.Second)
				p.write([]byte{b})
			}
			p.drain()
		}), next: lives, want: DefaultRequestTimeout, text: "no response"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newFakeBroker(t, tt.first, tt.next).dialDefault()
				if tt.before != nil {
					c.Go(tt.before, time.Minute, nil)
				}
				defer c.Watch(t.Context(), nil)()
				start := time.Now()
				_, err := c.Do(t.Context(), &protocol.MetadataRequest{})
				if took := time.Since(start); took != tt.want || !errors.Is(err, ErrRequestTimeout) || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("after %v: %v", took, err)
				}
			})
		})
	}
}

// A reason to give up a silent connection is looked for elsewhere, and not before
// it is silent.
func TestSilenceElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newFakeBroker(t, modern(func(p *peer) {
			p.reply(p.next(), empty(protocol.Heartbeat))
			p.drain()
		})).dialDefault()
		errMoved := errors.New("moved")
		defer c.Watch(t.Context(), func(context.Context) error { return errMoved })()
		pass(Overdue / 2)
		if _, err := c.Do(t.Context(), heartbeat(0)); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := c.Do(t.Context(), heartbeat(0)); !errors.Is(err, errMoved) || time.Since(start) != Overdue*3/2 {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
	})
}
