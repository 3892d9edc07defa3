package kafkabroker

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// lock takes the lock file at path, waiting for it until ctx ends. The lock
// belongs to the open file, so that the kernel drops it with the process.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		f, err := tryLock(path)
		if err != nil {
			return nil, err
		}
		if f != nil {
			return func() { f.Close() }, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("lock file %s: %w", path, ctx.Err())
		case <-poll.C:
		}
	}
}

// tryLock returns the locked file, or nil if another one holds the lock. Closing
// the file gives the lock back.
func tryLock(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	locked, err := flock(f)
	if !locked {
		f.Close()
		return nil, err
	}
	return f, nil
}
