package wsserver_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

func (r *room) grants() operator.GrantsAnswer {
	r.t.Helper()
	var a operator.GrantsAnswer
	r.ask("grants", nil, &a)
	return a
}

// A thief came in with a lost card, and has gone again: with the new card he is out.
func TestRenewedCard_PutsOutWhoCameInByTheOldOne(t *testing.T) {
	for name, stay := range map[string]bool{"by default": false, "unless told otherwise": true} {
		t.Run(name, func(t *testing.T) {
			inRoom(t, func(t *testing.T, r *room) {
				r.access("list")
				ana, bo := r.card("Ana Lima"), r.card("Bo")
				thief, still, other := r.pending(), r.pending(), r.pending()
				wantAdmitted(thief, "thief", ana.Code)
				thief.Close()
				wantAdmitted(still, "still-in", ana.Code)
				wantAdmitted(other, "bo", bo.Code)
				args := map[string]any{"entry": ana.ID}
				if stay {
					args["put_out"] = false
				}
				var renewed operator.RenewAnswer
				r.ask("renew_entry", args, &renewed)
				if want := map[bool]int{false: 2, true: 0}[stay]; renewed.PutOut != want || renewed.Entry.Code == ana.Code || renewed.Entry.Name != "Ana Lima" {
					t.Errorf("answered %+v", renewed)
				}
				back := r.pending()
				if stay {
					wantAdmitted(back, "thief", "")
				} else {
					still.ExpectError("removed")
					wantClose(t, still, 4001, "")
					wantRefused(t, back, hello("thief", ""), "code_needed")
					wantRefused(t, back, hello("thief", ana.Code), "code_wrong")
					wantAdmitted(back, "thief", renewed.Entry.Code)
				}
				if other.Closed() || still.Closed() != !stay {
					t.Error("the wrong one was put out")
				}
			})
		})
	}
}

// A hello with the old code that is under way meanwhile comes before, and is put out, or after, and is refused.
func TestRenewedCard_NobodySlipsInMeanwhile(t *testing.T) {
	for range 50 {
		inRoom(t, func(t *testing.T, r *room) {
			r.access("list")
			ana := r.card("Ana Lima")
			thieves := []*wstest.Client{r.pending(), r.pending(), r.pending(), r.pending()}
			var renewing sync.WaitGroup
			for i, c := range thieves {
				renewing.Go(func() { c.Send(hello(fmt.Sprint("thief-", i), ana.Code)) })
			}
			renewing.Go(func() { r.ask("renew_entry", map[string]any{"entry": ana.ID}, &operator.RenewAnswer{}) })
			renewing.Wait()
			synctest.Wait()
			for i, c := range thieves {
				c.Cut()
				wantRefused(t, r.pending(), hello(fmt.Sprint("thief-", i), ""), "code_needed")
			}
			if n := r.grants().Count; n != 0 {
				t.Errorf("%d are still let in", n)
			}
		})
	}
}

// Anyone can lay in identities with the digits: new ones, or a new QR code, end those where the operator wants that.
func TestNewCode_EveryoneComesInAnewWhereAsked(t *testing.T) {
	for _, verb := range []string{"new_code", "new_secret"} {
		for _, anew := range []bool{false, true} {
			inRoom(t, func(t *testing.T, r *room) {
				r.access("code")
				code := r.accessState().Code
				for _, id := range []string{"u1", "u2", "u3"} {
					c := r.pending()
					wantAdmitted(c, id, code)
					c.Close()
				}
				inside := r.pending()
				wantAdmitted(inside, "u4", code)
				var answer operator.EndedAnswer
				r.ask(verb, map[string]any{"anew": anew}, &answer)
				if want := map[bool]int{false: 0, true: 4}[anew]; answer.Ended != want || r.grants().Count != 4-want {
					t.Errorf("%s, %v: %d ended, %d left", verb, anew, answer.Ended, r.grants().Count)
				}
				c := r.pending()
				if anew {
					wantRefused(t, c, hello("u1", ""), "code_needed")
				} else {
					wantAdmitted(c, "u1", "")
				}
				if inside.Closed() {
					t.Error("who is in was put out")
				}
			})
		}
	}
}

func TestGrants_AreListedAndEnd(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.access("list")
		ana := r.card("Ana Lima")
		c := r.pending()
		wantAdmitted(c, "ana", ana.Code)
		r.access("code")
		sleeper := r.pending()
		wantAdmitted(sleeper, "sleeper", r.accessState().Code)
		sleeper.Close()
		got := r.grants()
		if got.Count != 2 || len(got.Grants) != 2 {
			t.Fatalf("%+v", got)
		}
		by := map[string]operator.GrantInfo{}
		for _, g := range got.Grants {
			by[g.UserID] = g
		}
		if g := by["ana"]; g.By != "list" || g.Entry != "Ana Lima" || g.Name != "Ana Lima" || !g.Connected || g.Since == "" || g.Seen == "" {
			t.Errorf("ana %+v", g)
		}
		if g := by["sleeper"]; g.By != "code" || g.Entry != "" || g.Name != "sleeper" || g.Connected {
			t.Errorf("the sleeper %+v", g)
		}
		d := r.dashboard()
		for _, args := range []map[string]any{nil, {"user_id": "ana", "all": true}} {
			wantVerbRefused(t, d, "bad_frame", "end_grants", args)
		}
		wantVerbRefused(t, d, "unknown_user", "end_grants", map[string]any{"user_id": "nobody"})
		var ended operator.EndedAnswer
		r.ask("end_grants", map[string]any{"user_id": "sleeper"}, &ended)
		wantRefused(t, r.pending(), hello("sleeper", ""), "code_needed")
		if ended.Ended != 1 || r.grants().Count != 1 || c.Closed() {
			t.Errorf("%d ended", ended.Ended)
		}
		r.ask("end_grants", map[string]any{"all": true, "put_out": true}, &ended)
		c.ExpectError("removed")
		wantClose(t, c, 4001, "")
		if ended.Ended != 1 || r.grants().Count != 0 || !noted(r.Audit(auditNewest).Entries, "grants_ended") {
			t.Errorf("%d ended", ended.Ended)
		}
	})
}
