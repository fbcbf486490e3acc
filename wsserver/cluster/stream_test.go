package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// One copy of the stream has lost messages without a word: they are had from the leader, each in its place.
func TestRead_WhatACopyHasLostComesFromTheLeader(t *testing.T) {
	p := &parts{nc: plainNATS(t)}
	e := New(Options{Node: "a", Name: "room"})
	copyHas, leaderLacks := []int{1, 2, 5, 6}, 0
	answer(t, p.nc, "$JS.API.DIRECT.GET.BELFRY_room", func(m *nats.Msg) {
		for _, position := range copyHas {
			reply := nats.NewMsg(m.Reply)
			reply.Header.Set("Nats-Sequence", strconv.Itoa(position))
			reply.Header.Set("Nats-Time-Stamp", time.Unix(int64(position), 0).UTC().Format(time.RFC3339Nano))
			reply.Data = fmt.Append(nil, position)
			_ = p.nc.PublishMsg(reply) // the test would end without it
		}
		end := nats.NewMsg(m.Reply)
		end.Header.Set("Status", "204")
		_ = p.nc.PublishMsg(end)
	})
	answer(t, p.nc, "$JS.API.STREAM.MSG.GET.BELFRY_room", func(m *nats.Msg) {
		var position int
		_, _ = fmt.Sscanf(string(m.Data), `{"seq":%d}`, &position)
		if position == leaderLacks {
			_ = m.Respond([]byte(`{"error":{"code":404,"err_code":10037,"description":"no message found"}}`))
			return
		}
		at := time.Unix(int64(position), 0).UTC().Format(time.RFC3339Nano)
		_ = m.Respond(fmt.Appendf(nil, `{"message":{"subject":"x","seq":%d,"data":"%s","time":%q}}`, position, []string{3: "Mw==", 4: "NA=="}[position], at))
	})
	read := func() (got []string, n int, err error) {
		n, err = e.read(p, 1, func(s message) error {
			got = append(got, fmt.Sprintf("%d %s %d", s.position, s.data, s.time.Unix()))
			return nil
		})
		return got, n, err
	}
	want := []string{"1 1 1", "2 2 2", "3 3 3", "4 4 4", "5 5 5", "6 6 6"}
	if got, n, err := read(); !slices.Equal(got, want) || n != 6 || err != nil {
		t.Errorf("read %q, %d, error %v", got, n, err)
	}
	leaderLacks = 4
	if got, _, err := read(); !slices.Equal(got, want[:3]) || !errors.Is(err, errHole) {
		t.Errorf("where the leader lacks one too: %q, error %v", got, err)
	}
}

// plainNATS is a connection to a NATS in this process that has no streams.
func plainNATS(t *testing.T) *nats.Conn {
	t.Helper()
	s, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(s.Shutdown)
	nc, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func answer(t *testing.T, nc *nats.Conn, subject string, f nats.MsgHandler) {
	t.Helper()
	if _, err := nc.Subscribe(subject, f); err != nil {
		t.Fatal(err)
	}
}
