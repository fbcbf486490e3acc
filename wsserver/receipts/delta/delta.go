// Package delta writes changes of the receipts' ledger in a few bytes each: thousands of people read several messages a
// second, and a row for each of them would be hundreds of bytes, written again with the next message.
//
// A Delta is one change of what is known of one person. Deltas are numbered without holes, and are written in batches, each
// of which is the value of one record. In a batch, persons and topics are numbers that an earlier delta of the same
// generation has given them, and seqs and times are differences to those of the delta before.
//
// Where several servers share a log, batches of several writers come one after another. Each is then a generation of its own,
// so that it can be read alone, and the log says which numbers it has.
//
// A batch ends with a checksum. One that is damaged is left out as a whole, and so are later deltas about persons or topics
// that it numbered. No delta needs those before it to be understood in another way: what can be read is true.
package delta

// Kind is what a delta changes.
type Kind byte

// Kinds of deltas. Their numbers are on disk and never change.
const (
	person Kind = 1 // gives a person a number
	topic  Kind = 2 // gives a topic, or another membership, a number

	Begin     Kind = 3  // a device is sent everything of Topic after To
	Advance   Kind = 4  // From to To of Topic was Received, Read or both, At
	Forget    Kind = 5  // nothing is known of the person any more
	Open      Kind = 6  // a membership of Topic begins with To
	Reopen    Kind = 7  // the last membership of Topic goes on
	Close     Kind = 8  // the membership of Topic ends with To
	Connected Kind = 9  // the person has a connection
	Seen      Kind = 10 // the last connection ended At
	Name      Kind = 11 // the person's name is Text
	Reserved  Kind = 12 // the name that nobody else may take is Text
	Here      Kind = 13 // it was told that the person is here
	Gone      Kind = 14 // it was told that the person has left
	Looked    Kind = 15 // the operator has seen what the person wrote up to To
	Settled   Kind = 16 // what the person wrote up to To needs no answer
	Assigned  Kind = 17 // the topics that the operator put the person into are List
	Removed   Kind = 18 // the topics that the operator removed the person from are List

	// These are made where several servers share a log, in batches of the second form.
	Resume    Kind = 19 // as Reopen, or as Open where there is none
	Left      Kind = 20 // the last connection of the person to the server whose presence is Topic ended At; as Close too
	Forgotten Kind = 21 // as Forget, if the person belongs to nothing and was last seen At
	Expired   Kind = 22 // as Close of everything, if the person is connected nowhere and was last seen At
	RunEnded  Kind = 23 // whoever was connected to a server's run, which is Topic, is not since At; as Close of its presences
	Pruned    Kind = 24 // what belongs to messages before To is removed
)

// Delta is one change. Only the fields that its kind names are kept.
type Delta struct {
	Kind           Kind
	UserID         string
	Topic          string
	From, To       uint64
	At             int64 // Unix ms
	Received, Read bool
	Text           string
	List           []string
}

// field is a part of a coded delta.
type field byte

const (
	ofPerson field = 1 << iota // a person's number
	ofTopic                    // a topic's number
	to                         // a seq
	span                       // the seq less From
	at                         // a time
	text
	list
)

// fields has the fields of each kind, in the order in which they are coded; 0: there is no such kind. person and topic have the
// number that they give.
var fields = [kindMask + 1]field{
	person: ofPerson | text, topic: ofTopic | text,
	Begin: ofPerson | ofTopic | to, Advance: ofPerson | ofTopic | to | span | at, Forget: ofPerson,
	Open: ofPerson | ofTopic | to, Reopen: ofPerson | ofTopic, Close: ofPerson | ofTopic | to,
	Connected: ofPerson, Seen: ofPerson | at, Name: ofPerson | text, Reserved: ofPerson | text, Here: ofPerson, Gone: ofPerson,
	Looked: ofPerson | to, Settled: ofPerson | to, Assigned: ofPerson | list, Removed: ofPerson | list,
	Resume: ofPerson | ofTopic | to, Left: ofPerson | ofTopic | to | at, Forgotten: ofPerson | at, Expired: ofPerson | to | at,
	RunEnded: ofTopic | to | at, Pruned: to,
}

const (
	// version is that of a server that is alone. One that shares its log writes sharedVersion: an earlier program refuses it
	// as a whole, and does not leave out the kinds that it does not know.
	version       = 1
	sharedVersion = 2
	// Advance's flags, beside its kind.
	received = 1 << 6
	read     = 1 << 7
	kindMask = received - 1
)
