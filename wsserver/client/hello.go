package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"belfry/wsserver/hub"
	"belfry/wsserver/identity"
	"belfry/wsserver/msglog"
	"belfry/wsserver/names"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// A hello is answered in steps, each of which uses the result of the one before:
//
//	check           the frame itself                                    checkHello
//	await           what the client has seen at another server          recovery.go
//	admit           whether it is admitted, waits or is refused         admit.go
//	identify        whose user_id it is                                 identify.go
//	reserve         the name
//	claim, record   what must be durable before the answer
//	join            the others, from a position on; welcome             join
//	catch up        what it missed up to that position                  recovery.go
//	begin           the ranges in which receipts count                  receipts.go
//
// From admit to join the person is locked (identity.Store.Lock): nobody blocks, frees or claims the user_id in between, so
// nothing has to be checked twice. Catching up waits for the socket, and happens without that lock.

// helloRequest is a hello whose frame is well formed.
type helloRequest struct {
	*wire.Request
	name *string // in its cleaned form; nil if none was given
	// newID is the user_id that the client gets if it names none and has none.
	newID string
}

// joined is the position at which a client has joined, and the streams that it follows from there.
type joined struct {
	position uint64
	topics   []string // of its request
	before   []string // of a subscribe before the hello, in which receipts count from now on
	streams  []msglog.Stream
}

// hello gives the client its identity and joins those of the topics named that exist. A later hello changes the name. With
// since, the client is sent a recovery before anything live.
func (c *Client) hello(r *wire.Request, head wire.RequestHead) error {
	q, err := c.checkHello(r)
	if err != nil || !awaitPlace(c, r) {
		return err
	}
	c.catching <- struct{}{}
	j, err := c.withPerson(r.UserID, func() (*joined, error) { return c.enter(q) })
	if j == nil {
		<-c.catching
		return err
	}
	missed := recoveryOf(c, r, j, j.topics)
	missed.counted = append([]string{""}, j.topics...)
	missed.start(head)
	return nil
}

// checkHello checks only the frame. A pending client that names nobody is given the user_id under which it waits.
func (c *Client) checkHello(r *wire.Request) (*helloRequest, error) {
	name, err := names.CheckOptional(r.Name)
	if err != nil {
		return nil, err
	}
	if d := c.pending.Load(); d != nil && c.State() != hub.In && r.UserID == "" {
		r.UserID = d.userID
	}
	return &helloRequest{r, name, strings.ToLower(rand.Text())}, c.checkTopics(r.Topics)
}

// wantedID returns the user_id that a hello names; if it names none, the client's own or the one made for it.
func (c *Client) wantedID(q *helloRequest) string {
	if me := c.UserID(); q.UserID == "" && !identity.IsGuest(me) {
		return me
	}
	return cmp.Or(q.UserID, q.newID)
}

// enter runs the steps from admit to join, under the person's lock. If both results are nil, the client waits in the lobby
// or was ended with an error.
func (c *Client) enter(q *helloRequest) (*joined, error) {
	before, userID := c.UserID(), c.wantedID(q)
	if c.endIfBlocked(q.Action, userID) {
		return nil, nil
	}
	in, err := c.admit(q, userID)
	if in == nil {
		return nil, err
	}
	as, err := c.identify(q.Request, userID)
	if err != nil {
		return nil, err
	}
	as.Made, as.Muted = isMade(c, q, userID), c.service.isMuted(c.Identity())
	uncount, ok := mayBeNew(c, userID, in)
	if !ok {
		return enterAsGuest(c, q, as, in, before)
	}
	if err := reserveAndClaim(c, as, q, in); err != nil {
		uncount()
		return nil, err
	}
	if err := record(c, q, as, in); err != nil {
		return nil, err
	}
	return c.join(q, as, before)
}

// record makes durable, in addition to the claim, that the person was admitted or is muted.
func record(c *Client, q *helloRequest, as *hub.IdentityChange, in *admitted) error {
	if err := c.service.recordGrant(as.UserID, cmp.Or(q.Token, c.offered), in); err != nil {
		return err
	}
	if as.Proved {
		return c.service.moveMute(c.Identity(), as.UserID)
	}
	return nil
}

