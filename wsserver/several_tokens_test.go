package wsserver_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/token"
	"belfry/wsserver/wstest"
)

// An access token works at every server of a room, until it is removed at any.

// works reports whether a token opens the API of a server.
func works(t *testing.T, r *room, secret string) bool {
	t.Helper()
	answer, _ := r.do(request(t, "GET", "/api/v1/topics", "Authorization", "Bearer "+secret))
	return answer.StatusCode == 200
}

func tokenNames(r *room) (list []string) {
	for _, t := range r.Tokens().Tokens {
		list = append(list, t.Name)
	}
	return list
}

func TestSeveral_Tokens(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(20 * time.Millisecond)
		made := s[0].createToken(operator.NewToken{Name: "grafana", Read: []string{"all"}})
		time.Sleep(time.Second)
		if !works(t, s[0].room, made.Secret) || !works(t, s[1].room, made.Secret) {
			t.Error("it does not work at both")
		}
		wantTaken(t, helloSlow(s[1].client(), "ana", "grafana"), "grafana 2")
		stream := request(t, "GET", "/api/v1/stream", "Authorization", "Bearer "+made.Secret)
		ended := make(chan struct{})
		go func() { s[0].do(stream); close(ended) }()
		time.Sleep(time.Second)
		if err := s[1].RemoveToken(t.Context(), made.Token.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		select {
		case <-ended:
		default:
			t.Error("what it does at the other server goes on")
		}
		if works(t, s[0].room, made.Secret) || works(t, s[1].room, made.Secret) {
			t.Error("it works after its end")
		}
	})
}

// Of two tokens of one name that are made at once, one is made.
func TestSeveral_TokensOfOneName(t *testing.T) {
	inRooms(t, 2, func(t *testing.T, s []server) {
		s[1].view.SetDelay(20 * time.Millisecond)
		made := make(chan error, 2)
		for i := range s {
			go func() {
				_, err := s[i].CreateToken(t.Context(), operator.NewToken{Name: "grafana", Read: []string{"all"}})
				made <- err
			}()
		}
		if a, b := <-made, <-made; (a == nil) == (b == nil) {
			t.Errorf("answered %v and %v", a, b)
		}
		time.Sleep(time.Second)
		for i := range s {
			if list := tokenNames(s[i].room); len(list) != 1 {
				t.Errorf("server %d has %q", i, list)
			}
		}
	})
}

// What the command line makes and removes beside one server works and ends at all. The tokens of a folder in use are the room's, those
// of one that joins are not, and back on one machine they are in its file.
func TestSeveral_TokensOfFolders(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	add := func(dir, name string) string {
		_, secret, err := store(t, dir).Add(name, token.Rights{Read: []string{"all"}, Rate: 1})
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	old, strange := add(first, "old"), add(second, "strange")
	var later string
	synctest.Test(t, func(t *testing.T) {
		shared := wstest.NewSharedLog()
		own, err := sqlite.Open(first)
		if err != nil {
			t.Fatal(err)
		}
		one := newRoom(t, inFolder(first, shared.View(own)))
		two := newRoom(t, inFolder(second, shared.View(msglog.NewMemory())))
		time.Sleep(2 * time.Second)
		for _, r := range []*room{one, two} {
			if !works(t, r, old) || works(t, r, strange) {
				t.Errorf("the token of the folder in use works: %v, that of the one that joins: %v", works(t, r, old), works(t, r, strange))
			}
		}
		later = add(second, "later")
		time.Sleep(2 * time.Second)
		if !works(t, one, later) || !works(t, two, later) {
			t.Errorf("what the command line has made works here: %v, there: %v", works(t, one, later), works(t, two, later))
		}
		if _, err := store(t, first).Remove("old"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		if works(t, one, old) || works(t, two, old) {
			t.Error("what the command line has removed works")
		}
		n := 0
		for _, e := range two.Audit(operator.AuditQuery{}).Entries {
			if e.What == "token_created" || e.What == "token_removed" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d of 2 changes are noted", n)
		}
		if !store(t, first).IsRooms() || !store(t, second).IsRooms() {
			t.Error("the files do not say that they are copies")
		}
	})
	for range 2 {
		inRoom(t, func(t *testing.T, r *room) {
			if list := tokenNames(r); !slices.Equal(list, []string{"later"}) || !works(t, r, later) {
				t.Errorf("alone again it has %q", list)
			}
			if store(t, first).IsRooms() {
				t.Error("alone, its file says that it is a copy")
			}
		}, func(c *wsserver.Config) {
			c.Dir = first
			c.OpenLog = func(dir string) (msglog.Log, error) { return sqlite.Open(dir) }
		})
	}
}
