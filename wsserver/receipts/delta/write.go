package delta

import (
	"encoding/binary"
	"hash/crc32"
)

// Writer codes deltas into batches. The zero value must be given a generation by Restart. It is not for several goroutines.
type Writer struct {
	// Shared has each batch be of the second form, and a generation of its own.
	Shared bool

	generation uint64
	next       uint64 // number of the next delta
	persons    uint64 // how many have a number in this generation
	topics     map[string]uint64

	batch []byte // the one that is being filled; nil: none is
	first uint64 // its number
	to    uint64 // of the delta before
	at    int64
}

// Person is a person's number, kept by the caller. The zero value has none yet.
type Person struct{ generation, number uint64 }

// Restart begins a generation, in which nobody has a number, with the delta next. What is in the open batch must have been
// taken.
func (w *Writer) Restart(generation, next uint64) {
	*w = Writer{Shared: w.Shared, generation: generation, next: next, topics: map[string]uint64{}}
}

// Generation returns the present one.
func (w *Writer) Generation() uint64 { return w.generation }

// Next returns the number of the next delta.
func (w *Writer) Next() uint64 { return w.next }

// Size returns how many bytes the open batch has, 0 if there is none.
func (w *Writer) Size() int { return len(w.batch) }

// Add adds a delta to the open batch. p is that of the person whom it is about, nil where it is about nobody.
func (w *Writer) Add(d *Delta, p *Person) {
	if w.batch == nil {
		w.open(d)
	}
	var personNumber, topicNumber uint64
	has := fields[d.Kind]
	if has&ofPerson != 0 {
		personNumber = w.personNumber(d.UserID, p)
	}
	if has&ofTopic != 0 {
		topicNumber = w.topicNumber(d.Topic)
	}
	w.add(d, personNumber, topicNumber)
}

func (w *Writer) personNumber(userID string, p *Person) uint64 {
	if p.generation != w.generation || p.number == 0 {
		w.persons++
		*p = Person{w.generation, w.persons}
		w.add(&Delta{Kind: person, Text: userID}, w.persons, 0)
	}
	return p.number
}

func (w *Writer) topicNumber(name string) uint64 {
	n, ok := w.topics[name]
	if !ok {
		n = uint64(len(w.topics)) + 1
		w.topics[name] = n
		w.add(&Delta{Kind: topic, Text: name}, 0, n)
	}
	return n
}

// open begins a batch. Its seqs and times count from those of its first delta.
func (w *Writer) open(d *Delta) {
	w.first, w.to, w.at = w.next, d.To, d.At
	w.batch = make([]byte, 0, 1024)
	form := byte(version)
	if w.Shared {
		form = sharedVersion
	}
	w.batch = append(w.batch, form)
	for _, n := range []uint64{w.generation, w.first, w.to} {
		w.batch = binary.AppendUvarint(w.batch, n)
	}
	w.batch = binary.AppendVarint(w.batch, w.at)
}

// add codes one delta.
func (w *Writer) add(d *Delta, personNumber, topicNumber uint64) {
	has := fields[d.Kind]
	b := append(w.batch, byte(d.Kind)|flag(d.Received, received)|flag(d.Read, read))
	if has&ofPerson != 0 {
		b = binary.AppendUvarint(b, personNumber)
	}
	if has&ofTopic != 0 {
		b = binary.AppendUvarint(b, topicNumber)
	}
	if has&to != 0 {
		b = binary.AppendVarint(b, int64(d.To-w.to)) //nolint:gosec // it wraps, and is read the same way
		w.to = d.To
	}
	if has&span != 0 {
		b = binary.AppendUvarint(b, d.To-d.From)
	}
	if has&at != 0 {
		b = binary.AppendVarint(b, d.At-w.at)
		w.at = d.At
	}
	if has&text != 0 {
		b = appendText(b, d.Text)
	}
	if has&list != 0 {
		b = binary.AppendUvarint(b, uint64(len(d.List)))
		for _, s := range d.List {
			b = appendText(b, s)
		}
	}
	w.batch = b
	w.next++
}

func flag(set bool, bit byte) byte {
	if set {
		return bit
	}
	return 0
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// Take ends the open batch and returns it with the number of its first delta; nil if there is none.
func (w *Writer) Take() (batch []byte, first uint64) {
	if w.batch == nil {
		return nil, 0
	}
	batch = binary.LittleEndian.AppendUint32(w.batch, crc32.ChecksumIEEE(w.batch))
	first = w.first
	if w.batch = nil; w.Shared {
		w.Restart(w.generation+1, w.next)
	}
	return batch, first
}
