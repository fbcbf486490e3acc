package wsserver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"syscall"

	"belfry/wsserver/lan"
	"belfry/wsserver/wire"
)

// withTLS wraps the listener in the configured certificate.
func (s *Server) withTLS(r *run) error {
	files, err := openCertificate(s.config.TLSCert, s.config.TLSKey, s.config.Logger)
	if err != nil {
		return &wire.Problem{
			Code: "start_failed", Message: "The certificate or its key cannot be used.",
			Hint: "Check -tls-cert and -tls-key: two PEM files that belong together.", Err: err,
		}
	}
	r.certificate = files
	r.listener = tls.NewListener(r.listener, &tls.Config{
		GetCertificate: files.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
	})
	return nil
}

// unreadable is the Problem of a log that cannot be read; err itself where it is a Problem already.
func unreadable(dir string, err error) error {
	var p *wire.Problem
	if errors.As(err, &p) {
		return err
	}
	return &wire.Problem{
		Code: "damaged_log", Message: fmt.Sprintf("The log in %s cannot be read: %v.", dir, err),
		Hint: "Put a backup in its place, or move it away to begin a new one.", Err: err,
	}
}

// problemOf makes a Problem of why a start failed, with words for people.
func (s *Server) problemOf(err error) *wire.Problem {
	var p *wire.Problem
	if !errors.As(err, &p) {
		p = &wire.Problem{Code: "start_failed", Err: err}
	}
	if p.Message != "" {
		return p
	}
	_, portText, _ := net.SplitHostPort(s.addr())
	port, _ := strconv.Atoi(portText)
	switch {
	case p.Code == "folder":
		p.Message = fmt.Sprintf("Belfry cannot write to its folder %s.", s.config.Dir)
		p.Hint = "Make it writable, or choose another folder with -data."
	case errors.Is(err, syscall.EADDRINUSE) || lan.IsAddrInUse(err):
		p.Code, p.Port = "port_taken", port
		p.Message = fmt.Sprintf("Port %d is taken by another program.", port)
		p.Hint = fmt.Sprintf("Close that program, or choose another port: -addr :%d.", port+1)
	case errors.Is(err, fs.ErrPermission):
		p.Code, p.Port = "port_taken", port
		p.Message = fmt.Sprintf("Belfry may not use port %d.", port)
		p.Hint = "Ports below 1024 are kept for the system. Choose a higher one: -addr :8000."
	default:
		p.Port = port
		p.Message = fmt.Sprintf("Belfry cannot listen on %s.", s.addr())
		p.Hint = "Check the address: -addr :8000 listens on every address of this machine."
	}
	return p
}