// join has the client join the others under its identity, and answers its hello. From then on live messages are queued,
// until the caller resumes them.
//
// Joining is most of the work of a hello, and waits for nobody: so only few do it at once, in their order.
func (c *Client) join(q *helloRequest, as *hub.IdentityChange, before string) (*joined, error) {
	turn, err := c.service.source.joining.Take(context.Background()) // each lasts a moment
	if err != nil {
		return nil, err
	}
	defer turn.End()
	topics, added, removed := topicsOf(c, as.UserID, q.Topics)
	j := &joined{topics: topics}
	var ok bool
	if j.position, ok = c.pauseAndJoin(as, j.topics); !ok {
		return nil, errBehind
	}
	if c.UserID() != as.UserID { // the connection has ended
		c.ResumeLive()
		return nil, nil
	}
	joinedNow := j.topics
	if c.SetGreeted() || as.UserID != before {
		c.gaplessFrom = nil
		joinedNow = c.Topics()
	}
	me := c.Identity()
	asks := unanswered(c, q, me, j.position)
	c.service.ledger.Connect(&c.device, me.UserID, me.Name, j.position, joinedNow)
	c.Send(slices.Concat(c.welcome(j.position, q.name, asks), wire.Encode(wire.TopicsFrame{Type: "topics", Topics: c.service.topics.All()}), c.service.mutedFrame(me), changedFrames(added, removed)))
	tellSeen(c)
	j.before = joinedNow
	j.streams = append(personStreams(me), topicStreams(j.topics)...)
	return j, nil
}

// maxAsks is how many messages a page is asked about that it is not sent.
const maxAsks = 10

// unanswered is what waits for the person and is not sent to this page: of everything if it is a further device of somebody who
// was here before, and of what the recovery that it asks for may leave out. Everyone's seqs are counted for that, which are at
// least as many as the person's.
func unanswered(c *Client, q *helloRequest, me *hub.Identity, position uint64) []uint64 {
	if !me.Proved {
		return nil
	}
	out := receipts.LeftOut{UpTo: position, Since: position, PrivateSince: c.service.identities.PrivateSince(me.UserID)}
	if q.Since != nil {
		out.Since, _ = msglog.PlaceOf(c.service.source.log, *q.Since, q.Epoch)
		limit := uint64(limitOf(q.Limit))
		if position <= out.Since+limit {
			return nil
		}
		out.UpTo = position - limit
	}
	return c.service.ledger.Unanswered(me.UserID, out, maxAsks)
}

// openTopics returns those of topics that exist and are open, each once.
func (s *Service) openTopics(topics []string) (open []string) {
	for _, t := range unique(topics) {
		if k, ok := s.topics.Get(t); ok && !k.Archived {
			open = append(open, t)
		}
	}
	return open
}

// pauseAndJoin joins the hub (nil: under the present identity), and queues live messages until ResumeLive. If the client is
// out of the fan-out, it does nothing and reports false. catching is held.
func (c *Client) pauseAndJoin(as *hub.IdentityChange, topics []string) (position uint64, ok bool) {
	c.PauseLive(func() bool {
		position, ok = c.service.hub.Join(&c.Peer, as, topics)
		return ok
	})
	return position, ok
}

// welcome includes the name if it is not the one that was asked for.
func (c *Client) welcome(seq uint64, asked *string, asks []uint64) []byte {
	name := c.Identity().Name
	if asked != nil && *asked == name {
		name = ""
	}
	return wire.Encode(wire.WelcomeFrame{
		Type: "welcome", Protocol: wire.ProtocolVersion, UserID: c.UserID(), Token: c.offered, Epoch: c.service.source.log.Epoch(), Seq: seq,
		Time: wire.Time(time.Now()), Limits: wire.Limits(c.service.settings.Effective().MaxTopics), Name: name, Asks: asks,
		Nodes: c.service.peers.URLs(), CutOff: c.service.peers.Status().CutOff,
	})
}

// personStreams are a client's streams other than topics, as far as it may read them from the log.
func personStreams(me *hub.Identity) []msglog.Stream {
	streams := []msglog.Stream{{Audience: msglog.AudienceEveryone}}
	if me.Proved || me.Made {
		streams = append(streams, msglog.Stream{Audience: msglog.AudiencePrivate, Name: me.UserID})
	}
	return streams
}

func topicStreams(topics []string) (streams []msglog.Stream) {
	for _, t := range topics {
		streams = append(streams, msglog.Stream{Audience: msglog.AudienceTopic, Name: t})
	}
	return streams
}

func unique(names []string) (list []string) {
	for _, t := range names {
		if !slices.Contains(list, t) {
			list = append(list, t)
		}
	}
	return list
}
