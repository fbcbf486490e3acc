package wsserver

import (
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"belfry/wsserver/settings"
)

// What one connection may send beside the limit of messages: far above what a page needs.
const (

	// pauseMax bounds one pause, so that a paused reader still notices in time that its connection ended.
	pauseMax = time.Second
)

// pace slows the reader of one connection that sends too many frames or bytes. Its zero value slows nobody.
type pace struct{ frames, bytes atomic.Pointer[rate.Limiter] }

// limit gives a client its rates, also other ones while it is connected.
func (c *client) limit(limits *settings.Settings) {
	c.notifies.Store(perSecond(limits.ClientRate, clientBurst))
	if limits.ClientRate == 0 {
		c.pace.frames.Store(nil)
		c.pace.bytes.Store(nil)
		return
	}
	c.pace.frames.Store(perSecond(float64(limits.FramesPerSecond), settings.FramesBurst/settings.FramesPerSecond))
	c.pace.bytes.Store(perSecond(float64(limits.BytesPerSecond), settings.BytesBurst/settings.BytesPerSecond))
}

// repace gives every client the rates of other settings.
func (s *Server) repace() {
	for _, c := range s.hub.everybody(false) {
		c.owner.(*client).limit(s.limits())
	}
}

// frame takes one frame off the budget.
func (p *pace) frame() { wait(p.frames.Load(), 1) }

// read takes n bytes off the budget, whatever they are: also frames that never end are made of bytes.
func (p *pace) read(n int) {
	if l := p.bytes.Load(); l != nil {
		wait(l, min(n, l.Burst()))
	}
}

// wait sleeps where the budget is overdrawn.
func wait(l *rate.Limiter, n int) {
	if l == nil || n <= 0 {
		return
	}
	now := time.Now()
	if delay := l.ReserveN(now, n).DelayFrom(now); delay > 0 {
		time.Sleep(min(delay, pauseMax))
	}
}

// perSecond is a rate of n a second in bursts of seconds' worth, at least one; nil where n is 0: no limit.
func perSecond(n float64, seconds float64) *rate.Limiter {
	if n <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(n), max(1, int(n*seconds)))
}

// take takes one off the limiter, or says how long until there is one. A nil limiter never refuses.
func take(l *rate.Limiter) (wait time.Duration, ok bool) {
	if l == nil {
		return 0, true
	}
	now := time.Now()
	r := l.ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return wait, false
	}
	return 0, true
}

// clientsIn are the clients among peers.
func clientsIn(list []*peer) (clients []*client) {
	for _, p := range list {
		if c, ok := p.owner.(*client); ok {
			clients = append(clients, c)
		}
	}
	return clients
}
