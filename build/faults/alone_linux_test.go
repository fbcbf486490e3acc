package faults

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"belfry/build/machines"
)

// This file is one machine alone that loses its power: what it has accepted or said to be saved is there when it is back.

// saved is something that the operator is told is saved, and how one sees whether it is.
type saved struct {
	do, see fields
	// has is in the answer to see, or is not.
	has   string
	isNot bool
}

// savedThings are in files of their own, beside the log. ID in one is what the answer before has in the field id.
var savedThings = []saved{
	{fields{"action": "set_name", "name": "Saved"}, fields{"action": "state"}, `"name":"Saved"`, false},
	{fields{"action": "set_settings", "undo_seconds": 7}, fields{"action": "settings"}, `"undo_seconds":7`, false},
	{fields{"action": "create_token", "name": "Printer"}, fields{"action": "tokens"}, `"name":"Printer"`, false},
	{fields{"action": "remove_token", "token": "ID"}, fields{"action": "tokens"}, `"name":"Printer"`, true},
	{
		fields{"action": "create_webhook", "url": "http://192.0.2.9/saved", "events": []string{"message"}, "private": true},
		fields{"action": "webhooks"},
		`http://192.0.2.9/saved`, false,
	},
	{fields{"action": "remove_webhook", "webhook": "ID"}, fields{"action": "webhooks"}, `http://192.0.2.9/saved`, true},
	{fields{"action": "set_password", "password": "correct horse battery"}, fields{"action": "settings"}, `"password":true`, false},
	{fields{"action": "set_password", "password": ""}, fields{"action": "settings"}, `"password":true`, true},
}

func TestPower_OneMachineLosesNothingAccepted(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program")
	}
	if err := machines.TryDisk(t.TempDir()); err != nil {
		t.Skip(err)
	}
	length, seed := settings(t)
	rounds := 2
	if length > 0 {
		rounds = 20
	}
	r := gather(t, plan(t, program(t), 1), size{senders: 9, listeners: 3, people: 3, think: 20 * time.Millisecond}, seed, false)
	s := newSummary()
	for range rounds {
		pause(t.Context(), time.Duration(1+r.random.IntN(2))*seconds)
		r.round(t.Context(), s, aimed{powerFaults[0], (*room).anyone}, seconds/2)
		r.verdict(t.Context(), s)
	}
	t.Log(s)
}

// Nobody writes meanwhile: a commit of the log would have all files be on the disk.
func TestPower_WhatIsSavedIsThere(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program")
	}
	if err := machines.TryDisk(t.TempDir()); err != nil {
		t.Skip(err)
	}
	r := gather(t, plan(t, program(t), 1), size{}, 1, false)
	r.gate.shut(patience) // the operator writes nothing either
	operator, m, id := r.client("operator", 0), r.machines[0], ""
	for _, one := range savedThings {
		for name, value := range one.do {
			if value == "ID" {
				one.do[name] = id
			}
		}
		answer := operator.mustAsk(t.Context(), one.do)
		if err := machines.LosePower(m); err != nil {
			t.Fatal(err)
		}
		operator.leave()
		id = idIn(answer.text)
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
		if err := m.Await(patience); err != nil {
			t.Fatal(err)
		}
		if got := operator.mustAsk(t.Context(), one.see); strings.Contains(got.text, one.has) == one.isNot {
			t.Errorf("%v was said to be done, and after the power was lost: %.400s", one.do, got.text)
		}
	}
	operator.leave()
	// Beside the program, a verb of the command line.
	name := "Beside"
	r.command("token", "add", "-name", name, "-data", m.Dir)
	if err := machines.LosePower(m); err != nil {
		t.Fatal(err)
	}
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
	if out := r.command("token", "list", "-data", m.Dir); !strings.Contains(out, name) {
		t.Errorf("the token that was made beside the program is gone: %q", out)
	}
}

// mustAsk asks for a verb that is to be done.
func (c *client) mustAsk(ctx context.Context, verb fields) frame {
	c.t.Helper()
	verb["id"] = fmt.Sprint(verb["action"])
	answer, err := c.ask(ctx, verb)
	if err == nil && answer.Type == "error" {
		err = refusal{answer}
	}
	if err != nil {
		c.t.Fatalf("%v: %v", verb, err)
	}
	return answer
}

var ids = regexp.MustCompile(`"(?:token|webhook)":\{"id":"([^"]+)"`)

// idIn is the id of what an answer tells of, "" where there is none.
func idIn(answer string) string {
	if found := ids.FindStringSubmatch(answer); found != nil {
		return found[1]
	}
	return ""
}

// command is what a verb of the program prints.
func (r *room) command(args ...string) string {
	r.t.Helper()
	out, err := exec.CommandContext(r.t.Context(), r.bin, args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}
