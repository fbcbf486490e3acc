package tally

import (
	"math/bits"
	"time"
)

// steps is how many classes each power of two has: a percentile is at most 1.6 % above the true value.
const steps = 64

// Times are durations, counted in classes.
type Times struct {
	classes [58 * steps]uint32
	count   int
	most    time.Duration
}

// Add counts one.
func (t *Times) Add(d time.Duration) {
	d = max(d, 0)
	t.classes[classOf(uint64(d))]++
	t.count++
	t.most = max(t.most, d)
}

// Count is how many there are.
func (t *Times) Count() int { return t.count }

// Most is the longest.
func (t *Times) Most() time.Duration { return t.most }

// At is a percentile, 0 if there are none.
func (t *Times) At(percent float64) time.Duration {
	rank, sum := int(percent/100*float64(t.count-1))+1, 0
	for class, n := range t.classes {
		if sum += int(n); n > 0 && sum >= rank {
			return min(topOf(class), t.most)
		}
	}
	return t.most
}

func classOf(v uint64) int {
	if v < 2*steps {
		return int(v)
	}
	power := bits.Len64(v) - 7 // so that v>>power has 7 bits
	return (power+1)*steps + int(v>>power)&(steps-1)
}

// topOf is the greatest value of a class.
func topOf(class int) time.Duration {
	if class < 2*steps {
		return time.Duration(class)
	}
	power := class/steps - 1
	return time.Duration((class%steps+steps+1)<<power - 1)
}
