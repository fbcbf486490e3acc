package wsserver_test

import (
	"context"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// This file tests who becomes a guest where a claim is durable, but the claimant has not joined.

// wantDemoted expects the error of a demotion, and that the client is sent nothing private of the person's.
func wantDemoted(t *testing.T, r *room, c *wstest.Client) {
	t.Helper()
	if f := c.ExpectError("identity_taken"); f.Field != "user_id" || f.Action != "" {
		t.Errorf("told %s", f.Text)
	}
	r.broadcast(operator.Broadcast{Message: "private", UserID: "ana"})
	wantMessages(t, c)
}

// The claimant's connection ends between the claim and the join: its address is blocked. The claim and the block wait for
// another claim, so that they are in one group, and the grant is in a later one.
func TestClaim_MakesGuestsOfOthersWhereTheClaimantHasGone(t *testing.T) {
	log := newKindLog()
	inRoom(t, func(t *testing.T, r *room) {
		offered, other := r.client(), r.client()
		offered.Hello("ana", "")
		r.access("code")
		code := r.accessState().Code
		earlier, grant := log.block(t, "person"), log.block(t, "let_in")
		other.Send(hello("ben", ""))
		synctest.Wait()
		claimant := wstest.Dial(t, from(r, "10.0.0.7"), "/ws/client", nil)
		claimant.Send(hello("ana", code))
		synctest.Wait()
		over, wait := begin(func() error { return r.Block(t.Context(), "", "10.0.0.7", "") })
		if over() {
			t.Fatal("the block does not wait for the other claim")
		}
		earlier()
		synctest.Wait()
		if !over() {
			t.Fatal("the block waits for the grant")
		}
		grant()
		if err := wait(); err != nil {
			t.Fatal(err)
		}
		claimant.ExpectError("not_allowed")
		wantDemoted(t, r, offered)
	}, withLog(log))
}

// failingLog keeps no record of one kind.
type failingLog struct {
	msglog.Log
	kind string
}

func (l failingLog) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	_, records := wstest.Parts(changes)
	for _, r := range records {
		if r.Kind == l.kind {
			return nil, wire.ErrNotKept
		}
	}
	return l.Log.Append(ctx, changes)
}

// The claimant's grant is not kept. The server's own token for the user_id, which another client has, comes too late.
func TestClaim_MakesAGuestOfOneThatBindsTooLate(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		offered := r.client()
		offered.Hello("ana", "")
		r.access("code")
		claimant := r.pending()
		claimant.Send(hello("ana", r.accessState().Code))
		claimant.ExpectError("not_kept")
		offered.SendText(`{"action":"history","id":"1"}`) // the next frame binds
		wantDemoted(t, r, offered)
	}, withLog(failingLog{msglog.NewMemory(), "let_in"}))
}

// The claimant's grant is not kept. Another client of the user_id says nothing more: it becomes a guest all the same.
func TestClaim_MakesGuestsOfOthersWhereTheGrantIsNotKept(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		offered := r.client()
		offered.Hello("ana", "")
		r.access("code")
		claimant := r.pending()
		claimant.Send(hello("ana", r.accessState().Code))
		claimant.ExpectError("not_kept")
		wantDemoted(t, r, offered)
	}, withLog(failingLog{msglog.NewMemory(), "let_in"}))
}
