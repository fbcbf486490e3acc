package cluster

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base32"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"runtime"
	"strings"
	"time"

	"belfry/wsserver/wire"
)

// Key is the one secret that all machines of a room have. Whoever has it may be one of them.
type Key struct{ secret []byte }

const (
	keyPrefix = "bk_"
	keyBytes  = 32
	// tlsName is the name in the certificates of all machines: they prove that who has them has the key, not where they are.
	tlsName = "belfry"
	// openToOthers are the permissions that a key's file must not have. Its group may read it: a service has an account of its own.
	openToOthers fs.FileMode = 0o027
)

var keyEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewKey draws a key.
func NewKey() Key {
	k := Key{make([]byte, keyBytes)}
	_, _ = rand.Read(k.secret) // never fails
	return k
}

// MakeKey writes a new key to file, which must not exist, for its owner alone. Errors are *wire.Problem.
func MakeKey(file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &wire.Problem{
			Code: "cluster", Message: file + " exists already, and was not replaced.", Err: err,
			Hint: "All machines need the same key: copy this one to the others, or give another name.",
		}
	}
	if err == nil {
		_, err = f.WriteString(keyPrefix + strings.ToLower(keyEncoding.EncodeToString(NewKey().secret)) + "\n")
		err = errors.Join(err, f.Sync(), f.Close())
	}
	if err != nil {
		return &wire.Problem{Code: "cluster", Message: "The key could not be written to " + file + ": " + wire.Reason(err) + ".", Hint: "Give a file in a folder that this account may write to.", Err: err}
	}
	return nil
}

// ReadKey reads what MakeKey wrote. Errors are *wire.Problem.
func ReadKey(file string) (Key, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return Key{}, &wire.Problem{
			Code: "cluster", Message: "Belfry cannot read the machines' key " + file + ": " + wire.Reason(err) + ".", Err: err,
			Hint: "Make one with: belfry cluster key " + file + ". Then copy that file to the other machines.",
		}
	}
	encoded, ok := strings.CutPrefix(strings.TrimSpace(string(b)), keyPrefix)
	secret, err := keyEncoding.DecodeString(strings.ToUpper(encoded))
	if !ok || err != nil || len(secret) != keyBytes {
		return Key{}, &wire.Problem{
			Code: "cluster", Message: file + " is not a key of Belfry's machines.",
			Hint: "Copy the file whole that belfry cluster key has made.",
		}
	}
	if info, err := os.Stat(file); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&openToOthers != 0 {
		return Key{}, &wire.Problem{
			Code: "cluster", Message: "Other accounts of this computer can read or change the machines' key " + file + ".",
			Hint: "Whoever has it can join. Run: chmod 600 " + file,
		}
	}
	return Key{secret}, nil
}

// derive is a secret of so many bytes for one purpose.
func (k Key) derive(purpose string, bytes int) []byte {
	b, err := hkdf.Key(sha256.New, k.secret, nil, "belfry cluster "+purpose, bytes)
	if err != nil {
		panic(err) // of a length that no purpose has
	}
	return b
}

// tls returns how machines speak to one another: each shows a certificate that the key's authority has signed, made anew at each
// start, and takes no other. The authority is made of the key, so that all machines have the same without asking anybody.
func (k Key) tls() (*tls.Config, error) {
	signer := ed25519.NewKeyFromSeed(k.derive("authority", ed25519.SeedSize))
	// Machines' clocks may be wrong, and the key has no end.
	from, to := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Belfry's machines"}, NotBefore: from, NotAfter: to,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, signer.Public(), signer)
	if err != nil {
		return nil, err
	}
	if authority, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	own := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: tlsName}, DNSNames: []string{tlsName}, NotBefore: from, NotAfter: to,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if der, err = x509.CreateCertificate(rand.Reader, own, authority, public, signer); err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(authority)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}},
		RootCAs:      pool, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert, ServerName: tlsName, MinVersion: tls.VersionTLS13,
	}, nil
}
