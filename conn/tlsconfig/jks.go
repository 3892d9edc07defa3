package tlsconfig

import (
	"bytes"
	"crypto/sha1"
	"crypto/subtle"
	"crypto/x509"
	"encoding/asn1"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf16"
)

// Java's own format of stores, as sun.security.provider.JavaKeyStore writes it:
// numbers are big-endian, texts have their length before them, and at the end is a
// digest of a password, a well-known text and all before it.

const (
	jksKey     = 1
	jksTrusted = 2
)

var oidJKSProtection = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 42, 2, 17, 1, 1}

type jksEntry struct {
	alias string
	key   []byte // protected; nil for a trusted certificate
	certs [][]byte
}

// readJKS returns the entries. The digest is checked if there is a password, which
// for certificates alone is not needed.
func readJKS(data []byte, password string) ([]jksEntry, error) {
	body := data[:max(0, len(data)-sha1.Size)]
	if password != "" {
		digest := sha1.Sum(append(javaPassword(password), append([]byte("Mighty Aphrodite"), body...)...))
		if subtle.ConstantTimeCompare(digest[:], data[len(body):]) == 0 {
			return nil, fmt.Errorf("%w (ssl.keystore.password, ssl.truststore.password)", ErrPassword)
		}
	}
	r := jksReader{rest: body}
	r.uint32() // the magic number
	version := r.uint32()
	if version != 1 && version != 2 {
		return nil, fmt.Errorf("version %d of JKS is not known", version)
	}
	var entries []jksEntry
	for range r.uint32() {
		e := r.entry(version)
		if r.broken {
			return nil, errors.New("the JKS store is cut off or damaged")
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// jksReader takes from the front of what is left.
type jksReader struct {
	rest   []byte
	broken bool
}

func (r *jksReader) take(n int) []byte {
	if n < 0 || n > len(r.rest) { // negative: too much for an int of 32 bits
		r.broken, r.rest = true, nil
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *jksReader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *jksReader) text() string {
	if b := r.take(2); b != nil {
		return string(r.take(int(binary.BigEndian.Uint16(b))))
	}
	return ""
}

func (r *jksReader) bytes() []byte { return r.take(int(r.uint32())) }

func (r *jksReader) certificate(version uint32) []byte {
	if version == 2 {
		r.text() // "X.509"
	}
	return r.bytes()
}

func (r *jksReader) entry(version uint32) (e jksEntry) {
	tag := r.uint32()
	e.alias = r.text()
	r.take(8) // when it was made
	switch tag {
	case jksKey:
		e.key = r.bytes()
		for range r.uint32() {
			e.certs = append(e.certs, r.certificate(version))
			if r.broken {
				return e
			}
		}
	case jksTrusted:
		e.certs = [][]byte{r.certificate(version)}
	default:
		r.broken = true
	}
	return e
}

// jksAuthorities returns the trusted certificates.
func jksAuthorities(data []byte, password string) (certs []*x509.Certificate, err error) {
	entries, err := readJKS(data, password)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.key != nil {
			continue
		}
		if certs, err = e.appendCertificates(certs); err != nil {
			return nil, err
		}
	}
	return certs, nil
}

func (e jksEntry) appendCertificates(certs []*x509.Certificate) ([]*x509.Certificate, error) {
	for _, der := range e.certs {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("certificate %q: %w", e.alias, err)
		}
		certs = append(certs, cert)
	}
	return certs, nil
}

// jksIdentity returns the one private key with its certificates.
func jksIdentity(data []byte, password, keyPassword string) (id identity, err error) {
	entries, err := readJKS(data, password)
	if err != nil {
		return id, err
	}
	for _, e := range entries {
		if e.key == nil {
			continue
		}
		if id.key != nil {
			return id, errors.New("it has several private keys: which one is meant? Keep that one with keytool -importkeystore -srcalias")
		}
		der, err := e.unprotect(keyPassword)
		if err != nil {
			return id, fmt.Errorf("private key %q: %w", e.alias, err)
		}
		if id.key, err = x509.ParsePKCS8PrivateKey(der); err != nil {
			return id, fmt.Errorf("private key %q: %w", e.alias, err)
		}
		if id.certs, err = e.appendCertificates(nil); err != nil {
			return id, err
		}
	}
	return id, nil
}

// unprotect decrypts a private key: it is between a salt and a digest, and each 20
// bytes of it were added to a hash of password and salt, or of password and the
// hash before.
func (e jksEntry) unprotect(password string) ([]byte, error) {
	if password == "" {
		return nil, fmt.Errorf("%w (ssl.keystore.password, ssl.key.password)", ErrNoPassword)
	}
	var info encryptedKey
	if err := unmarshal(e.key, &info); err != nil {
		return nil, err
	}
	if !info.Algorithm.Algorithm.Equal(oidJKSProtection) || len(info.Data) < 2*sha1.Size {
		return nil, notSupported("encryption", info.Algorithm.Algorithm)
	}
	secret := javaPassword(password)
	hash, encrypted := info.Data[:sha1.Size], info.Data[sha1.Size:len(info.Data)-sha1.Size]
	plain := make([]byte, len(encrypted))
	for i := 0; i < len(plain); i += sha1.Size {
		sum := sha1.Sum(append(bytes.Clone(secret), hash...))
		hash = sum[:]
		subtle.XORBytes(plain[i:], encrypted[i:], hash)
	}
	digest := sha1.Sum(append(bytes.Clone(secret), plain...))
	if subtle.ConstantTimeCompare(digest[:], info.Data[len(info.Data)-sha1.Size:]) == 0 {
		return nil, fmt.Errorf("%w (ssl.key.password, or ssl.keystore.password if that is not set)", ErrPassword)
	}
	return plain, nil
}

// javaPassword is a password as the bytes of Java's characters.
func javaPassword(password string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(password)) {
		b = binary.BigEndian.AppendUint16(b, unit)
	}
	return b
}
