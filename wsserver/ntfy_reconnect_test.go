package wsserver_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/transport"
	"belfry/wsserver/wstest"
)

// However often a subscriber loses its connection, and comes back with the id of the last message that it has: it is told
// each message once, in order, and none is lost. What it asks for as what is kept is the same.
func TestNtfy_NothingTwiceNothingLostOverReconnects(t *testing.T) {
	for seed := range uint64(8) {
		inRoom(t, func(t *testing.T, r *room) {
			random := rand.New(rand.NewPCG(seed, 1))
			token := r.speaker()
			paths := []string{"/general,kitchen,everyone/json", "/kitchen,general,everyone/ws"}
			var want, got []string
			last := "none"
			hear := func(line string) {
				if e := ntfyEventOf(t, line); e.Event == "message" {
					got = append(got, e.Message)
					last = e.ID
				}
			}
			for range 12 {
				listen := r.listenFor(token, paths[random.IntN(2)]+"?since="+last)
				for range random.IntN(6) {
					want = append(want, fmt.Sprint(len(want)))
					r.broadcast(operator.Broadcast{Message: want[len(want)-1], Topic: []string{"general", "kitchen", ""}[random.IntN(3)]})
					time.Sleep(time.Duration(random.IntN(2)) * time.Second)
				}
				for _, line := range listen() {
					hear(line)
				}
				if len(got) > 0 { // without an id there is nothing to come back to
					away := random.IntN(10)
					if away == 0 {
						away = 300 // more than is read at once
					}
					for range away {
						want = append(want, fmt.Sprint(len(want)))
						r.broadcast(operator.Broadcast{Message: want[len(want)-1], Topic: "general"})
					}
				}
			}
			for _, line := range r.follow(token, paths[0]+"?since="+last).take() {
				hear(line)
			}
			if !slices.Equal(got, want) {
				t.Errorf("seed %d: %d messages were heard, of %d", seed, len(got), len(want))
			}
			if kept := r.follow(token, "/general,kitchen,everyone/json?poll=1").texts(); !slices.Equal(kept, want) {
				t.Errorf("seed %d: %d messages are kept, of %d", seed, len(kept), len(want))
			}
		})
	}
}

// listenFor opens a stream, or a WebSocket where the path asks for one. hang ends it, and returns its lines.
func (r *room) listenFor(token, path string) (hang func() []string) {
	r.t.Helper()
	if strings.Contains(path, "/ws?") {
		c := r.socket(token, path)
		return func() []string { defer c.Cut(); return framesOf(c) }
	}
	l := r.follow(token, path)
	return func() []string { defer l.end(); return l.take() }
}

// A program that has stalled costs nobody else anything, and is let go.
func TestNtfy_AStalledListenerHurtsNobody(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		token := r.speaker()
		stalled, err := r.listen.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer stalled.Close()
		req := request(t, "GET", "/general/json", "Authorization", "Bearer "+token)
		if err := req.Write(stalled); err != nil {
			t.Fatal(err)
		}
		other, page := r.follow(token, "/general/json"), r.person("ana", "general")
		page.Drain()
		start := time.Now()
		var want []string
		for i := range 40 {
			text := fmt.Sprint(i, strings.Repeat("x", 50_000))
			want = append(want, text)
			r.broadcast(operator.Broadcast{Message: text, Topic: "general"})
		}
		wantTexts(t, other, want...)
		wantMessages(t, page, want...)
		if took := time.Since(start); took > 0 {
			t.Errorf("the others waited %v", took)
		}
		time.Sleep(transport.WriteTimeout + time.Second)
		if got, err := io.ReadAll(stalled); err != nil || len(got) > 40*50_000/2 {
			t.Errorf("the stalled one was sent %d bytes, error %v", len(got), err)
		}
	})
}

// Nor does one that has stalled hold up the end of the server, whichever way it listens.
func TestDoors_AStalledListenerDoesNotHoldUpTheEnd(t *testing.T) {
	for _, path := range []string{"/general/ws", "/general/json", "/stream"} {
		inRoom(t, func(t *testing.T, r *room) {
			token := r.speakerOf("general")
			if path == "/general/json" {
				stalled, err := r.listen.Dial(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer stalled.Close()
				if err := request(t, "GET", path, "Authorization", "Bearer "+token).Write(stalled); err != nil {
					t.Fatal(err)
				}
			} else {
				wstest.DialMute(t, r.listen.Dial, path+"?token="+token)
			}
			for range 40 {
				r.broadcast(operator.Broadcast{Message: strings.Repeat("x", 50_000), Topic: "general"})
			}
			start := time.Now()
			if err := r.Close(t.Context()); err != nil || time.Since(start) > wsserver.CloseTimeout {
				t.Errorf("%s: closed after %v, error %v", path, time.Since(start), err)
			}
		})
	}
}
