package tally

import (
	"fmt"
	"strings"
	"time"
)

// Row is one line of a table, with the heads of its columns.
type Row struct{ heads, values []string }

// Add adds a column.
func (r *Row) Add(head, format string, values ...any) {
	r.heads = append(r.heads, head)
	r.values = append(r.values, fmt.Sprintf(format, values...))
}

// Percentiles adds p50 and p99 in milliseconds.
func (r *Row) Percentiles(what string, t *Times) {
	r.Add(what+" p50 ms", "%.1f", Ms(t.At(50)))
	r.Add("p99 ms", "%.1f", Ms(t.At(99)))
}

// Head is the line of the heads.
func (r *Row) Head() string { return r.line(r.heads) }

func (r *Row) String() string { return r.line(r.values) }

func (r *Row) line(cells []string) string {
	padded := make([]string, len(cells))
	for i, cell := range cells {
		padded[i] = fmt.Sprintf("%*s", max(len(r.heads[i]), 6), cell)
	}
	return strings.Join(padded, "  ")
}

// Ms is a duration in milliseconds.
func Ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// Us is a duration divided by a number of things, in microseconds.
func Us[N int | int64 | uint64](d time.Duration, n N) float64 {
	return float64(d) / float64(time.Microsecond) / float64(max(1, n))
}
