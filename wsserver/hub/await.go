package hub

import "context"

// Await returns once the position of a hub is at least seq, or with ctx's error.
func Await(ctx context.Context, h *Hub, seq uint64) error {
	for {
		advanced := awaited(h, seq)
		if advanced == nil {
			return nil
		}
		select {
		case <-advanced:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// awaited is closed when the position next moves; nil where it is at seq already.
func awaited(h *Hub, seq uint64) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.position >= seq {
		return nil
	}
	if h.advanced == nil {
		h.advanced = make(chan struct{})
	}
	return h.advanced
}

// advance moves the position. mu is held.
func advance(h *Hub, seq uint64) {
	h.position = max(h.position, seq)
	if h.advanced != nil {
		close(h.advanced)
		h.advanced = nil
	}
}
