package wsserver

import (
	"context"
	"errors"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/lan"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

const (
	// closeTimeout bounds Close: clients answer the close frame within it or are cut off.
	closeTimeout = 4 * time.Second
)

// Close refuses new work, lets everything accepted be committed and sent, tells clients 1001 and when to come back,
// and returns when nothing runs any more: after closeTimeout at the latest it cuts off who has not answered. Called
// again it waits for the same end.
func (s *Server) Close(ctx context.Context) error {
	// life is not held while others are waited for: a dashboard's verb under way takes it.
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

// stop ends what a Start has begun, in the reverse order, and gives back what it opened.
func (s *Server) stop(ctx context.Context, r *run) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	_ = r.listener.Close() // no new connection; requests under way go on
	list := s.hub.Close()
	s.dispatcher.Close()
	for _, c := range list {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
	s.lan.CloseSecurePort(ctx)
	lan.ShutdownHTTP(ctx, r.http)
	r.cancel()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		for _, c := range list {
			c.CloseSocket()
		}
		<-done
	}
	_, err := r.log.Append(context.WithoutCancel(ctx), nil, s.stores.ledger.Flush()) // who was there until now
	return errors.Join(err, s.secrets.Sessions.Flush(), r.close())
}
