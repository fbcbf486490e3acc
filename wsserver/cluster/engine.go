package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"belfry/wsserver/internal/folder"
	"belfry/wsserver/msglog"
	"belfry/wsserver/peers"
	"belfry/wsserver/sqlite"
	"belfry/wsserver/wire"
)

// Options say which machine this is, and how it reaches the others.
type Options struct {
	// Node is this machine's name, Name the cluster's: letters, digits, - and _.
	Node, Name string
	// Listen is where the other machines reach this one, Others where it reaches them, each a host and a port. Together they are
	// one, three or five.
	Listen string
	Others []string
	Key    Key
	// External is a NATS that runs by itself, in place of Listen, Others and Key.
	External string
	// Dir is where the engine keeps its part of the order.
	Dir string
	// Witness: the machine has a part of the order, and no room.
	Witness bool
	// Logger; nil: slog.Default().
	Logger *slog.Logger
	// Failed is called once, where the machine can apply no more and must stop; nil: nobody is told.
	Failed func(*wire.Problem)

	using *server.Server // External in this process, of tests
	lost  uint64         // a position that no copy of the stream has, of tests; 0: none
	keeps int64          // how many messages the stream keeps, of tests; 0: as many as there is room for
}

// Engine connects one machine with the others. New makes one; nothing runs until OpenLog. It is a peers.Engine, and safe for
// concurrent use.
type Engine struct {
	o      Options
	run    string
	secret string        // of this program, with its own server
	number atomic.Uint64 // of the newest group of this run, also of an earlier log of this program

	handlers
	watch

	mu     sync.Mutex // guards what follows
	parts  *parts     // nil: it is not open
	failed *wire.Problem
}

// parts are what an open engine runs on.
type parts struct {
	server *server.Server // nil: external
	nc     *nats.Conn
	js     jetstream.JetStream
	log    *Log // nil: a witness, or it is still joining
	stop   context.CancelFunc
	ctx    context.Context // ends with stop
	loops  sync.WaitGroup

	starting sync.Mutex // guards ended
	ended    bool       // nothing more is started in loops
}

// begin runs f in a goroutine that close waits for, unless it has ended.
func (p *parts) begin(f func()) {
	p.starting.Lock()
	defer p.starting.Unlock()
	if !p.ended {
		p.loops.Go(f)
	}
}

// New returns an engine that is not open yet.
func New(o Options) *Engine {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	e := &Engine{o: o, run: rand.Text(), secret: rand.Text()}
	e.heard = map[string]beat{}
	return e
}

// Node is the name of this machine.
func (e *Engine) Node() string { return e.o.Node }

// Machines is how many there are where all are there. A NATS of one's own does not say: it is taken for a room of three.
func (e *Engine) Machines() int {
	if e.o.External != "" {
		return copies
	}
	return len(e.o.Others) + 1
}

// Run is drawn at random for each engine.
func (e *Engine) Run() string { return e.run }

// OpenLog connects with the other machines, and opens the log in dir as one of theirs, once it has applied all that they have.
// It blocks until then, or until ctx ends. Closing the log ends everything. Errors are *wire.Problem.
func (e *Engine) OpenLog(ctx context.Context, dir string) (msglog.Log, error) {
	removeCopies(e.o.Dir)
	p, err := e.open(ctx)
	if err != nil {
		return nil, problemOf(err)
	}
	own, err := sqlite.OpenShared(dir)
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	l := newLog(e, p, own)
	if l.file, err = e.join(ctx, p, own, dir); err == nil {
		back(e)
		err = l.catchUp(ctx)
	}
	for errors.Is(err, errHole) { // a disk has lost it, but a machine that has applied it has what came of it
		at := l.Place()
		if l.file, err = e.takeCopy(ctx, l.file, dir, origin{order: at.Order}, at.Position+2); err == nil {
			err = l.catchUp(ctx)
		}
	}
	if sqlite.IsDamaged(err) && l.Place().Order != "" {
		err = asideProblem(e, "The log of this machine is damaged.")
	}
	if err != nil {
		return nil, problemOf(errors.Join(err, l.Close()))
	}
	if err := l.start(); err != nil {
		return nil, problemOf(errors.Join(err, l.Close()))
	}
	e.mu.Lock()
	p.log = l
	e.mu.Unlock()
	e.judge(p) // it has just caught up
	return l, nil
}

// Stand runs a witness until ctx ends. Its error is a *wire.Problem.
func (e *Engine) Stand(ctx context.Context, ready func()) error {
	if err := os.MkdirAll(e.o.Dir, 0o700); err != nil {
		return folder.Problem(e.o.Dir, err)
	}
	p, err := e.open(ctx)
	if err != nil {
		return problemOf(err)
	}
	switch err := e.awaitMajority(ctx, p); {
	case err == nil:
		ready()
		<-ctx.Done()
	case ctx.Err() == nil:
		return problemOf(errors.Join(err, e.close()))
	}
	return e.close()
}

// problemOf is why the engine could not open.
func problemOf(err error) error {
	var p *wire.Problem
	if errors.As(err, &p) {
		return p
	}
	return &wire.Problem{
		Code: "cluster", Message: "Belfry cannot be one of several machines: " + wire.Reason(err) + ".", Err: err,
		Hint: "Check -cluster, -cluster-listen and -cluster-key; docs/cluster.md says how they belong together.",
	}
}

// open starts the engine's server, connects to it, and begins to watch.
func (e *Engine) open(ctx context.Context) (*parts, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.parts != nil {
		return nil, errors.New("it is open already")
	}
	p := &parts{}
	if err := e.connect(ctx, p); err != nil {
		p.close()
		return nil, err
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	if err := e.subscribe(p); err != nil {
		p.close()
		return nil, err
	}
	e.parts = p
	p.begin(func() { e.watchAll(p) })
	return p, nil
}

// close ends everything. The log, if there is one, has ended.
func (e *Engine) close() error {
	e.mu.Lock()
	p := e.parts
	e.parts = nil
	e.mu.Unlock()
	if p == nil {
		return nil
	}
	e.serving.Store(false)
	e.publishTo(p, subjectLeave, nil)
	_ = p.nc.FlushTimeout(flushTimeout) // others notice by themselves too
	p.close()
	p.loops.Wait()
	e.removeState()
	return nil
}

// close ends what was opened, as far as it was.
func (p *parts) close() {
	p.starting.Lock()
	p.ended = true
	p.starting.Unlock()
	if p.stop != nil {
		p.stop()
	}
	if p.nc != nil {
		p.nc.Close()
	}
	if p.server != nil {
		p.server.Shutdown()
		p.server.WaitForShutdown()
	}
}

// opened returns what runs, nil if nothing does.
func (e *Engine) opened() *parts {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.parts
}

// logOf is the log of an engine that has one.
func (e *Engine) logOf(p *parts) *Log {
	e.mu.Lock()
	defer e.mu.Unlock()
	return p.log
}

// fail stops applying for good, with what the operator is told.
func (e *Engine) fail(p *wire.Problem) {
	e.mu.Lock()
	again := e.failed != nil
	if !again {
		e.failed = p
	}
	e.mu.Unlock()
	if again {
		return
	}
	e.o.Logger.Error("this machine stops", "reason", p.Message)
	if e.o.Failed != nil {
		e.o.Failed(p)
	}
}

func (e *Engine) failure() *wire.Problem {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failed
}

// flushTimeout is how long the last words of a machine may take.
const flushTimeout = 200 * time.Millisecond

var _ peers.Engine = (*Engine)(nil)
