package confirmed

import (
	"testing"

	"belfry/wsserver/receipts/delta"
)

// join appends the text of a change, unless that is there already.
func join(s *string, d *delta.Delta) (changed bool) {
	if len(*s) > 0 && (*s)[len(*s)-1:] == d.Text {
		return false
	}
	*s += d.Text
	return true
}

func texts(list []delta.Delta) (s string) {
	for _, d := range list {
		s += d.Text
	}
	return s
}

func TestRow_FollowsTheOrder(t *testing.T) {
	r := NewRow("s", join)
	r.Add(&delta.Delta{Text: "a"})
	r.Add(&delta.Delta{Text: "b"})
	if changed, done := r.Own(); !changed || done || texts(r.Ahead()) != "b" {
		t.Errorf("changed %v, done %v, ahead %q", changed, done, texts(r.Ahead()))
	}
	r.Other(&delta.Delta{Text: "x"})
	if got := *r.State(); got != "sax" || texts(r.Ahead()) != "b" {
		t.Errorf("the order has %q, ahead %q", got, texts(r.Ahead()))
	}
	r.Add(&delta.Delta{Text: "b"})
	if changed, done := r.Own(); !changed || done {
		t.Errorf("changed %v, done %v", changed, done)
	}
	if changed, done := r.Own(); changed || !done {
		t.Errorf("what was so already: changed %v, done %v", changed, done)
	}
	if got := *r.State(); got != "saxb" || len(r.Ahead()) > 0 {
		t.Errorf("the order has %q, ahead %q", got, texts(r.Ahead()))
	}
}

// Nothing is applied a second time where nobody asks, and what was asked for is not applied again.
func TestRow_OfThisServerAlone(t *testing.T) {
	times := 0
	r := NewRow("", func(s *string, d *delta.Delta) bool {
		times++
		return join(s, d)
	})
	for _, text := range []string{"a", "b", "c"} {
		r.Add(&delta.Delta{Text: text})
	}
	r.Own()
	r.Own()
	if times > 0 {
		t.Errorf("%d changes were applied", times)
	}
	for range 2 {
		if got := *r.State(); got != "ab" || times != 2 {
			t.Errorf("the order has %q after %d changes", got, times)
		}
	}
	if _, done := r.Own(); !done || *r.State() != "abc" {
		t.Errorf("done %v, the order has %q", done, *r.State())
	}
}
