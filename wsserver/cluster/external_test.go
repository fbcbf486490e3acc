package cluster

import (
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
)

// Two machines on a NATS that runs by itself, which is one server: the order has one copy there.
func TestExternal_TwoMachinesOnOneNATS(t *testing.T) {
	o := &server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, NoSigs: true, NoLog: true,
		Username: "belfry", Password: "word",
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(readyTimeout) {
		t.Fatal("the NATS does not start")
	}
	at := strings.Replace(s.ClientURL(), "nats://", "nats://belfry:word@", 1)
	var list []*Engine
	for i := range 2 {
		list = append(list, New(Options{Node: fmt.Sprintf("m%d", i+1), Name: "ours", External: at, Dir: t.TempDir(), Logger: testLogger(t)}))
	}
	logs := openAll(t, list)
	follow(logs...)
	for i, l := range logs {
		if r := say(t, l, fmt.Sprint(i)); r.Seq != uint64(i+1) {
			t.Errorf("seq %d", r.Seq)
		}
	}
	await(t, logs...)

	other := New(Options{Node: "m3", Name: "ours", External: strings.Replace(at, "word", "wrong", 1), Dir: t.TempDir(), Logger: testLogger(t)})
	_, err = other.OpenLog(t.Context(), other.o.Dir)
	wantProblem(t, err, "cannot reach the NATS at 127.0.0.1")
	if strings.Contains(fmt.Sprint(err), "wrong") {
		t.Errorf("the password is in %v", err)
	}
}

func TestCheckVersion(t *testing.T) {
	for version, want := range map[string]bool{"2.15.0": true, "2.15.2": true, "v2.16.1": true, "3.0.0": true, "2.14.9": false, "2.9.10": false, "": false, "x.y": false} {
		err := checkVersion(version)
		if (err == nil) != want {
			t.Errorf("%q: %v", version, err)
		}
		if err != nil {
			wantProblem(t, err, "2.15 or later")
		}
	}
}
