package cluster

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"belfry/wsserver/wire"
)

// This file finds out why other machines do not answer: NATS only tries again.

const (
	// probeFirst is how long machines have to find one another before it is looked for what is wrong.
	probeFirst   = time.Second
	probeTimeout = 2 * time.Second
)

// greeting is what a machine's port says first.
type greeting struct {
	Name    string `json:"server_name"`
	Cluster string `json:"cluster"`
}

// probeOthers returns a *wire.Problem where another machine cannot be one of the same room, nil where nothing is known against it.
func (e *Engine) probeOthers(ctx context.Context) error {
	for _, at := range e.o.Others {
		if err := e.probeOther(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// checkName returns a *wire.Problem where another machine has the name of this one: most of the others could take this one for it,
// so nothing is begun. Whoever has another key may be the one that is wrong, and does not count here.
func (e *Engine) checkName(ctx context.Context) error {
	for _, at := range e.o.Others {
		if err := e.probeOther(ctx, at); errors.Is(err, errSameName) {
			return err
		}
	}
	return nil
}

// errSameName is the cause where two machines have one name.
var errSameName = errors.New("two machines have one name")

func (e *Engine) probeOther(ctx context.Context, at string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", at)
	if err != nil {
		return nil // it is not there yet
	}
	defer func() { _ = conn.Close() }() // nothing is lost
	_ = conn.SetDeadline(time.Now().Add(probeTimeout))
	t, err := e.o.Key.tls()
	if err != nil {
		return err
	}
	c := tls.Client(conn, t)
	line, err := "", c.HandshakeContext(ctx)
	if err == nil { // what it thinks of the certificate comes behind the handshake
		line, err = bufio.NewReaderSize(c, 64<<10).ReadString('\n')
	}
	var unknown *tls.CertificateVerificationError
	var refused *net.OpError
	if errors.As(err, &unknown) || errors.As(err, &refused) && refused.Op == "remote error" {
		return notOurs(at, "it has another key", "Copy the file of -cluster-key from one machine to all others.")
	}
	info, isNATS := strings.CutPrefix(line, "INFO ")
	var g greeting
	switch {
	case !isNATS || json.Unmarshal([]byte(info), &g) != nil:
		return nil // it may be starting
	case g.Cluster != "" && g.Cluster != e.o.Name:
		return notOurs(at, fmt.Sprintf("its -cluster-name is %q, here it is %q", g.Cluster, e.o.Name), "Give all machines the same -cluster-name.")
	case g.Name == e.o.Node:
		p := notOurs(at, "it has the name "+e.o.Node+" too", "Give each machine a name of its own with -cluster-node, and name only the others with -cluster.")
		p.Err = errSameName
		return p
	}
	return nil
}

func notOurs(at, why, hint string) *wire.Problem {
	return &wire.Problem{Code: "cluster", Message: "The machine at " + at + " is not one of this room: " + why + ".", Hint: hint}
}
