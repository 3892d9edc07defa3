package msk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/barnabas-go/kafka/conn/sasl"
)

const host = "b-1.demo.abc123.c1.kafka.us-east-1.amazonaws.com"

// Keys of AWS's own examples.
var example = aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", SessionToken: "token/1="}

// TestPayload holds the payload against the description of it in
// aws-msk-iam-auth's README, and its signature against Signature Version 4 by hand.
func TestPayload(t *testing.T) {
	at := time.Date(2021, 4, 28, 14, 30, 15, 0, time.UTC)
	text, err := sign(t.Context(), example, host, "us-east-1", at)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"version":              "2020_10_22",
		"host":                 host,
		"user-agent":           "barnabas",
		"action":               "kafka-cluster:Connect",
		"x-amz-algorithm":      "AWS4-HMAC-SHA256",
		"x-amz-credential":     "AKIAIOSFODNN7EXAMPLE/20210428/us-east-1/kafka-cluster/aws4_request",
		"x-amz-date":           "20210428T143015Z",
		"x-amz-security-token": "token/1=",
		"x-amz-signedheaders":  "host",
		"x-amz-expires":        "900",
		"x-amz-signature":      signatureByHand(),
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, want %q", name, got[name], value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("payload %s", text)
	}
	if strings.Contains(string(text), example.SecretAccessKey) {
		t.Error("the secret key is in it")
	}
}

// signatureByHand follows AWS's "Create a signed AWS API request", step by step.
func signatureByHand() string {
	query := "Action=" + url.QueryEscape("kafka-cluster:Connect") +
		"&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
		"&X-Amz-Credential=" + url.QueryEscape("AKIAIOSFODNN7EXAMPLE/20210428/us-east-1/kafka-cluster/aws4_request") +
		"&X-Amz-Date=20210428T143015Z&X-Amz-Expires=900" +
		"&X-Amz-Security-Token=" + url.QueryEscape("token/1=") + "&X-Amz-SignedHeaders=host"
	sum := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	canonical := "GET\n/\n" + query + "\nhost:" + host + "\n\nhost\n" + sum("")
	toSign := "AWS4-HMAC-SHA256\n20210428T143015Z\n20210428/us-east-1/kafka-cluster/aws4_request\n" + sum(canonical)
	key := []byte("AWS4" + example.SecretAccessKey)
	for _, part := range []string{"20210428", "us-east-1", "kafka-cluster", "aws4_request", toSign} {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(part))
		key = m.Sum(nil)
	}
	return hex.EncodeToString(key)
}

func TestRegion(t *testing.T) {
	for name, want := range map[string]string{
		host: "us-east-1",
		"boot-abc.c2.kafka-serverless.eu-west-3.amazonaws.com": "eu-west-3",
		"b-2.demo.abc123.c1.kafka.cn-north-1.amazonaws.com.cn": "cn-north-1",
		"kafka.example.com": "", "127.0.0.1": "", "kafka": "",
	} {
		if got := regionOf(name); got != want {
			t.Errorf("%s is in %q, want %q", name, got, want)
		}
	}
}

func TestSession(t *testing.T) {
	provider := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return example, nil })
	start := func() sasl.Session {
		t.Helper()
		s, err := IAM{Credentials: provider}.Start(t.Context(), sasl.Broker{Host: host})
		if err != nil {
			t.Fatal(err)
		}
		if token, done, err := s.Step(t.Context(), nil); len(token) == 0 || done || err != nil {
			t.Fatalf("%q, done %t, %v", token, done, err)
		}
		return s
	}
	if _, done, err := start().Step(t.Context(), []byte(`{"version":"2020_10_22","request-id":"1"}`)); !done || err != nil {
		t.Errorf("consent: done %t, %v", done, err)
	}
	for _, answer := range []string{"", "{}", `{"version":"1"}`, "no"} {
		if _, done, err := start().Step(t.Context(), []byte(answer)); done || !errors.Is(err, sasl.ErrChallenge) {
			t.Errorf("%q: done %t, %v", answer, done, err)
		}
	}
}

func TestStartFails(t *testing.T) {
	down := errors.New("down")
	for name, test := range map[string]struct {
		iam  IAM
		host string
		want error
	}{
		"no credentials": {IAM{}, host, sasl.ErrCredentials},
		"no region":      {IAM{Credentials: aws.AnonymousCredentials{}}, "kafka.example.com", sasl.ErrCredentials},
		"source":         {IAM{Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, down })}, host, down},
	} {
		if _, err := test.iam.Start(t.Context(), sasl.Broker{Host: test.host}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
