package wsserver

import (
	"context"
	"errors"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// closeTimeout bounds Close: connections that have not answered the close frame by then are closed without.
const closeTimeout = 4 * time.Second

// Close stops the server for good: it refuses new work, commits and sends everything that was accepted, ends connections
// with 1001 and the time to reconnect, and returns when every goroutine has ended. Connections that do not answer are
// closed after closeTimeout. Called again, it waits for the first call.
func (s *Server) Close(ctx context.Context) error {
	// The lock is not held while waiting: a verb that is under way takes it.
	s.life.Lock()
	again, serving := s.life.closed, s.life.listening
	s.life.closed, s.life.listening = true, false
	s.life.Unlock()
	if again {
		<-s.life.ended
		return nil
	}
	defer close(s.life.ended)
	if !serving {
		return nil
	}
	return s.stop(ctx, s.life.run)
}

// stop ends what a Start has started, in the reverse order, and releases what it opened.
func (s *Server) stop(ctx context.Context, r *run) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	_ = r.listener.Close() // no new connection; requests under way go on
	s.stores.peers.Leave()
	s.stores.feed.Close()
	s.stores.streams.End()
	list := s.hub.Close()
	if log, ok := r.log.(interface{ Stopping() }); ok {
		log.Stopping()
	}
	s.dispatcher.Close()
	for _, c := range list {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
	s.lan.CloseSecurePort(ctx)
	lan.ShutdownHTTP(ctx, r.http)
	r.cancel()
	done := make(chan struct{})
	go func() { s.running.Wait(); s.stores.streams.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		for _, c := range list {
			c.CloseSocket()
		}
		<-done
	}
	err := unlessCutOff(s, s.dispatcher.FlushAll()) // the presences that end now
	err = errors.Join(err, unlessCutOff(s, s.stores.audit.FlushAll(context.WithoutCancel(ctx), r.log)))
	s.clock.Tick(r.log.Last())
	// Where it is not kept, the next start knows an earlier time.
	_, _ = r.log.Append(context.WithoutCancel(ctx), msglog.OfRecords(s.clock.Record()))
	return errors.Join(err, s.secrets.Sessions.Flush(), r.close())
}

// unlessCutOff returns the error of a last commit. Where most other machines are off there can be none: so it is for the last one of a
// room that is stopped, and nobody was told that it is kept.
func unlessCutOff(s *Server, err error) error {
	if !errors.Is(err, wire.ErrCutOff) && !errors.Is(err, wire.ErrClosing) {
		return err
	}
	s.config.Logger.Warn("stopped while cut off from the other machines: the last receipts and audit entries of this one are not kept")
	return nil
}
