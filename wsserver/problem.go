package wsserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"syscall"

	"belfry/wsserver/auth"
	"belfry/wsserver/internal/folder"
	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// minConnections is how many WebSocket connections the system's limits must allow: with fewer the room is none.
const minConnections = 16

// checkLimits returns a Problem where the system allows the program too few open files. A limit never becomes no limit.
func checkLimits() error {
	n, files, known := transport.MaxConnections()
	if !known || n >= minConnections {
		return nil
	}
	return &wire.Problem{
		Code:    "start_failed",
		Message: fmt.Sprintf("The system allows this program %d open files; Belfry needs %d.", files, files-n+minConnections),
		Hint:    "Raise the limit and restart Belfry: ulimit -n 1024 in a shell, LimitNOFILE=1024 in a systemd unit.",
	}
}

// withTLS wraps the listener in the configured certificate.
func (s *Server) withTLS(r *run) error {
	files, err := openCertificate(s.config.TLSCert, s.config.TLSKey, s.config.Logger)
	if err != nil {
		return certificateProblem(err, s.config.TLSCert, s.config.TLSKey)
	}
	r.certificate = files
	r.listener = tls.NewListener(r.listener, &tls.Config{
		GetCertificate: files.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
	return nil
}

// certificateProblem is why a certificate cannot be used with its key.
func certificateProblem(err error, cert, key string) *wire.Problem {
	p := &wire.Problem{Code: "start_failed", Err: err}
	var file *fs.PathError
	switch {
	case errors.As(err, &file):
		p.Message = fmt.Sprintf("Belfry cannot read the certificate or its key: %s: %s.", file.Path, wire.Reason(err))
		p.Hint = "Check -tls-cert and -tls-key, and that the account that runs Belfry may read both files."
	default:
		p.Message = fmt.Sprintf("Belfry cannot use the certificate %s with the key %s: %s.", cert, key, wire.Reason(err))
		p.Hint = "Check -tls-cert and -tls-key: they must be two PEM files that belong together, and the key must have no passphrase."
	}
	return p
}

// unreadable is the Problem of a log that cannot be read.
func unreadable(dir string, log msglog.Log, err error) error {
	var p *wire.Problem
	if errors.As(err, &p) {
		return err
	}
	if l, ok := log.(interface{ Problem(error) *wire.Problem }); ok {
		return l.Problem(err)
	}
	return folder.Problem(dir, err)
}

// secretsProblem is why the operator's key, password or sessions cannot be read or written.
func secretsProblem(dir string, err error) *wire.Problem {
	var key *auth.KeyError
	if errors.As(err, &key) {
		return &wire.Problem{
			Code: "folder", Message: fmt.Sprintf("Belfry cannot use the operator's key in %s: %v.", key.Path, key.Err), Err: err,
			Hint: "Write another key there, or delete the file. Belfry then makes a new key.",
		}
	}
	return folder.Problem(dir, err)
}

// problemOf makes a Problem of why a start failed, with words for people.
func (s *Server) problemOf(err error) *wire.Problem {
	var p *wire.Problem
	if errors.As(err, &p) {
		return p
	}
	_, portText, _ := net.SplitHostPort(s.addr())
	port, _ := strconv.Atoi(portText)
	p = &wire.Problem{Code: "start_failed", Port: port, Err: err}
	var dns *net.DNSError
	switch {
	case errors.Is(err, syscall.EADDRINUSE) || lan.IsAddrInUse(err):
		p.Code = "port_taken"
		p.Message = fmt.Sprintf("Another program is using port %d.", port)
		p.Hint = fmt.Sprintf("Close that program, or choose another port: -addr :%d.", otherPort(port))
	case errors.Is(err, fs.ErrPermission):
		p.Code = "port_taken"
		p.Message = fmt.Sprintf("Belfry is not allowed to use port %d: %s.", port, wire.Reason(err))
		p.Hint = "Ports below 1024 are reserved for the system. Choose a higher one: -addr :8000."
	case errors.As(err, &dns):
		p.Message = fmt.Sprintf("Belfry cannot listen on %s: the name %q is unknown (%s).", s.addr(), dns.Name, dns.Err)
		p.Hint = "Use an address of this computer instead of the name, or only the port: -addr :8000."
	case errors.Is(err, context.Canceled):
		p.Message = "Belfry was stopped while it was starting."
		p.Hint = "Start Belfry again."
	default:
		p.Message = fmt.Sprintf("Belfry cannot listen on %s: %s.", s.addr(), wire.Reason(err))
		p.Hint = "Check the address. -addr :8000 listens on every address of this computer."
	}
	return p
}

// otherPort is a port to offer in place of one that is taken.
func otherPort(port int) int {
	if port < 1024 || port == 65535 {
		return 8000
	}
	return port + 1
}
