package faults

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// This file is what must be true while everybody rests: nothing lost, nothing doubled, the same everywhere.

// verdict is what a check has found.
type verdict struct {
	accepted               int // messages that senders were told of
	lost, doubled, unequal int
	what                   []string
}

func (v *verdict) add(count *int, format string, args ...any) {
	*count++
	v.what = append(v.what, fmt.Sprintf(format, args...))
}

// settle waits until all machines are at the same position, everybody has been sent everything, and has told it. What is
// not so in the end is for check to find.
func (r *room) settle(ctx context.Context, patience time.Duration) {
	end := time.Now().Add(patience)
	for quiet := 0; quiet < 3 && time.Now().Before(end) && ctx.Err() == nil; {
		if r.together(ctx) && r.allHeard() && r.allTold() {
			quiet++
		} else {
			quiet = 0
		}
		pause(ctx, 400*time.Millisecond)
	}
}

// together reports whether all machines are at the same position.
func (r *room) together(ctx context.Context) bool {
	first, err := placeOf(ctx, r.machines[0])
	if err != nil {
		return false
	}
	for _, m := range r.machines[1:] {
		if place, err := placeOf(ctx, m); err != nil || positionOf(place) != positionOf(first) {
			return false
		}
	}
	changed := first != r.place
	r.place = first
	return !changed
}

// allHeard reports whether all who listen are equally far.
func (r *room) allHeard() bool {
	var least, most uint64
	for i, l := range r.listeners {
		l.mu.Lock()
		place := l.place
		l.mu.Unlock()
		if i == 0 {
			least = place
		}
		least, most = min(least, place), max(most, place)
	}
	return least == most
}

func (r *room) allTold() bool {
	return !slices.ContainsFunc(r.devices, func(d *device) bool { return !d.settled.Load() })
}

// check checks everything.
func (r *room) check(ctx context.Context) (v verdict) {
	for _, what := range r.told.takeWrong() {
		v.add(&v.unequal, "%s", what)
	}
	logs, err := r.readLogs(ctx)
	if err != nil {
		v.add(&v.unequal, "%s", err)
		return v
	}
	for i := range logs[1:] {
		for _, what := range logs[0].differs(&logs[i+1]) {
			v.add(&v.unequal, "%s", what)
		}
	}
	r.checkTold(&v, logs[0].rows)
	for _, l := range r.listeners {
		l.check(&v, logs[0].rows)
	}
	r.checkReceipts(ctx, &v, logs[0].rows)
	r.checkClaims(ctx, &v)
	return v
}

// readLogs reads the logs of all machines at one position. These are read one after another, and what a machine says of its people
// by itself may come between them: then all are read again.
func (r *room) readLogs(ctx context.Context) (logs []kept, err error) {
	for range 20 {
		logs = nil
		for _, m := range r.machines {
			k, err := readLog(ctx, m)
			if err != nil {
				return nil, fmt.Errorf("the log of %s cannot be read: %w", m.Name, err)
			}
			logs = append(logs, k)
		}
		same := func(k kept) bool {
			now, err := placeOf(ctx, k.machine)
			return err == nil && positionOf(now) == positionOf(logs[0].place) && now == k.place
		}
		if !slices.ContainsFunc(logs, func(k kept) bool { return !same(k) }) {
			break
		}
		pause(ctx, 300*time.Millisecond)
	}
	return logs, nil
}

// checkTold compares a log with what senders were told.
func (r *room) checkTold(v *verdict, rows []row) {
	r.told.mu.Lock()
	defer r.told.mu.Unlock()
	seen := map[string]int{} // how many messages of a sender there are
	anonymous := map[string]bool{}
	for _, e := range rows {
		if e.id == "" {
			if key := e.sender + " " + e.text; anonymous[key] {
				v.add(&v.doubled, "the message %s without an id is there twice", key)
			} else {
				anonymous[key] = true
			}
			continue
		}
		n, err := strconv.Atoi(e.id)
		list := r.told.seqs[e.sender]
		switch {
		case err != nil || n < 1 || n > len(list) || list[n-1] == 0:
			v.add(&v.unequal, "%d is message %q of %s, which was told of none", e.seq, e.id, e.sender)
			continue
		case e.text != textOf(e.sender, n):
			v.add(&v.unequal, "%d is message %d of %s with another text: %.80q", e.seq, n, e.sender, e.text)
		case n <= seen[e.sender]:
			v.add(&v.doubled, "message %d of %s is there again as %d", n, e.sender, e.seq)
		case n != seen[e.sender]+1:
			v.add(&v.unequal, "after message %d of %s comes %d", seen[e.sender], e.sender, n)
		case list[n-1] != e.seq:
			v.add(&v.unequal, "message %d of %s is %d, and was accepted as %d", n, e.sender, e.seq, list[n-1])
		}
		seen[e.sender] = max(seen[e.sender], n)
	}
	for sender, list := range r.told.seqs {
		v.accepted += len(list)
		for n := seen[sender]; n < len(list); n++ {
			v.add(&v.lost, "message %d of %s, accepted as %d, is lost", n+1, sender, list[n])
		}
	}
}

