package wsserver_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"belfry/wsserver"
)

// certificateFor returns a certificate of this serial number and its key, as PEM.
func certificateFor(t *testing.T, serial int64, from, until time.Time) (cert, secret []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: from, NotAfter: until, DNSNames: []string{"room.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// logText is a log that can be read while it is written.
type logText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// count is how often a text stands in the log.
func (l *logText) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

// renewed is a folder with a certificate as programs that renew it keep it: links to files of an archive.
type renewed struct {
	*testing.T
	dir string
}

func (f renewed) cert() string   { return filepath.Join(f.dir, "fullchain.pem") }
func (f renewed) secret() string { return filepath.Join(f.dir, "privkey.pem") }

// put moves a link to a new file.
func (f renewed) put(link string, b []byte) {
	f.Helper()
	file, err := os.CreateTemp(f.dir, "archive")
	if err != nil {
		f.Fatal(err)
	}
	if _, err := file.Write(b); err != nil || file.Close() != nil {
		f.Fatal(err)
	}
	if err := os.Symlink(file.Name(), link+".new"); err != nil {
		f.Skip("no links here:", err)
	}
	if err := os.Rename(link+".new", link); err != nil {
		f.Fatal(err)
	}
}

// A renewed certificate is served within a minute; one that cannot be used changes nothing, and is told once.
func TestCertificate_IsTakenUpWhenItIsRenewed(t *testing.T) {
	f, said := renewed{t, t.TempDir()}, new(logText)
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // the clock's in the bubble
	month := 30 * 24 * time.Hour
	cert, secret := certificateFor(t, 1, start.Add(-time.Hour), start.Add(month))
	f.put(f.cert(), cert)
	f.put(f.secret(), secret)
	inRoom(t, func(t *testing.T, r *room) {
		serves := func(when string, serial int64, warnings int) {
			t.Helper()
			nc, err := r.listen.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = nc.Close() }()
			c := tls.Client(nc, &tls.Config{InsecureSkipVerify: true})
			if err := c.HandshakeContext(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := c.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != serial {
				t.Errorf("%s: certificate %d is served, want %d", when, got, serial)
			}
			if n := said.count("keep the certificate"); n != warnings {
				t.Errorf("%s: %d warnings, want %d", when, n, warnings)
			}
		}
		serves("at first", 1, 0)

		cert, secret := certificateFor(t, 2, start, start.Add(2*month))
		f.put(f.cert(), cert)
		time.Sleep(16 * time.Second) // one look between the two files
		serves("half of the pair is new", 1, 0)
		f.put(f.secret(), secret)
		time.Sleep(time.Minute)
		serves("renewed", 2, 0)
		if n := said.count("took up another certificate"); n != 1 {
			t.Errorf("it is told %d times", n)
		}

		other, _ := certificateFor(t, 3, start, start.Add(2*month))
		f.put(f.cert(), other)
		time.Sleep(10 * time.Minute)
		serves("they do not belong together", 2, 1)

		f.put(f.cert(), cert[:len(cert)/2])
		time.Sleep(10 * time.Minute)
		serves("half a file", 2, 2)

		if err := os.Remove(f.secret()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		serves("a file is gone", 2, 3)

		old, oldSecret := certificateFor(t, 4, start.Add(-month), start)
		f.put(f.cert(), old)
		f.put(f.secret(), oldSecret)
		time.Sleep(10 * time.Minute)
		serves("it has ended", 2, 4)

		later, laterSecret := certificateFor(t, 5, start.Add(24*time.Hour), start.Add(3*month))
		f.put(f.cert(), later)
		f.put(f.secret(), laterSecret)
		time.Sleep(10 * time.Minute)
		serves("it has not begun", 2, 5)
		time.Sleep(24 * time.Hour)
		serves("it has begun", 5, 5)
		if n := said.count("took up another certificate"); n != 2 {
			t.Errorf("it is told %d times", n)
		}
	}, func(c *wsserver.Config) {
		c.TLSCert, c.TLSKey, c.Logger = f.cert(), f.secret(), slog.New(slog.NewTextHandler(said, nil))
	})
}
