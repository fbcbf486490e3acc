package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"belfry/wsserver/wire"
)

// This file is the stream: one for each cluster, which the first machine makes. Its making is the order's beginning, and says
// in its metadata what the log was by then.

const (
	// apiTimeout is how long one question to NATS itself may take: early ones are dropped unanswered.
	apiTimeout = 3 * time.Second
	// infoTimeout is how long one question about the stream may take. It costs nothing to ask again, and a server that has just
	// connected with the others loses the first one.
	infoTimeout = 500 * time.Millisecond
	// The stream keeps streamAge or streamBytes, whichever is less: who was away for longer takes a copy of another's file.
	streamAge   = 24 * time.Hour
	streamBytes = 2 << 30
	// duplicates is how long the stream itself refuses what it has. Longer ago it is applied once all the same.
	duplicates = 2 * time.Minute
	// copies is on how many machines the order is kept.
	copies = 3
)

// Keys of the stream's metadata.
const (
	metaOrder  = "belfry_order"  // the order's identity
	metaEpoch  = "belfry_epoch"  // of the log with which it began
	metaLast   = "belfry_last"   // the newest seq of that log
	metaEmpty  = "belfry_empty"  // "true": nothing was in that log
	metaFormat = "belfry_format" // of commands, when it began
)

// origin is how an order began.
type origin struct {
	order, epoch string
	last         uint64
	empty        bool
}

func (o *Options) streamName() string  { return "BELFRY_" + o.Name }
func (o *Options) logSubject() string  { return "belfry." + o.Name + ".log" }
func (o *Options) tailSubject() string { return "belfry." + o.Name + ".tail" }

// errNoStream: nobody has begun the order yet.
var errNoStream = errors.New("there is no order yet")

// streamInfo asks for the stream.
func (e *Engine) streamInfo(ctx context.Context, p *parts) (*jetstream.StreamInfo, error) {
	s, err := p.js.Stream(ctx, e.o.streamName())
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, errNoStream
	}
	if err != nil {
		return nil, err
	}
	return s.CachedInfo(), nil
}

// originOf reads how the order began.
func originOf(info *jetstream.StreamInfo) (o origin, err error) {
	m := info.Config.Metadata
	o = origin{order: m[metaOrder], epoch: m[metaEpoch], empty: m[metaEmpty] == "true"}
	o.last, err = strconv.ParseUint(m[metaLast], 10, 64)
	if err != nil || o.order == "" || o.epoch == "" {
		return o, &wire.Problem{Code: "cluster", Message: "The NATS stream " + info.Config.Name + " is not Belfry's.", Hint: "Choose another name with -cluster-name."}
	}
	if format, err := strconv.Atoi(m[metaFormat]); err != nil || format > commandVersion {
		return o, &wire.Problem{Code: "cluster", Message: "The other machines run a newer version of Belfry.", Hint: "Install that version here too."}
	}
	return o, nil
}

// found makes the stream, with which the order begins. Where another machine was faster, that is no error: it is the other's.
func (e *Engine) found(ctx context.Context, p *parts, o origin) error {
	config := jetstream.StreamConfig{
		Name: e.o.streamName(), Subjects: []string{e.o.logSubject()}, Storage: jetstream.FileStorage, Replicas: e.copies(),
		MaxAge: streamAge, MaxBytes: streamBytes, MaxMsgs: e.o.keeps, Discard: jetstream.DiscardOld, Duplicates: duplicates, AllowDirect: true,
		DenyDelete: true, DenyPurge: true, MaxConsumers: -1,
		RePublish: &jetstream.RePublish{Source: e.o.logSubject(), Destination: e.o.tailSubject()},
		Metadata: map[string]string{
			metaOrder: o.order, metaEpoch: o.epoch, metaLast: fmt.Sprint(o.last), metaEmpty: strconv.FormatBool(o.empty), metaFormat: fmt.Sprint(commandVersion),
		},
	}
	_, err := p.js.CreateStream(ctx, config)
	var api *jetstream.APIError
	if errors.As(err, &api) && api.ErrorCode == codeNoReplicas && e.o.External != "" {
		config.Replicas = 1 // a NATS that is one server
		_, err = p.js.CreateStream(ctx, config)
	}
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return nil
	}
	return err
}

// codeNoReplicas is NATS's error where a stream has more copies than there are servers.
const codeNoReplicas = 10074

func (e *Engine) copies() int {
	if e.o.External == "" && len(e.o.Others) == 0 {
		return 1
	}
	return copies
}

// newOrder draws an order's identity.
func newOrder() string { return rand.Text() }

// message is one of the stream.
type message struct {
	position uint64
	time     time.Time
	data     []byte
}

// messageOf reads what NATS says of a message of the stream in its headers.
func messageOf(m *nats.Msg) (s message, err error) {
	if s.position, err = strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64); err != nil {
		return s, err
	}
	s.time, err = time.Parse(time.RFC3339Nano, m.Header.Get("Nats-Time-Stamp"))
	s.data = m.Data
	return s, err
}

const (
	// batchMessages and batchBytes bound one answer of the stream, batchTimeout how long a message of it may take.
	batchMessages = 256
	batchBytes    = 4 << 20
	batchTimeout  = time.Second
)

// read calls each for the messages of the stream from a position on, as many as one batch has, in order, and stops at its
// error. Any copy of the stream answers.
func (e *Engine) read(p *parts, from uint64, each func(message) error) (n int, err error) {
	inbox := p.nc.NewInbox()
	sub, err := p.nc.SubscribeSync(inbox)
	if err != nil {
		return 0, err
	}
	defer func() { _ = sub.Unsubscribe() }() // it ends with the connection too
	request := fmt.Sprintf(`{"seq":%d,"batch":%d,"max_bytes":%d,"next_by_subj":%q}`, from, batchMessages, batchBytes, e.o.logSubject())
	if err := p.nc.PublishRequest("$JS.API.DIRECT.GET."+e.o.streamName(), inbox, []byte(request)); err != nil {
		return 0, err
	}
	for {
		m, err := sub.NextMsg(batchTimeout)
		if err != nil {
			return n, err
		}
		if m.Header.Get("Status") != "" { // the end of the batch, or nothing there
			return n, nil
		}
		s, err := messageOf(m)
		if err == nil && s.position == e.o.lost {
			continue
		}
		for err == nil && from+uint64(n) < s.position {
			var lacking message
			if lacking, err = e.readFromLeader(p, from+uint64(n)); err == nil {
				err = each(lacking)
				n++
			}
		}
		if err == nil {
			err = each(s)
		}
		if err != nil {
			return n, err
		}
		n++
	}
}

// readFromLeader returns one message as the stream's leader has it. A copy whose disk has lost a message passes over it in
// silence. errHole: the leader does not have it either.
func (e *Engine) readFromLeader(p *parts, position uint64) (s message, err error) {
	if position == e.o.lost {
		return s, errHole
	}
	answer, err := p.nc.Request("$JS.API.STREAM.MSG.GET."+e.o.streamName(), fmt.Appendf(nil, `{"seq":%d}`, position), apiTimeout)
	if err != nil {
		return s, err
	}
	var got struct {
		Message *struct {
			Data []byte    `json:"data"`
			Time time.Time `json:"time"`
		} `json:"message"`
	}
	if err := json.Unmarshal(answer.Data, &got); err != nil {
		return s, err
	}
	if got.Message == nil {
		return s, errHole
	}
	return message{position, got.Message.Time, got.Message.Data}, nil
}
