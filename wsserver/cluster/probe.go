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

const probeTimeout = 2 * time.Second

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

func (e *Engine) probeOther(ctx context.Context, at string) error {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", at)
	if err != nil {
		return nil // it is not there yet
	}
	defer func() { _ = conn.Close() }() // nothing is lost
	_ = conn.SetDeadline(time.Now().Add(probeTimeout))
	line, err := bufio.NewReaderSize(onlyLine{conn}, 64<<10).ReadString('\n')
	info, isNATS := strings.CutPrefix(line, "INFO ")
	var g greeting
	if err != nil || !isNATS || json.Unmarshal([]byte(info), &g) != nil {
		return nil // it may be starting
	}
	switch {
	case g.Cluster != "" && g.Cluster != e.o.Name:
		return notOurs(at, fmt.Sprintf("its -cluster-name is %q, here it is %q", g.Cluster, e.o.Name), "Give all machines the same -cluster-name.")
	case g.Name == e.o.Node:
		return notOurs(at, "it has the name "+e.o.Node+" too", "Give each machine a name of its own with -cluster-node, and name only the others with -cluster.")
	}
	t, err := e.o.Key.tls()
	if err != nil {
		return err
	}
	c := tls.Client(conn, t)
	err = c.HandshakeContext(ctx)
	if err == nil {
		_, err = c.Read(make([]byte, 1)) // what it thinks of the certificate comes behind the handshake
	}
	var unknown *tls.CertificateVerificationError
	var refused tls.AlertError
	var remote *net.OpError
	if errors.As(err, &unknown) || errors.As(err, &refused) || errors.As(err, &remote) && remote.Op == "remote error" {
		return notOurs(at, "it has another key", "Copy the file of -cluster-key from one machine to all others.")
	}
	return nil
}

func notOurs(at, why, hint string) error {
	return &wire.Problem{Code: "cluster", Message: "The machine at " + at + " is not one of this room: " + why + ".", Hint: hint}
}

// onlyLine reads a byte at a time, so that nothing behind the line is taken from the connection.
type onlyLine struct{ net.Conn }

func (o onlyLine) Read(b []byte) (int, error) { return o.Conn.Read(b[:1]) }
