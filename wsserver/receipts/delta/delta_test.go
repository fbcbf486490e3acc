package delta

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"reflect"
	"testing"
)

var some = []Delta{
	{Kind: Open, UserID: "ana", Topic: " everyone", To: 41},
	{Kind: Begin, UserID: "ana", Topic: "kitchen", To: 40},
	{Kind: Advance, UserID: "ana", Topic: "kitchen", From: 41, To: 43, At: 1_700_000_000_000, Received: true, Read: true},
	{Kind: Advance, UserID: "ben", Topic: "kitchen", From: 42, To: 42, At: 1_600_000_000_000, Received: true},
	{Kind: Close, UserID: "ana", Topic: " everyone", To: 1},
	{Kind: Reopen, UserID: "ana", Topic: " everyone"},
	{Kind: Seen, UserID: "ana", At: -5},
	{Kind: Connected, UserID: "ana"},
	{Kind: Here, UserID: "ana"},
	{Kind: Gone, UserID: "ana"},
	{Kind: Name, UserID: "ana", Text: "Ana"},
	{Kind: Reserved, UserID: "ana"},
	{Kind: Looked, UserID: "zoë", To: 1 << 63},
	{Kind: Settled, UserID: "zoë", To: 3},
	{Kind: Assigned, UserID: "ana", List: []string{"hall", ""}},
	{Kind: Removed, UserID: "ana"},
	{Kind: Forget, UserID: "ana"},
}

// shared are those of servers that share a log.
var shared = []Delta{
	{Kind: Resume, UserID: "ana", Topic: " everyone", To: 41},
	{Kind: Pruned, To: 12},
	{Kind: Left, UserID: "ana", Topic: " present@x@y", To: 43, At: 1_700_000_000_000},
	{Kind: RunEnded, Topic: "x", To: 40, At: 1_600_000_000_000},
	{Kind: Advance, UserID: "ben", Topic: "kitchen", From: 42, To: 42, At: 1_600_000_000_000, Received: true},
	{Kind: Forgotten, UserID: "ana", At: 1},
	{Kind: Expired, UserID: "zoë", To: 1 << 63, At: 2},
}

// code writes deltas in batches of so many.
func code(list []Delta, each int) (batches [][]byte) { return codeWith(Writer{}, list, each) }

func codeWith(w Writer, list []Delta, each int) (batches [][]byte) {
	w.Restart(3, 100)
	persons := map[string]*Person{}
	for i, d := range list {
		if persons[d.UserID] == nil {
			persons[d.UserID] = new(Person)
		}
		if w.Add(&d, persons[d.UserID]); i%each == each-1 || i == len(list)-1 {
			b, _ := w.Take()
			batches = append(batches, b)
		}
	}
	return batches
}

func TestBatches_AreReadAsTheyWereWritten(t *testing.T) {
	for each := 1; each <= len(some); each++ {
		var r Reader
		var got []Delta
		next := uint64(100)
		for _, b := range code(some, each) {
			after, err := r.Read(b, func(number uint64, d *Delta) {
				if number < next {
					t.Errorf("number %d after %d", number, next)
				}
				next = number + 1
				got = append(got, *d)
			})
			if err != nil || after < next || r.Generation() != 3 {
				t.Fatalf("next %d, generation %d, error %v", after, r.Generation(), err)
			}
		}
		if !reflect.DeepEqual(got, some) {
			t.Errorf("in batches of %d: %+v\nwant %+v", each, got, some)
		}
	}
}

// Where several servers share a log each batch is read alone, and an earlier program refuses it.
func TestBatches_OfServersThatShareALog(t *testing.T) {
	list := append(append([]Delta{}, some...), shared...)
	for each := 1; each <= len(list); each++ {
		var got []Delta
		for i, b := range codeWith(Writer{Shared: true}, list, each) {
			if b[0] != sharedVersion {
				t.Fatalf("form %d", b[0])
			}
			var r Reader
			n := uint64(0)
			next, err := r.Read(b, func(number uint64, d *Delta) {
				n++
				got = append(got, *d)
			})
			if err != nil || r.Generation() != uint64(3+i) || next < r.First()+n {
				t.Fatalf("batch %d: from %d to %d, generation %d, error %v", i, r.First(), next, r.Generation(), err)
			}
		}
		if !reflect.DeepEqual(got, list) {
			t.Errorf("in batches of %d: %+v\nwant %+v", each, got, list)
		}
	}
}

// A receipt of a person who is known takes a few bytes.
func TestBatches_AreSmall(t *testing.T) {
	var w Writer
	w.Restart(1, 1)
	persons := make([]Person, 5000)
	add := func(i int) {
		w.Add(&Delta{
			Kind: Advance, UserID: "3f0c1d6a-3f6f-4e52-9c9b-6f7f0e6c5d11", Topic: "general", From: uint64(1000 + i), To: uint64(1003 + i),
			At: 1_700_000_000_000 + int64(i)/10, Received: true, Read: i%2 == 0,
		}, &persons[i*7919%len(persons)])
	}
	for i := range persons {
		add(i)
	}
	w.Take()
	for i := range persons {
		add(i)
	}
	b, _ := w.Take()
	if n := float64(len(b)) / float64(len(persons)); n > 8 {
		t.Errorf("%.1f bytes a receipt", n)
	}
}

// Each byte that is changed makes the batch unreadable, and nothing of it is taken; the batches after it are read but for
// what they need of it.
func TestBatches_DamageIsSaid(t *testing.T) {
	batches := code(some, 6)
	for i := range batches[0] {
		b := append([]byte(nil), batches[0]...)
		b[i] ^= 1 << (i % 8)
		var r Reader
		if _, err := r.Read(b, func(uint64, *Delta) { t.Error("something was read") }); err == nil {
			t.Errorf("byte %d: no error", i)
		}
	}
	var r Reader
	var got []Kind
	_, err := r.Read(batches[2], func(_ uint64, d *Delta) { got = append(got, d.Kind) })
	if !errors.Is(err, ErrDamaged) || !reflect.DeepEqual(got, []Kind{Looked, Settled}) {
		t.Errorf("read %v, error %v; want what is about the one person whose number is known", got, err)
	}
	if _, err := r.Read([]byte{sharedVersion + 1, 0, 0, 0, 0, 0}, nil); !errors.Is(err, ErrNewer) {
		t.Errorf("a newer version: %v", err)
	}
}

// Whatever bytes there are, reading ends, and what is read can be written and is then read the same.
func FuzzRead(f *testing.F) {
	for _, b := range append(code(some, 4), codeWith(Writer{Shared: true}, shared, 4)...) {
		f.Add(b[:len(b)-crc32.Size])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
		var r, again Reader
		var list, same []Delta
		_, _ = r.Read(b, func(_ uint64, d *Delta) { list = append(list, *d) })
		for _, b := range code(list, 5) {
			if _, err := again.Read(b, func(_ uint64, d *Delta) { same = append(same, *d) }); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(list, same) {
			t.Errorf("%+v\nread again %+v", list, same)
		}
		for _, d := range list {
			if d.Kind == Advance && d.From > d.To {
				t.Errorf("from %d to %d", d.From, d.To)
			}
		}
	})
}
