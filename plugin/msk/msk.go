// Package msk has the SASL mechanism AWS_MSK_IAM, by which clients of Amazon MSK
// authenticate with credentials of AWS:
//
//	aws, err := config.LoadDefaultConfig(ctx) // of github.com/aws/aws-sdk-go-v2/config
//	...
//	cfg.SASL, cfg.TLS = msk.IAM{Credentials: aws.Credentials}, &tls.Config{}
package msk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/barnabas-go/kafka/conn/sasl"
)

// IAM is the mechanism.
type IAM struct {
	// Credentials are asked for each connection: those of an aws.Config are cached,
	// and renewed before they expire.
	Credentials aws.CredentialsProvider
	// Region of the cluster. Default the one in the brokers' host names, such as
	// b-1.demo.abc.c1.kafka.us-east-1.amazonaws.com.
	Region string
}

// Name returns "AWS_MSK_IAM".
func (IAM) Name() string { return "AWS_MSK_IAM" }

// What brokers want to be signed.
const (
	service   = "kafka-cluster"
	action    = "kafka-cluster:Connect"
	version   = "2020_10_22"
	userAgent = "barnabas"
	lifetime  = "900" // seconds in which the signature is taken
)

// Start signs for one broker.
func (m IAM) Start(ctx context.Context, broker sasl.Broker) (sasl.Session, error) {
	region := m.Region
	if region == "" {
		region = regionOf(broker.Host)
	}
	switch {
	case m.Credentials == nil:
		return nil, fmt.Errorf("%w: msk: IAM.Credentials must be set", sasl.ErrCredentials)
	case region == "":
		return nil, fmt.Errorf("%w: msk: IAM.Region must be set: host name %s does not tell", sasl.ErrCredentials, broker.Host)
	}
	credentials, err := m.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("msk: credentials: %w", err)
	}
	payload, err := sign(ctx, credentials, broker.Host, region, time.Now())
	if err != nil {
		return nil, fmt.Errorf("msk: %w", err)
	}
	return &session{payload: payload}, nil
}

// regionOf takes the region out of a broker's host name.
func regionOf(host string) string {
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if strings.HasPrefix(label, "kafka") && i+2 < len(labels) && strings.HasPrefix(labels[i+2], "amazonaws") {
			return labels[i+1]
		}
	}
	return ""
}

// sign returns what is sent: the parameters of a request to the broker that is
// signed in its URL, with names in lower case.
func sign(ctx context.Context, credentials aws.Credentials, host, region string, at time.Time) ([]byte, error) {
	query := url.Values{"Action": {action}, "X-Amz-Expires": {lifetime}}
	endpoint := url.URL{Scheme: "https", Host: host, Path: "/", RawQuery: query.Encode()}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("broker's host name %q: %w", host, err)
	}
	nothing := sha256.Sum256(nil)
	signed, _, err := v4.NewSigner().PresignHTTP(ctx, credentials, req, hex.EncodeToString(nothing[:]), service, region, at)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	u, err := url.Parse(signed)
	if err != nil {
		return nil, errors.New("sign: the signed URL is none")
	}
	payload := map[string]string{"version": version, "host": host, "user-agent": userAgent}
	for name, values := range u.Query() {
		payload[strings.ToLower(name)] = values[0]
	}
	return json.Marshal(payload)
}

type session struct {
	payload []byte
	sent    bool
}

// Step sends the signature, and takes the broker's consent.
func (s *session) Step(_ context.Context, challenge []byte) ([]byte, bool, error) {
	if !s.sent {
		s.sent = true
		return s.payload, false, nil
	}
	var answer struct {
		Version string `json:"version"`
	}
	if err := json.Unmarshal(challenge, &answer); err != nil || answer.Version != version {
		return nil, false, fmt.Errorf("%w: its answer is not one of version %s", sasl.ErrChallenge, version)
	}
	return nil, true, nil
}
