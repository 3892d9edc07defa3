package integration

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/barnabas-go/kafka/integration/kafkabroker"
	"github.com/barnabas-go/kafka/kafkatest"
)

func TestMain(m *testing.M) {
	// Tests mostly wait, so more of them run at a time than there are processors,
	// unless the command line has -parallel. (Not many more: some start brokers.)
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	os.Exit(kafkabroker.MainByVersion(m))
}

// patience bounds every wait of a test on a cluster where nothing is broken.
const patience = 30 * time.Second

// toolPatience bounds a console tool of Java's, which takes long to start on a busy
// machine.
const toolPatience = 2 * time.Minute

// forEach runs a test on every target, beside other tests, and checks that it
// leaves no goroutine behind. (Not before the target has started: that one
// stays for others.)
func forEach(t *testing.T, test func(t *testing.T, target kafkabroker.Target)) {
	t.Helper()
	t.Parallel()
	kafkabroker.ForEach(t, func(t *testing.T, target kafkabroker.Target) {
		kafkatest.CheckLeaks(t)
		test(t, target)
	})
}

// forEachNew is forEach on clusters of the test's own. What a restarted node runs
// ends with its cluster, which is after the check.
func forEachNew(t *testing.T, config kafkabroker.Config, test func(t *testing.T, target kafkabroker.FaultyTarget)) {
	t.Helper()
	t.Parallel()
	kafkabroker.ForEachNew(t, config, func(t *testing.T, target kafkabroker.FaultyTarget) {
		kafkatest.CheckLeaks(t, "kafkatest.(*node)", "kafkatest.(*session)", "kafkabroker.(*process)")
		test(t, target)
	})
}

// soon returns a context that ends after patience, or with the test.
func soon(t *testing.T) context.Context { return within(t, patience) }

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// closing is a context for Close in a cleanup, when the test's own has ended.
func closing() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError checks that an error names all of some phrases.
func wantError(t *testing.T, err error, phrases ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one with %q", phrases)
		return
	}
	for _, phrase := range phrases {
		if !strings.Contains(err.Error(), phrase) {
			t.Errorf("the error is %q, want it to name %q", err, phrase)
		}
	}
}

// eventually polls until check is content: for what nothing announces, such as
// brokers' opinions.
func eventually(t *testing.T, d time.Duration, check func() error) {
	t.Helper()
	ctx := within(t, d)
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("after %v: %v", d, err)
		case <-poll.C:
		}
	}
}
