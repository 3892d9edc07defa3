package integration

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// secretScan collects what clients say while they authenticate, and has the test
// fail at its end if a secret is in it.
type secretScan struct {
	t       *testing.T
	mu      sync.Mutex
	said    bytes.Buffer
	secrets map[string]bool
}

func newSecretScan(t *testing.T, secrets ...string) *secretScan {
	s := &secretScan{t: t, secrets: make(map[string]bool)}
	s.keep(secrets...)
	t.Cleanup(s.scan)
	return s
}

// keep adds secrets.
func (s *secretScan) keep(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, secret := range secrets {
		s.secrets[secret] = true
	}
}

// logger takes all that is logged, of every level.
func (s *secretScan) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Write takes a line of the log.
func (s *secretScan) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.Write(line)
}

// say takes errors and whatever else may be printed.
func (s *secretScan) say(values ...any) {
	for _, v := range values {
		fmt.Fprintf(s, "%v\n%+v\n%#v\n%s\n", v, v, v, v)
	}
}

func (s *secretScan) scan() {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.said.String()
	if text == "" {
		s.t.Error("nothing was logged, and no error collected: the scan has nothing to look at")
	}
	for secret := range s.secrets {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), hex.EncodeToString([]byte(secret))} {
			if i := strings.Index(text, form); i >= 0 {
				s.t.Errorf("a secret was shown: %.200s", text[max(0, i-100):])
			}
		}
	}
}
