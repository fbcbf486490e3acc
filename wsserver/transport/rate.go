package transport

import (
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// What one connection may send beside the limit of messages: far above what a page needs.
const (

	// pauseMax bounds one pause, so that a paused reader still notices in time that its connection ended.
	pauseMax = time.Second
)

// readLimiter slows the reader of one connection that sends too many frames or bytes. Its zero value slows nobody.
type readLimiter struct{ Frames, Bytes atomic.Pointer[rate.Limiter] }

// throttleFrame takes one frame off the budget.
func (p *readLimiter) throttleFrame() { throttle(p.Frames.Load(), 1) }

// throttleBytes takes n bytes off the budget, whatever they are: also frames that never end are made of bytes.
func (p *readLimiter) throttleBytes(n int) {
	if l := p.Bytes.Load(); l != nil {
		throttle(l, min(n, l.Burst()))
	}
}

// throttle sleeps where the budget is overdrawn.
func throttle(l *rate.Limiter, n int) {
	if l == nil || n <= 0 {
		return
	}
	now := time.Now()
	if delay := l.ReserveN(now, n).DelayFrom(now); delay > 0 {
		time.Sleep(min(delay, pauseMax))
	}
}

// perSecond is a rate of n a second in bursts of seconds' worth, at least one; nil where n is 0: no limit.
func PerSecond(n float64, seconds float64) *rate.Limiter {
	if n <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(n), max(1, int(n*seconds)))
}

// take takes one off the limiter, or says how long until there is one. A nil limiter never refuses.
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
