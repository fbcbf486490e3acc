package auth

import (
	"sync"
	"time"
)

const (
	// MaxGuesses is how many wrong passwords there may be in guessesWithin, of all addresses together from which nobody is
	// signed in: a limit by address does not slow who has many.
	MaxGuesses = 100
	// maxKnownGuesses is that for the addresses from which somebody is: a proxy, or a school, may be one address.
	maxKnownGuesses = 1000
	guessesWithin   = 24 * time.Hour
)

// guesses counts wrong passwords. Its zero value has counted none.
type guesses struct {
	mu               sync.Mutex
	strangers, known []time.Time // oldest first
}

// mostGuesses is how many there may be, from addresses from which somebody is signed in, or from the others.
func mostGuesses(known bool) int {
	if known {
		return maxKnownGuesses
	}
	return MaxGuesses
}

// wrong counts one and reports whether there were too many: most or more of its kind.
func (g *guesses) wrong(known bool, most int, now time.Time) (tooMany bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := &g.strangers
	if known {
		list = &g.known
	}
	for len(*list) > 0 && now.Sub((*list)[0]) >= guessesWithin {
		*list = (*list)[1:]
	}
	if *list = append(*list, now); len(*list) > most {
		*list = (*list)[len(*list)-most:]
	}
	return len(*list) >= most
}

// forget starts the count again.
func (g *guesses) forget() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.strangers, g.known = nil, nil
}
