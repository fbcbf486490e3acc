package test

import (
	"fmt"
	"testing"
	"time"

	"belfry/wsserver/receipts"
	"belfry/wsserver/wstest"
)

// kill -9 loses no acknowledgement and no recipient, and of what was read only what is younger than two flushes, whether
// the deltas of it were merged before or not.
func TestFault_AKillLosesTheNewestReceiptsAlone(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	p.start()
	const people = 20
	type counts struct{ Sent, Received, Read, Acked int }
	ask := func(seq uint64) counts {
		t.Helper()
		var answer struct{ Receipts []counts }
		p.dashboard().Ask("receipts", map[string]any{"seqs": []uint64{seq}}, &answer)
		if len(answer.Receipts) != 1 {
			t.Fatalf("receipts of %d: %+v", seq, answer)
		}
		return answer.Receipts[0]
	}
	say := func() uint64 {
		var said struct{ Seq uint64 }
		p.dashboard().Ask("broadcast", map[string]any{"message": "x", "ack": "OK"}, &said)
		return said.Seq
	}
	kept := map[uint64]counts{}
	for round := range 4 {
		devices := make([]*wstest.Client, people)
		for i := range devices {
			devices[i] = p.person(fmt.Sprint("person", i))
		}
		read := say()
		for _, c := range devices {
			c.SendText(fmt.Sprintf(`{"action":"read","seq":%d}`, read))
		}
		time.Sleep(3 * receipts.FlushEvery)
		kept[read] = counts{people + round*people/2, people, people, 0}
		for i := range people / 2 {
			devices = append(devices, p.person(fmt.Sprint("person", people+round*people+i))) // at the last moment
		}
		acked := say()
		devices[0].SendText(fmt.Sprintf(`{"action":"ack","seq":%d}`, acked))
		devices[0].Expect("message")
		devices[0].Expect("message")
		devices[0].Expect("acked")
		p.kill() // at once
		p.start()
		want := people + (round+1)*people/2
		if got := ask(acked); got.Sent != want || got.Acked != 1 {
			t.Errorf("round %d: %+v, want %d recipients, one of whom has acknowledged", round, got, want)
		}
		for seq, want := range kept {
			if got := ask(seq); got != want {
				t.Errorf("round %d, announcement %d: %+v, want %+v", round, seq, got, want)
			}
		}
	}
}
