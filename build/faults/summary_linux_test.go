package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// summary is what a whole run has found.
type summary struct {
	kinds                            map[string]*kind
	accepted, lost, doubled, unequal int
	stuck                            int // machines that did not come back
}

// kind has what faults of one kind have cost.
type kind struct {
	count       int
	pause, back []time.Duration
}

func newSummary() *summary { return &summary{kinds: map[string]*kind{}} }

func (s *summary) did(name string, pause, back time.Duration) {
	k := s.kinds[name]
	if k == nil {
		k = &kind{}
		s.kinds[name] = k
	}
	k.count++
	k.pause, k.back = append(k.pause, pause), append(k.back, back)
}

func (s *summary) found(v verdict) {
	s.accepted = v.accepted // of this room: those of earlier ones are in the lines above
	s.lost += v.lost
	s.doubled += v.doubled
	s.unequal += v.unequal
}

func (s *summary) String() string {
	var b strings.Builder
	all := 0
	fmt.Fprintf(&b, "\n%-24s %5s   %22s   %s\n", "fault", "times", "nothing accepted, s", "all accept again after, s")
	for _, name := range slices.Sorted(maps.Keys(s.kinds)) {
		k := s.kinds[name]
		all += k.count
		fmt.Fprintf(&b, "%-24s %5d   %9.1f, at most %3.1f   %.1f, at most %.1f\n", name, k.count,
			middle(k.pause).Seconds(), slices.Max(k.pause).Seconds(), middle(k.back).Seconds(), slices.Max(k.back).Seconds())
	}
	fmt.Fprintf(&b, "%d faults: %d lost, %d doubled, %d unequal, %d machines did not come back\n", all, s.lost, s.doubled, s.unequal, s.stuck)
	return b.String()
}

func middle(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
