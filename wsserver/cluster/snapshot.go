package cluster

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// This file copies one machine's file to another, which lacks more than the stream has: it is asked for, made by the other, and
// fetched in chunks, each of which may be asked for again.

const (
	subjectCopy  = "_copy"
	subjectChunk = "_chunk"

	copyChunk = 512 << 10
	// copyKept is how long after its last chunk was fetched a copy is kept, copyTimeout how long making one may take, and
	// chunkTimeout how long a chunk.
	copyKept     = time.Minute
	copyTimeout  = 10 * time.Minute
	chunkTimeout = 5 * time.Second
	chunkTries   = 20
	copyBegins   = 3 * time.Second
)

// offer is a copy that another machine has made.
type offer struct {
	ID       string `json:"id"` // "": it is being made
	Order    string `json:"order"`
	Position uint64 `json:"position"`
	Size     int64  `json:"size"`
	Sum      string `json:"sum"`
}

// chunkRequest asks for a part of a copy.
type chunkRequest struct {
	ID string `json:"id"`
	At int64  `json:"at"`
}

// copier makes copies of this machine's file for others, one at a time.
type copier struct {
	l *Log

	mu     sync.Mutex // guards what follows
	made   offer
	file   string
	making bool
	remove *time.Timer
}

// serveCopies begins to answer who asks for a copy.
func (l *Log) serveCopies() {
	c := &copier{l: l}
	l.e.Handle(subjectCopy, c.offered)
	l.e.Handle(subjectChunk, c.chunk)
}

// offered answers with the copy, or begins to make one.
func (c *copier) offered(string, []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.l.spread.has(c.l.Damaged()) {
		return nil
	}
	if c.made.ID == "" && !c.making {
		c.making = true
		c.l.p.begin(c.make)
	}
	o := c.made
	if o.ID == "" {
		at := c.l.Place()
		o.Order, o.Position = at.Order, at.Position
	}
	b, err := json.Marshal(o)
	if err != nil {
		return nil
	}
	return b
}

// make makes a copy.
func (c *copier) make() {
	file := newCopy(c.l.e.o.Dir)
	o, err := c.copyTo(file)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.making = false
	if err != nil {
		c.l.e.o.Logger.Error("copy the log for another machine", "error", err)
		_ = os.Remove(file)
		return
	}
	c.made, c.file = o, file
	c.remove = time.AfterFunc(copyKept, c.forget)
	context.AfterFunc(c.l.p.ctx, c.forget)
}

func (c *copier) copyTo(file string) (o offer, err error) {
	ctx, cancel := context.WithTimeout(c.l.p.ctx, copyTimeout)
	defer cancel()
	at := c.l.Place() // the copy is at least there
	if err := c.l.CopyTo(ctx, file); err != nil {
		if sqlite.IsDamaged(err) {
			c.l.NoteDamage(sqlite.Damage{})
		}
		return o, err
	}
	if err := c.l.checkCopy(ctx, file); err != nil {
		return o, err
	}
	sum, size, err := sumOf(file)
	return offer{ID: rand.Text(), Order: at.Order, Position: at.Position, Size: size, Sum: sum}, err
}

// newCopy is the name of a copy in a data folder.
func newCopy(dir string) string { return filepath.Join(dir, "copy-"+rand.Text()+".db") }

// removeCopies removes the copies that an earlier program has left.
func removeCopies(dir string) {
	left, err := filepath.Glob(filepath.Join(dir, "copy-*.db*"))
	if err != nil {
		return // of a folder whose name is a pattern: they stay
	}
	for _, file := range left {
		_ = os.Remove(file) // it is tried again at the next start
	}
}

// forget removes a copy that nobody fetches.
func (c *copier) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made.ID != "" {
		c.remove.Stop()
		_ = os.Remove(c.file)
		c.made, c.file = offer{}, ""
	}
}

// chunk answers with a part of the copy.
func (c *copier) chunk(_ string, data []byte) []byte {
	var r chunkRequest
	c.mu.Lock()
	defer c.mu.Unlock()
	if json.Unmarshal(data, &r) != nil || r.ID == "" || r.ID != c.made.ID {
		return nil
	}
	c.remove.Reset(copyKept)
	f, err := os.Open(c.file)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // only read from
	b := make([]byte, copyChunk)
	n, err := f.ReadAt(b, r.At)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil
	}
	return b[:n]
}

