package test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// follower reads a stream of the API, and comes back with its place as a browser's EventSource does.
type follower struct {
	p     *program
	token string

	mu   sync.Mutex
	seqs []uint64 // of the messages that it was sent, in their order
	gone bool
}

// read reads one stream until it ends, from place on.
func (f *follower) read(ctx context.Context, place string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+f.p.addr+"/api/v1/stream?after=0", nil)
	if err != nil {
		return place
	}
	req.Header.Set("Authorization", "Bearer "+f.token)
	req.Header.Set("Last-Event-ID", place)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return place
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			place = id
		}
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			f.note(data)
		}
	}
	return place
}

func (f *follower) note(data string) {
	var e struct {
		Type string
		Seq  uint64
		Gone bool
	}
	if json.Unmarshal([]byte(data), &e) != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.Type == "message" {
		f.seqs = append(f.seqs, e.Seq)
	}
	f.gone = f.gone || e.Gone
}

// send sends a message until it is accepted, with the same id each time, and returns its seq.
func (f *follower) send(ctx context.Context, id string) (seq uint64) {
	for ctx.Err() == nil {
		body := strings.NewReader(`{"message":"m","id":"` + id + `"}`)
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+f.p.addr+"/api/v1/messages", body)
		if err != nil {
			return 0
		}
		req.Header.Set("Authorization", "Bearer "+f.token)
		answer, err := http.DefaultClient.Do(req)
		if err == nil {
			var sent struct{ Seq uint64 }
			text, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK && json.Unmarshal(text, &sent) == nil {
				return sent.Seq
			}
		}
		time.Sleep(10 * time.Millisecond) // it is being started again
	}
	return 0
}

// Programs that send and listen while the server is killed and started again lose nothing, and get nothing twice.
func TestStream_LosesNothingOverKills(t *testing.T) {
	p := newProgram(t)
	p.start()
	f := &follower{p: p, token: p.token("add", "-name", "both", "-publish", "everyone", "-read", "everyone", "-rate", "0")}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var running sync.WaitGroup
	listening, stop := context.WithCancel(ctx)
	running.Go(func() {
		for place := "0"; listening.Err() == nil; {
			place = f.read(listening, place)
		}
	})
	accepted := make([][]uint64, 4)
	for worker := range accepted {
		running.Go(func() {
			for i := range 150 {
				accepted[worker] = append(accepted[worker], f.send(ctx, fmt.Sprint(worker, "-", i)))
			}
		})
	}
	for i := range 3 {
		time.Sleep(time.Duration(100+50*i) * time.Millisecond) // somewhere among the messages
		p.kill()
		p.start()
	}
	all := f.wait(ctx, 600)
	stop()
	running.Wait()
	want := slices.Sorted(slices.Values(slices.Concat(accepted...)))
	if f.gone || !slices.Equal(all, want) {
		t.Errorf("gone: %v; %d accepted, %d heard: %v, %v", f.gone, len(want), len(all), want, all)
	}
}

// wait waits until so many messages were heard, and returns their seqs as they came.
func (f *follower) wait(ctx context.Context, n int) []uint64 {
	for ; ; time.Sleep(20 * time.Millisecond) {
		f.mu.Lock()
		seqs := slices.Clone(f.seqs)
		f.mu.Unlock()
		if len(seqs) >= n || ctx.Err() != nil {
			return seqs
		}
	}
}
