package sasl

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsHidden(t *testing.T) {
	const secret = "s3cr3t"
	s := NewSecret(secret)
	within := struct {
		Public  Secret
		private Secret
		Pointer *Secret
		List    []Secret
		Map     map[string]Secret
		Any     any
	}{s, s, &s, []Secret{s}, map[string]Secret{"k": s}, s}
	var out bytes.Buffer
	for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "p", "T"} {
		fmt.Fprintf(&out, "%"+verb+" %"+verb+" %"+verb+"\n", s, &s, within)
	}
	text, err := json.Marshal(within)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "s", s, "within", within)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "s", s, "within", within)
	for _, shown := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret)} {
		if strings.Contains(out.String(), shown) {
			t.Errorf("%q is in\n%s", shown, &out)
		}
	}
	if n := strings.Count(out.String(), hidden); n < 20 {
		t.Errorf("%s is there %d times in\n%s", hidden, n, &out)
	}
	if s.Reveal() != secret || (Secret{}).Reveal() != "" {
		t.Errorf("Reveal: %q, and %q for the zero Secret", s.Reveal(), Secret{}.Reveal())
	}
}
