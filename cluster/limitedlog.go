package cluster

import (
	"log/slog"
	"sync"
	"time"
)

// logInterval is the least time between two messages of the same cause.
const logInterval = 10 * time.Second

// limitedLog logs warnings, at most one per cause in logInterval, so that a
// failure that lasts does not flood the log.
type limitedLog struct {
	logger *slog.Logger

	mu     sync.Mutex
	causes map[string]*loggedCause
}

type loggedCause struct {
	at      time.Time
	skipped int
}

func newLimitedLog(l *slog.Logger) *limitedLog {
	return &limitedLog{logger: l, causes: make(map[string]*loggedCause)}
}

// warn logs msg unless cause was logged less than logInterval ago. The first
// message after that tells how many were left out.
func (l *limitedLog) warn(cause, msg string, args ...any) {
	now := time.Now()
	l.mu.Lock()
	c, ok := l.causes[cause]
	if ok && now.Sub(c.at) < logInterval {
		c.skipped++
		l.mu.Unlock()
		return
	}
	if ok && c.skipped > 0 {
		args = append(args, "repeated", c.skipped)
	}
	if !ok {
		l.forgetOld(now)
	}
	l.causes[cause] = &loggedCause{at: now}
	l.mu.Unlock()
	l.logger.Warn(msg, args...)
}

// forgetOld bounds the memory by the causes of two intervals.
func (l *limitedLog) forgetOld(now time.Time) {
	for cause, c := range l.causes {
		if now.Sub(c.at) >= 2*logInterval {
			delete(l.causes, cause)
		}
	}
}