// check compares what somebody was sent with what there is for them.
func (l *listener) check(v *verdict, rows []row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.SortFunc(l.got, func(a, b arrived) int {
		return int(a.seq) - int(b.seq)
	})
	i := 0
	for _, e := range rows {
		if e.seq <= l.first || e.stream != "e" && e.stream != "t:general" {
			continue
		}
		switch {
		case i < len(l.got) && l.got[i].seq == e.seq:
			if l.got[i].text != hashOf(e.text) {
				v.add(&v.unequal, "%s was sent %d with another text", l.name, e.seq)
			}
			for i++; i < len(l.got) && l.got[i].seq == e.seq; i++ {
				v.add(&v.doubled, "%s was sent %d twice", l.name, e.seq)
			}
		case i < len(l.got) && l.got[i].seq < e.seq:
			v.add(&v.unequal, "%s was sent %d, which is none of theirs", l.name, l.got[i].seq)
			i++
		default:
			v.add(&v.lost, "%s was never sent %d (first %d, place %d)", l.name, e.seq, l.first, l.place)
		}
	}
	if i < len(l.got) {
		v.add(&v.unequal, "%s was sent %d, which is not there", l.name, l.got[i].seq)
	}
}

// checkReceipts compares the receipts of the newest announcements at all machines, and with what people were told.
func (r *room) checkReceipts(ctx context.Context, v *verdict, rows []row) {
	var seqs []uint64
	for _, e := range slices.Backward(rows) {
		if e.sender == "operator" && e.stream == "e" && len(seqs) < 50 {
			seqs = append(seqs, e.seq)
		}
	}
	first, texts := []receipt(nil), []string(nil)
	for end := time.Now().Add(20 * time.Second); ; pause(ctx, time.Second) {
		var err error
		if first, texts, err = r.receiptsEverywhere(ctx, seqs); err == nil && len(slices.Compact(slices.Clone(texts))) == 1 {
			break
		}
		if time.Now().Before(end) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			v.add(&v.unequal, "receipts: %v", err)
			return
		}
		v.add(&v.unequal, "the receipts differ: %s", firstDifference(texts))
		break
	}
	r.told.mu.Lock()
	defer r.told.mu.Unlock()
	for _, one := range first {
		acked := map[string]bool{}
		for _, who := range one.Who {
			acked[who.UserID] = who.Acked != ""
		}
		for userID := range r.told.acked[one.Seq] {
			if !acked[userID] {
				v.add(&v.lost, "%s was told that they have acknowledged %d, and the receipts do not say so", userID, one.Seq)
			}
		}
	}
}

func (r *room) receiptsEverywhere(ctx context.Context, seqs []uint64) (first []receipt, texts []string, err error) {
	for i, m := range r.machines {
		c := r.client("operator", 0)
		c.home = m
		list, text, err := c.receiptsOf(ctx, seqs)
		c.leave()
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		if i == 0 {
			first = list
		}
		texts = append(texts, text)
	}
	return first, texts, nil
}

// firstDifference shows where the first text that is unlike the first of all begins to be so.
func firstDifference(texts []string) string {
	for _, t := range texts[1:] {
		for i := range min(len(t), len(texts[0])) {
			if t[i] != texts[0][i] {
				from := max(0, i-150)
				return fmt.Sprintf("\n\t%.300s\n\t%.300s", texts[0][from:], t[from:])
			}
		}
	}
	return "one is longer"
}
