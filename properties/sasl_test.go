package properties

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/barnabas-go/kafka/conn/sasl"
)

// plainToken returns what PLAIN sends.
func plainToken(t *testing.T, m sasl.Mechanism) string {
	t.Helper()
	session, err := m.Start(t.Context(), sasl.Broker{})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := session.Step(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(token)
}

const plainModule = "org.apache.kafka.common.security.plain.PlainLoginModule"

func TestPlain(t *testing.T) {
	for name, p := range map[string]Properties{
		"librdkafka":   {"sasl.mechanisms": "PLAIN", "sasl.username": "tim", "sasl.password": `tan"stäaf;`},
		"kafka-python": {"sasl_mechanism": "PLAIN", "sasl_plain_username": "tim", "sasl_plain_password": `tan"stäaf;`},
		"Java":         {"sasl.mechanism": "PLAIN", "sasl.jaas.config": plainModule + " required\n username='tim' password=\"tan\\\"stäaf;\" ;\n"},
	} {
		p["security.protocol"] = "sasl_ssl"
		c, err := p.Client()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if token := plainToken(t, c.SASL); token != "\x00tim\x00tan\"stäaf;" || c.TLS == nil || c.TLS.MinVersion != tls.VersionTLS12 {
			t.Errorf("%s: token %q, TLS %v", name, token, c.TLS)
		}
	}
	p := Properties{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "plain", "sasl.username": "u", "sasl.password": "p"}
	if c, err := p.Producer(); err != nil || c.TLS != nil || c.SASL == nil {
		t.Errorf("SASL_PLAINTEXT: TLS %v, SASL %v, %v", c.TLS, c.SASL, err)
	}
}

func TestScram(t *testing.T) {
	const module = "org.apache.kafka.common.security.scram.ScramLoginModule"
	for _, test := range []struct{ mechanism, options, first string }{
		{"SCRAM-SHA-256", `username="al,ice" password="pw"`, "n,,n=al=2Cice,r="},
		{"SCRAM-SHA-512", `username=alice password=pw tokenauth=false`, "n,,n=alice,r="},
		{"SCRAM-SHA-512", `username="id" password="hmac==" tokenauth="true"`, "n,,n=id,r="},
	} {
		p := Properties{"security.protocol": "SASL_SSL", "sasl.mechanism": test.mechanism, "sasl.jaas.config": module + " required " + test.options + ";"}
		c, err := p.Consumer()
		if err != nil {
			t.Errorf("%s: %v", test.options, err)
			continue
		}
		first, isToken := plainToken(t, c.SASL), strings.Contains(test.options, `"true"`)
		if c.SASL.Name() != test.mechanism || !strings.HasPrefix(first, test.first) || strings.HasSuffix(first, ",tokenauth=true") != isToken {
			t.Errorf("%s by %s: first message %q", test.options, c.SASL.Name(), first)
		}
	}
}

func TestSASLErrors(t *testing.T) {
	const secret = "s3cr3t"
	plain := func(p Properties) Properties {
		p["security.protocol"], p["sasl.mechanism"] = "SASL_SSL", "PLAIN"
		return p
	}
	jaas := func(text string) Properties { return plain(Properties{"sasl.jaas.config": text}) }
	for _, test := range []struct {
		p    Properties
		want string
	}{
		{Properties{"security.protocol": "SASL_SSL"}, "the mechanism must be set"},
		{Properties{"security.protocol": "SSL", "sasl.password": secret}, "clients do not authenticate"},
		{Properties{"security.protocol": "SASL_SSL", "sasl.mechanism": "GSSAPI"}, "import plugin/kerberos"},
		{Properties{"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER"}, "token.endpoint.url must be set"},
		{Properties{"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url": "https://a", "sasl.oauthbearer.client.secret": secret}, "client.id and .secret must be set"},
		{Properties{"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER", "sasl.oauthbearer.token.endpoint.url": "https://a", "sasl.oauthbearer.grant.type": "jwt-bearer"}, "private.key.file or"},
		{Properties{"security.protocol": "SASL_SSL", "sasl.mechanism": "OAUTHBEARER", "enable.sasl.oauthbearer.unsecure.jwt": "true"}, "unsecured tokens need a principal"},
		{Properties{"sasl.kerberos.service.name": "kafka"}, "import plugin/kerberos"},
		{plain(Properties{}), "sasl.username and sasl.password must be set"},
		{plain(Properties{"sasl.username": "u"}), "sasl.username and sasl.password must be set"},
		{plain(Properties{"sasl.username": "u", "sasl.jaas.config": plainModule + " required;"}), "keep one of them"},
		{jaas(plainModule), "a control flag"},
		{jaas(plainModule + " needed password=" + secret + ";"), "a control flag"},
		{jaas(plainModule + ` required username="u" password="` + secret + `"`), "a semicolon"},
		{jaas(plainModule + ` required username="u" password="` + secret + `;`), "a semicolon"},
		{jaas(plainModule + ` required username="u" password="` + secret + `" ` + secret + `=x;`), "has an option that is not one of"},
		{jaas(plainModule + ` required username="u" username="` + secret + `";`), "username stands there twice"},
		{jaas(plainModule + ` required username="u" password="` + secret + `"; ` + plainModule + " required;"), "more than one login module"},
		{jaas(plainModule + ` required username="u";`), "PlainLoginModule needs username and password"},
		{jaas(plainModule + ` required username="u" password="` + secret + `" tokenauth="true";`), "only with ScramLoginModule"},
		{jaas(`ScramLoginModule required username="u" password="` + secret + `";`), "the login module of sasl.mechanism PLAIN is PlainLoginModule"},
	} {
		err := test.p.Check()
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want %q", test.p, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
}

// A client's Config can be printed without showing what it authenticates with.
func TestConfigHidesSecrets(t *testing.T) {
	p := Properties{"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "u", "sasl.password": "s3cr3t"}
	c, err := p.Client()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SASL.Start(context.Background(), sasl.Broker{}); err != nil { // it keeps what it has used
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", c.SASL, c.SASL, c.SASL, c.SASL); strings.Contains(text, "s3cr3t") {
		t.Errorf("it shows the secret: %s", text)
	}
}

func FuzzParseJaas(f *testing.F) {
	f.Add(plainModule + ` required username="u" password='p\'"' tokenauth=true;`)
	f.Add(`A required a=b`)
	f.Fuzz(func(t *testing.T, text string) {
		j, err := parseJaas(text)
		if err == nil && (j.class == "" || !strings.Contains(text, ";")) {
			t.Errorf("%q is %v", text, j)
		}
	})
}

func TestOAuthBearer(t *testing.T) {
	const login = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
	for name, p := range map[string]Properties{
		"librdkafka": {"sasl.oauthbearer.method": "default", "enable.sasl.oauthbearer.unsecure.jwt": "true", "sasl.oauthbearer.config": "principal=alice"},
		"Java":       {"sasl.jaas.config": login + ` required unsecuredLoginStringClaim_sub="alice";`},
	} {
		p["security.protocol"], p["sasl.mechanism"] = "SASL_PLAINTEXT", "OAUTHBEARER"
		c, err := p.Client()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if token := plainToken(t, c.SASL); !strings.HasPrefix(token, "n,,\x01auth=Bearer eyJhbGciOiJub25lIn0.") {
			t.Errorf("%s: %q", name, token)
		}
	}
}

// What keys and login modules say goes to the token endpoint.
func TestOIDC(t *testing.T) {
	var asked []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		asked = append(asked, fmt.Sprint(id, " ", secret, " ", r.Form.Get("scope"), " ", r.Form.Get("assertion")))
		fmt.Fprint(w, `{"access_token":"abc"}`)
	}))
	defer server.Close()
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig
	jwt := filepath.Join(t.TempDir(), "jwt")
	if err := os.WriteFile(jwt, []byte("a.b.c\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const login = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
	for _, test := range []struct {
		p                Properties
		asked, extension string
	}{
		{Properties{"sasl.oauthbearer.method": "oidc", "sasl.oauthbearer.client.id": "id", "sasl.oauthbearer.client.secret": "s", "sasl.oauthbearer.scope": "sc", "sasl.oauthbearer.extensions": "lc=x"}, "id s sc ", "\x01lc=x"},
		{Properties{"sasl.oauthbearer.client.credentials.client.id": "id", "sasl.oauthbearer.client.credentials.client.secret": "s"}, "id s  ", ""},
		{Properties{"sasl.jaas.config": login + ` required clientId="id" clientSecret="s" scope="sc" extension_lc="x";`}, "id s sc ", "\x01lc=x"},
		{Properties{"sasl.oauthbearer.grant.type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "sasl.oauthbearer.assertion.file": jwt}, "   a.b.c", ""},
	} {
		test.p["security.protocol"], test.p["sasl.mechanism"], test.p["sasl.oauthbearer.token.endpoint.url"] = "SASL_SSL", "OAUTHBEARER", server.URL
		c, err := test.p.Client()
		if err != nil {
			t.Error(err)
			continue
		}
		session, err := c.SASL.Start(t.Context(), sasl.Broker{TLS: roots})
		if err != nil {
			t.Errorf("%v: %v", test.p, err)
			continue
		}
		token, _, err := session.Step(t.Context(), nil)
		if err != nil || string(token) != "n,,\x01auth=Bearer abc"+test.extension+"\x01\x01" {
			t.Errorf("token %q, %v", token, err)
		}
		if got := asked[len(asked)-1]; got != test.asked {
			t.Errorf("asked for by %q, want %q", got, test.asked)
		}
	}
}
