package faults

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"belfry/build/machines"
)

// This file is pairs of strangers who claim the same user_id at the same time, at two machines: one of them gets it.

// claim is one user_id with the token that it belongs to, and the one that was refused.
type claim struct{ userID, winner, loser string }

// rivals claims one user_id after the other.
func (c *client) rivals(ctx context.Context) {
	for n := 1; c.gate.enter(ctx); n++ {
		c.moveOn()
		here, there := c.home, c.home
		for there == here {
			c.moveOn()
			there = c.home
		}
		c.contest(ctx, fmt.Sprint("rival-", n), here, there)
		c.gate.exit()
		pause(ctx, c.between(time.Second, 3*time.Second))
	}
}

func (c *client) contest(ctx context.Context, userID string, where ...*machines.Machine) {
	tokens := []string{tokenOf(userID) + "-one", tokenOf(userID) + "-two"}
	var group sync.WaitGroup
	codes := make([]string, len(tokens))
	for i, token := range tokens {
		group.Go(func() { codes[i] = claimAs(ctx, where[i], userID, token) })
	}
	group.Wait()
	switch {
	case codes[0] == "welcome" && codes[1] == "welcome":
		c.told.fault("%s was claimed twice, at %s and at %s", userID, where[0].Name, where[1].Name)
	case codes[0] == "welcome":
		c.told.claim(claim{userID, tokens[0], tokens[1]})
	case codes[1] == "welcome":
		c.told.claim(claim{userID, tokens[1], tokens[0]})
	}
}

// claimAs says hello at a machine, and returns "welcome", the code of the refusal, or "" where there was no answer.
func claimAs(ctx context.Context, m *machines.Machine, userID, token string) string {
	l, err := dial(ctx, m, "")
	if err != nil {
		return ""
	}
	defer l.close()
	_, err = l.hello(userID, fields{"token": token, "name": "Name " + token})
	var no refusal
	if errors.As(err, &no) {
		return no.Code
	}
	if err != nil {
		return ""
	}
	return "welcome"
}

// checkClaims asks each machine who the newest claims belong to.
func (r *room) checkClaims(ctx context.Context, v *verdict) {
	for _, c := range r.told.takeClaims() {
		for _, m := range r.machines {
			if got := claimAs(ctx, m, c.userID, c.winner); got != "welcome" {
				v.add(&v.unequal, "whom %s belongs to is answered %q at %s", c.userID, got, m.Name)
			}
			if got := claimAs(ctx, m, c.userID, c.loser); got != "identity_taken" {
				v.add(&v.unequal, "whom %s does not belong to is answered %q at %s", c.userID, got, m.Name)
			}
		}
	}
}
