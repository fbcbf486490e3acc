package peers

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"
)

// This file asks the other machines for lists. An answer may be longer than one message of the network: it is fetched in
// parts.

const (
	subjectAsk = "ask"
	// AskTimeout is how long a list waits for machines that do not answer.
	AskTimeout = time.Second
	// partBytes is the longest answer in one message, keptFor how long the rest waits to be fetched, and keptMost how many
	// answers do.
	partBytes = 256 << 10
	keptFor   = 10 * time.Second
	keptMost  = 16
)

// lists are the questions that this machine answers.
type lists struct {
	mu      sync.Mutex // guards what follows
	answers map[string]func(body []byte) any
	kept    map[string]parts
}

// parts are what is left of an answer.
type parts struct {
	data  []byte
	since time.Time
}

// question is what one machine asks all others: a list, or the next part of an answer of one of them.
type question struct {
	List string          `json:"list,omitempty"`
	Body json.RawMessage `json:"body,omitempty"`
	// Part is the name of an answer, From the offset of its next part.
	Part string `json:"part,omitempty"`
	From int    `json:"from,omitempty"`
}

// An answer in one message is the length of the whole, in 8 bytes, that of the answer's name in one, the name, and the part.
const answerHead = 9

// Answer has a list answered that others ask for. f must not ask others.
func Answer[Q any](p *Peers, list string, f func(q Q) any) {
	if p == nil {
		return
	}
	p.lists.mu.Lock()
	defer p.lists.mu.Unlock()
	p.lists.answers[list] = func(body []byte) any {
		var q Q
		if err := json.Unmarshal(body, &q); err != nil {
			return nil
		}
		return f(q)
	}
}

// answer takes a question of another machine.
func (p *Peers) answer(_ string, data []byte) []byte {
	var q question
	if json.Unmarshal(data, &q) != nil {
		return nil
	}
	if q.Part != "" {
		return p.lists.next(q, time.Now())
	}
	p.lists.mu.Lock()
	f := p.lists.answers[q.List]
	p.lists.mu.Unlock()
	if f == nil {
		return nil
	}
	whole, err := json.Marshal(f(q.Body))
	if err != nil {
		p.o.Logger.Error("answer another machine", "list", q.List, "error", err)
		return nil
	}
	return p.lists.first(whole, time.Now())
}

// first is the message with the first part of an answer, and keeps the rest.
func (l *lists) first(whole []byte, now time.Time) []byte {
	name := ""
	if len(whole) > partBytes {
		name = rand.Text()
		l.mu.Lock()
		for k, v := range l.kept {
			if now.Sub(v.since) > keptFor || len(l.kept) >= keptMost {
				delete(l.kept, k)
			}
		}
		l.kept[name] = parts{whole, now}
		l.mu.Unlock()
	}
	return message(whole, name, 0)
}

// next is the message with another part of a kept answer. Whose it is not says nothing, at once.
func (l *lists) next(q question, now time.Time) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	v, ok := l.kept[q.Part]
	if !ok || now.Sub(v.since) > keptFor || q.From < 0 || q.From >= len(v.data) {
		return []byte{}
	}
	if q.From+partBytes >= len(v.data) {
		delete(l.kept, q.Part)
	}
	return message(v.data, q.Part, q.From)
}

// message is one part of an answer.
func message(whole []byte, name string, from int) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, answerHead+len(name)+partBytes), uint64(len(whole)))
	b = append(append(b, byte(len(name))), name...)
	return append(b, whole[from:min(len(whole), from+partBytes)]...)
}

// read takes a message apart; ok is false where it is none.
func read(b []byte) (total int, name string, part []byte, ok bool) {
	if len(b) < answerHead || len(b) < answerHead+int(b[answerHead-1]) {
		return 0, "", nil, false
	}
	n := answerHead + int(b[answerHead-1])
	return int(binary.BigEndian.Uint64(b)), string(b[answerHead:n]), b[n:], true
}

// Gather asks all other machines for a list, and calls each with the answers, one after another. It returns the names of the
// machines that have not answered in time, and of those that are missing.
func Gather[A any](ctx context.Context, p *Peers, list string, body any, each func(node string, answer A)) (missing []string) {
	if p == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, AskTimeout)
	defer cancel()
	raw, err := json.Marshal(body)
	if err != nil {
		return p.absent(nil)
	}
	living := p.nodes()
	var have []string
	for _, m := range p.ask(ctx, question{List: list, Body: raw}, living) {
		var a A
		if whole := p.fetch(ctx, m); whole != nil && json.Unmarshal(whole, &a) == nil {
			each(m.from, a)
			have = append(have, m.from)
		}
	}
	return p.absent(have)
}

// answered is what one machine has answered.
type answered struct {
	from string
	data []byte
}

// ask asks all others, and returns what they have answered once those that live have, or ctx has ended.
func (p *Peers) ask(ctx context.Context, q question, living []string) (all []answered) {
	if len(living) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	data, err := json.Marshal(q)
	if err != nil {
		return nil
	}
	open := slices.Clone(living)
	p.o.Engine.Ask(ctx, subjectAsk, data, func(from string, answer []byte) {
		all = append(all, answered{from, slices.Clone(answer)})
		open = slices.DeleteFunc(open, func(n string) bool { return n == from })
		if len(open) == 0 { // nobody waits for those who are not there
			cancel()
		}
	})
	return all
}

// fetch returns the whole answer that begins with a message; nil where it cannot be had.
func (p *Peers) fetch(ctx context.Context, first answered) []byte {
	total, name, whole, ok := read(first.data)
	for ok && len(whole) < total {
		ok = false
		for _, m := range p.ask(ctx, question{Part: name, From: len(whole)}, []string{first.from}) {
			if _, _, part, read := read(m.data); read && m.from == first.from && len(part) > 0 {
				whole, ok = append(whole, part...), true
			}
		}
	}
	if !ok {
		return nil
	}
	return whole
}

// nodes are the names of the others that are heard.
func (p *Peers) nodes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Sorted(maps.Keys(p.living()))
}

// absent are the machines of the room that are not among those that have answered.
func (p *Peers) absent(answered []string) (missing []string) {
	for _, m := range p.Machines()[1:] {
		if !slices.Contains(answered, m.Node) {
			missing = append(missing, m.Node)
		}
	}
	return missing
}
