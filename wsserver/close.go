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
	again, serving := s.closed, s.listening
	s.closed, s.listening = true, false
	s.life.Unlock()
	if again {
		<-s.ended
		return nil
	}
	defer close(s.ended)
	if !serving {
		return nil
	}
	return s.stop(ctx)
}

func (s *Server) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	_ = s.listener.Close() // no new connection; requests under way go on
	list := s.Hub.Close()
	s.Bus.Close()
	for _, c := range list {
		c.End(nil, wire.CloseGoingAway, transport.RetryReason(hub.ReconnectAfter))
	}
	s.Lan.CloseSecurePort(ctx)
	lan.ShutdownHTTP(ctx, s.http)
	s.cancel()
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		for _, c := range list {
			c.Link.CloseSocket()
		}
		<-done
	}
	_, err := s.Log.Append(context.WithoutCancel(ctx), nil, s.Ledger.Flush()) // who was there until now
	err = errors.Join(err, s.SignedIn.Flush(), s.Log.Close())
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}
