package tlsconfig

import (
	"log/slog"
	"os"
	"sync"
)

// reloaded is what was made of files, and is made anew when they change.
type reloaded[T any] struct {
	option string
	files  []string
	load   func() (T, error)
	logger *slog.Logger

	mu    sync.Mutex
	seen  []os.FileInfo // nil where a file could not be looked at
	value T
}

// newReloaded loads for the first time. Sources without a file do not change.
func newReloaded[T any](option string, logger *slog.Logger, load func() (T, error), sources ...Source) (*reloaded[T], error) {
	r := &reloaded[T]{option: option, load: load, logger: logger}
	for _, s := range sources {
		if s.File != "" {
			r.files = append(r.files, s.File)
		}
	}
	r.seen = r.look()
	var err error
	r.value, err = load()
	return r, err
}

// get returns what is in the files now, or what was before if they cannot be used.
func (r *reloaded[T]) get() T {
	r.mu.Lock()
	defer r.mu.Unlock()
	// A file that changes while it is read is another one at the next look, as the
	// look comes first.
	now := r.look()
	if !r.changed(now) {
		return r.value
	}
	r.seen = now
	value, err := r.load()
	if err != nil {
		r.logger.Warn("kafka: changed TLS files cannot be used, those from before stay in use", "option", r.option, "err", err)
		return r.value
	}
	r.logger.Info("kafka: changed TLS files are in use", "option", r.option, "files", r.files)
	r.value = value
	return value
}

func (r *reloaded[T]) look() []os.FileInfo {
	infos := make([]os.FileInfo, len(r.files))
	for i, name := range r.files {
		if info, err := os.Stat(name); err == nil {
			infos[i] = info
		}
	}
	return infos
}

func (r *reloaded[T]) changed(now []os.FileInfo) bool {
	for i, info := range now {
		old := r.seen[i]
		switch {
		case info == nil && old == nil:
		case info == nil || old == nil:
			return true
		case !info.ModTime().Equal(old.ModTime()) || info.Size() != old.Size() || !os.SameFile(info, old):
			return true
		}
	}
	return false
}
