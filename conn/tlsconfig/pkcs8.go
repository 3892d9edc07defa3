package tlsconfig

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"
)

// Encrypted private keys of PKCS #8 (RFC 5958) by PBES2 with PBKDF2 (RFC 8018), the
// only scheme that openssl and Java write unless they are told otherwise.

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// pseudoRandom are the functions of PBKDF2, by their object identifiers.
var pseudoRandom = map[string]func() hash.Hash{
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.8":  sha256.New224,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.10": sha512.New384,
	"1.2.840.113549.2.11": sha512.New,
}

// blockCiphers are those of PBES2, all in CBC mode.
var blockCiphers = map[string]struct {
	keySize int
	make    func(key []byte) (cipher.Block, error)
}{
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
}

// maxIterations keeps a damaged file from using the processor for hours; openssl
// makes 2048, and 600,000 are what is recommended for passwords of people.
const maxIterations = 10_000_000

type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2 struct {
	KeyDerivation, Encryption pkix.AlgorithmIdentifier
}

type pbkdf2Parameters struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	Function   pkix.AlgorithmIdentifier `asn1:"optional"`
}

// decryptPKCS8 returns the key in clear. The error is [ErrPassword] if that is
// wrong.
func decryptPKCS8(der []byte, password string) ([]byte, error) {
	var info encryptedKey
	if err := unmarshal(der, &info); err != nil {
		return nil, err
	}
	if !info.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, notSupported("encryption", info.Algorithm.Algorithm)
	}
	var scheme pbes2
	if err := unmarshal(info.Algorithm.Parameters.FullBytes, &scheme); err != nil {
		return nil, err
	}
	makeCipher, ok := blockCiphers[scheme.Encryption.Algorithm.String()]
	if !ok {
		return nil, notSupported("cipher", scheme.Encryption.Algorithm)
	}
	key, err := deriveKey(scheme.KeyDerivation, password, makeCipher.keySize)
	if err != nil {
		return nil, err
	}
	block, err := makeCipher.make(key)
	if err != nil {
		return nil, err
	}
	var iv []byte
	if err := unmarshal(scheme.Encryption.Parameters.FullBytes, &iv); err != nil {
		return nil, err
	}
	size := block.BlockSize()
	if len(iv) != size || len(info.Data) == 0 || len(info.Data)%size != 0 {
		return nil, ErrPassword
	}
	plain := make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, info.Data)
	return unpad(plain, size)
}

// deriveKey makes the key of a password.
func deriveKey(kdf pkix.AlgorithmIdentifier, password string, size int) ([]byte, error) {
	if !kdf.Algorithm.Equal(oidPBKDF2) {
		return nil, notSupported("key derivation", kdf.Algorithm)
	}
	var p pbkdf2Parameters
	if err := unmarshal(kdf.Parameters.FullBytes, &p); err != nil {
		return nil, err
	}
	newHash := sha1.New // the default
	if id := p.Function.Algorithm; len(id) > 0 {
		var ok bool
		if newHash, ok = pseudoRandom[id.String()]; !ok {
			return nil, notSupported("hash", id)
		}
	}
	if p.Iterations < 1 || p.Iterations > maxIterations {
		return nil, fmt.Errorf("%d iterations of the key derivation; 1 to %d are allowed", p.Iterations, maxIterations)
	}
	return pbkdf2.Key(newHash, password, p.Salt, p.Iterations, size)
}

// unpad removes the padding, which a wrong password leaves broken.
func unpad(plain []byte, size int) ([]byte, error) {
	n := int(plain[len(plain)-1])
	if n < 1 || n > size {
		return nil, ErrPassword
	}
	for _, b := range plain[len(plain)-n:] {
		if int(b) != n {
			return nil, ErrPassword
		}
	}
	return plain[:len(plain)-n], nil
}

func unmarshal(der []byte, v any) error {
	rest, err := asn1.Unmarshal(der, v)
	if err == nil && len(rest) > 0 {
		err = errors.New("bytes are left after the end")
	}
	if err != nil {
		return fmt.Errorf("not an encrypted private key of PKCS #8: %w", err)
	}
	return nil
}

func notSupported(what string, id asn1.ObjectIdentifier) error {
	return fmt.Errorf("its %s %v is not supported: convert it with openssl pkcs8 -topk8 -v2 aes-256-cbc", what, id)
}
