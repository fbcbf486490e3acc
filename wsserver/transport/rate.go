package transport

import (
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// maxThrottle bounds one sleep of a throttled reader, so that it still notices in time that its connection ended.
const maxThrottle = time.Second

// readLimiter slows the reader of one connection whose peer sends too many frames or bytes. Its zero value slows nobody.
type readLimiter struct{ frames, bytes atomic.Pointer[rate.Limiter] }

// LimitReads throttles reading to a number of frames and of bytes a second; nil means no limit. It may be called at any time,
// from any goroutine.
func (c *Conn) LimitReads(frames, bytes *rate.Limiter) {
	c.readLimit.frames.Store(frames)
	c.readLimit.bytes.Store(bytes)
}

// throttleFrame counts one frame.
func (p *readLimiter) throttleFrame() { throttle(p.frames.Load(), 1) }

// throttleBytes counts n bytes of any kind: frames that never end consist of bytes too.
func (p *readLimiter) throttleBytes(n int) {
	if l := p.bytes.Load(); l != nil {
		throttle(l, min(n, l.Burst()))
	}
}

// throttle takes n tokens off l, and sleeps if there were not enough.
func throttle(l *rate.Limiter, n int) {
	if l == nil || n <= 0 {
		return
	}
	now := time.Now()
	if delay := l.ReserveN(now, n).DelayFrom(now); delay > 0 {
		time.Sleep(min(delay, maxThrottle))
	}
}

// PerSecond returns a limiter of n events a second, in bursts of the given seconds' worth and at least one event; if n is 0 it
// returns nil, which limits nothing.
func PerSecond(n float64, seconds float64) *rate.Limiter {
	if n <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(n), max(1, int(n*seconds)))
}

// Reserve takes one token off l. If there is none, ok is false and wait says how long until there is. A nil limiter never
// refuses.
func Reserve(l *rate.Limiter) (wait time.Duration, ok bool) {
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