func sumOf(file string) (sum string, size int64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = f.Close() }() // only read from
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// takeCopy replaces the file of dir by another machine's, which has the order from before first on. own is put aside.
func (e *Engine) takeCopy(ctx context.Context, own *sqlite.Shared, dir string, o origin, first uint64) (*sqlite.Shared, error) {
	e.o.Logger.Info("taking a copy of another machine's messages")
	from, has, err := e.awaitCopy(ctx, o, first)
	if err != nil {
		return own, err
	}
	file := newCopy(dir)
	defer func() { _ = os.Remove(file) }() // it is elsewhere by then
	if err := e.fetch(ctx, from, has, file); err != nil {
		return own, err
	}
	if err := own.Close(); err != nil {
		return own, err
	}
	if err := putInPlace(file, filepath.Join(dir, sqlite.File)); err != nil {
		return own, err
	}
	taken, err := sqlite.OpenShared(dir)
	if err != nil {
		return own, err
	}
	if at := taken.Place(); at.Order != o.order || at.Position+1 < first {
		return taken, fmt.Errorf("the copy is of position %d, and %d is needed", at.Position, first)
	}
	return taken, nil
}

// putInPlace puts a log where another one is, which is kept beside it.
func putInPlace(file, place string) error {
	aside := place + "." + time.Now().UTC().Format("20060102-150405") + ".old"
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(place+suffix, aside+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return atomicfile.Rename(file, place)
}

// awaitCopy asks until another machine has made a copy that goes far enough.
func (e *Engine) awaitCopy(ctx context.Context, o origin, first uint64) (from string, best offer, err error) {
	for said := time.Now(); ; {
		if time.Since(said) > waitingSays {
			said = time.Now()
			e.o.Logger.Info("waiting for a copy: no other machine has made one yet that is whole", "here", e.o.Node, "reached", e.others())
		}
		ask, cancel := context.WithTimeout(ctx, copyBegins)
		e.Ask(ask, subjectCopy, nil, func(name string, answer []byte) {
			var has offer
			if json.Unmarshal(answer, &has) == nil && has.ID != "" && has.Order == o.order && has.Position+1 >= first && (best.ID == "" || has.Position > best.Position) {
				from, best = name, has
			}
		})
		cancel()
		if best.ID != "" {
			return from, best, nil
		}
		if err := pause(ctx, time.Second); err != nil {
			return "", best, err
		}
	}
}

// fetch writes a copy to a file.
func (e *Engine) fetch(ctx context.Context, from string, has offer, file string) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	for at := int64(0); at < has.Size && err == nil; {
		var chunk []byte
		if chunk, err = e.fetchChunk(ctx, from, has.ID, at); err == nil {
			_, err = f.Write(chunk)
			at += int64(len(chunk))
		}
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if sum, _, err := sumOf(file); err != nil || sum != has.Sum {
		return errors.Join(errors.New("the copy of another machine's messages did not come whole"), err)
	}
	return nil
}

func (e *Engine) fetchChunk(ctx context.Context, from, id string, at int64) (chunk []byte, err error) {
	request, err := json.Marshal(chunkRequest{id, at})
	if err != nil {
		return nil, err
	}
	for range chunkTries {
		ask, cancel := context.WithTimeout(ctx, chunkTimeout)
		e.Ask(ask, subjectChunk, request, func(name string, answer []byte) {
			if name == from && len(answer) > 0 {
				chunk = answer
				cancel() // nobody else has it
			}
		})
		cancel()
		if len(chunk) > 0 || ctx.Err() != nil {
			return chunk, ctx.Err()
		}
	}
	return nil, &wire.Problem{
		Code: "cluster", Message: "The machine " + from + " stopped sending its copy of the messages.",
		Hint: "Start Belfry again once the other machines run.",
	}
}

// isPassing reports whether an error of NATS's may be gone in a moment.
func isPassing(err error) bool {
	for _, passing := range []error{
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrConnectionClosed, nats.ErrConnectionReconnecting, nats.ErrBadSubscription,
		nats.ErrSlowConsumer, context.DeadlineExceeded, errNoStream,
	} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}
