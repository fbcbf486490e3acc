package wsserver

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// certificateInterval is how often the files of a certificate are read. A new pair is taken up when it is found unchanged
// once more: within half a minute.
const certificateInterval = 15 * time.Second

// certificateFiles serves the certificate in two files, and takes up the one that replaces it there, without a restart: what
// renews certificates writes both files, or moves both links, one after the other, and tells nobody. A pair that cannot be
// used leaves the one that is served in its place.
type certificateFiles struct {
	cert, key string // names
	logger    *slog.Logger
	current   atomic.Pointer[tls.Certificate]
	// What follows belongs to the goroutine of watch. served and seen are digests of both files: of those that are served, and
	// those of the last look. told is that of a pair that was refused in the log, the zero value for none.
	served, seen, told [sha256.Size]byte
}

// openCertificate reads a certificate and its key, two files in PEM.
func openCertificate(cert, key string, logger *slog.Logger) (*certificateFiles, error) {
	c := &certificateFiles{cert: cert, key: key, logger: logger}
	pair, digest, err := c.read()
	if err != nil {
		return nil, err
	}
	c.current.Store(pair)
	c.served, c.seen = digest, digest
	return c, nil
}

// get is a tls.Config's GetCertificate.
func (c *certificateFiles) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load(), nil
}

// watch looks at the files until ctx ends.
func (c *certificateFiles) watch(ctx context.Context) {
	for {
		select {
		case <-time.After(certificateInterval):
			c.look(time.Now())
		case <-ctx.Done():
			return
		}
	}
}

// look takes up a pair that is not served yet and was there at the last look: the files may be being written.
func (c *certificateFiles) look(now time.Time) {
	pair, digest, err := c.read()
	settled := digest == c.seen
	c.seen = digest
	if digest == c.served {
		c.told = [sha256.Size]byte{}
	}
	if digest == c.served || !settled {
		return
	}
	if err == nil {
		err = replaces(c.current.Load(), pair, now)
	}
	if err != nil {
		if c.told != digest {
			c.logger.Warn("keep the certificate: the one that replaces it cannot be used", "error", err, "files", []string{c.cert, c.key})
		}
		c.told = digest
		return
	}
	c.current.Store(pair)
	c.served, c.told = digest, [sha256.Size]byte{}
	c.logger.Info("took up another certificate", "file", c.cert, "for", pair.Leaf.DNSNames, "until", pair.Leaf.NotAfter)
}

// replaces returns why a certificate should not take the place of another one, nil if it should: one that holds good now
// is not given up for one that does not.
func replaces(before, now *tls.Certificate, at time.Time) error {
	if err := holds(now, at); err != nil && holds(before, at) == nil {
		return err
	} else if err != nil && now.Leaf.NotAfter.Before(before.Leaf.NotAfter) {
		return errors.Join(err, errors.New("the one in use ended later"))
	}
	return nil
}

// holds returns why a certificate does not hold good at a time.
func holds(c *tls.Certificate, at time.Time) error {
	switch {
	case at.After(c.Leaf.NotAfter):
		return fmt.Errorf("it ended at %s", c.Leaf.NotAfter.Format(time.RFC3339))
	case at.Before(c.Leaf.NotBefore):
		return fmt.Errorf("it begins at %s", c.Leaf.NotBefore.Format(time.RFC3339))
	}
	return nil
}

// read reads both files. The digest is of what they hold, or of why they cannot be read.
func (c *certificateFiles) read() (pair *tls.Certificate, digest [sha256.Size]byte, err error) {
	cert, certErr := os.ReadFile(c.cert)
	key, keyErr := os.ReadFile(c.key)
	one := sha256.Sum256(cert)
	digest = sha256.Sum256(fmt.Appendf(one[:], "%s %v %v", key, certErr, keyErr))
	if err := errors.Join(certErr, keyErr); err != nil {
		return nil, digest, err
	}
	p, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, digest, err
	}
	return &p, digest, nil
}
