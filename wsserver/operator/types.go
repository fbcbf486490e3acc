package operator

import (
	"belfry/wsserver/dispatch"
	"belfry/wsserver/lan"
	"belfry/wsserver/peers"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// These are the arguments and answers of the verbs: the same JSON through the window's bindings and through
// /ws/server. Times are RFC 3339 UTC with milliseconds; slices are never null.

// State is the room as a whole.
type State struct {
	// Name of the room, "" until the operator has given one.
	Name string `json:"name"`
	// Operator is the name that the operator's messages are from.
	Operator string `json:"operator"`
	Access   string `json:"access"`
	Version  string `json:"version"`
	// Build is the commit that the program was built from and its day, "" if not known.
	Build string `json:"build"`
	// Problem is set while the server does not run; the rest is then empty.
	Problem *wire.Problem `json:"problem"`
	Started string        `json:"started"`
	Epoch   string        `json:"epoch"`
	// Seq of the newest message, and how many are kept.
	Seq         uint64 `json:"seq"`
	Kept        int    `json:"kept"`
	Clients     int    `json:"clients"`
	Subscribers int    `json:"subscribers"`
	// Address is the one shown, QR the code of JoinURL, Addresses all there are, the best first.
	Address lan.Address `json:"address"`
	// JoinURL is the URL of QR and of the copy button: the address, with the secret if the access mode is code.
	// Code is then the six digits, otherwise "". Waiting is how many are in the lobby.
	JoinURL   string        `json:"join_url"`
	Code      string        `json:"code"`
	Waiting   int           `json:"waiting"`
	QR        lan.QR        `json:"qr"`
	Addresses []lan.Address `json:"addresses"`
	// Secure is the TLS port with certificates of this server's own; null while that is off.
	Secure *lan.Secure `json:"secure"`
	// LocalName is the announced name; null while that is off, or if only this machine can reach the server.
	LocalName *lan.LocalName `json:"local_name"`
	// Notice is shown until it is dismissed; null if there is none.
	Notice *Notice `json:"notice"`
	// Doubts are what the operator must confirm; until then the safe side applies.
	Doubts []Doubt `json:"doubts"`
	// Trouble is set while the log cannot be written.
	Trouble *dispatch.Trouble `json:"trouble"`
	// Machines are those of the room, this one first; absent where there is one.
	Machines []peers.Machine `json:"machines,omitempty"`
	// Data is where the log is: a folder, or "memory".
	Data   string       `json:"data"`
	Topics []wire.Topic `json:"topics"`
}

// Stats is the last ten minutes, oldest first, a sample each Step seconds; the last one still grows.
type Stats struct {
	Step        int   `json:"step"`
	Clients     []int `json:"clients"`
	Subscribers []int `json:"subscribers"`
	Messages    []int `json:"messages"`
}

// ClientInfo is one connected client.
type ClientInfo struct {
	// Conn is the connection's number, unique while the server runs.
	Conn    uint64   `json:"conn"`
	UserID  string   `json:"user_id"`
	Name    string   `json:"name"`
	Address string   `json:"address"`
	Browser string   `json:"browser"`
	Since   string   `json:"since"`
	Topics  []string `json:"topics"`
	// Messages it has sent.
	Messages  int64  `json:"messages"`
	LastHeard string `json:"last_heard"`
	// RTTMS is the round trip of the last answered ping in milliseconds, -1 before the first.
	RTTMS float64 `json:"rtt_ms"`
	// Muted: the operator lets this person read, but not write.
	Muted bool `json:"muted"`
	// Unproved: the connection only says this user_id, which others can say as well; nobody has shown a token for it.
	Unproved bool `json:"unproved"`
	// Machine is the name of the machine that it is connected to; absent: this one.
	Machine string `json:"machine,omitempty"`
}

// ClientsQuery asks what changed in the list of clients after revision Since (0: the whole list), or for just the
// connections in Conns.
type ClientsQuery struct {
	Since uint64   `json:"since"`
	Conns []uint64 `json:"conns"`
	// AwayRev is the revision of the list of those away that the asker has; 0: none.
	AwayRev uint64 `json:"away_rev"`
	// AwaySkip asks for the page of those away without the first AwaySkip, whatever AwayRev is.
	AwaySkip int `json:"away_skip"`
}

// ClientsAnswer is the list's revision, with the clients that are new, changed or gone. Full: Clients is the whole list.
type ClientsAnswer struct {
	Rev     uint64       `json:"rev"`
	Full    bool         `json:"full"`
	Clients []ClientInfo `json:"clients"`
	Gone    []uint64     `json:"gone"`
	// Away lists a page of the members of the room who are not connected, the one seen last first; null if the caller has that
	// revision. AwayTotal is how many there are in all.
	Away      []receipts.Away `json:"away"`
	AwayRev   uint64          `json:"away_rev"`
	AwayTotal int             `json:"away_total"`
	// Members is how many persons belong to each topic, and under "" to everyone: those to whom a message would be sent now,
	// here or away. Null if only some connections were asked for. AwayMembers is how many of them are away, null with Away.
	Members     map[string]int `json:"members"`
	AwayMembers map[string]int `json:"away_members"`
	// Missing are the machines that have not answered: their clients are not told, or as they were.
	Missing []string `json:"missing,omitempty"`
}

// ConversationsQuery asks for private conversations whose newest message is before Before (0: the newest ones), at most Limit,
// and 100.
type ConversationsQuery struct {
	Before uint64 `json:"before"`
	Limit  int    `json:"limit"`
}

// ConversationsAnswer is conversations, the newest first. More: there are older ones. Waiting is in how many of all somebody
// waits for an answer, Unseen in how many of these for one that the operator has not seen to be asked for.
type ConversationsAnswer struct {
	Conversations []Conversation `json:"conversations"`
	More          bool           `json:"more"`
	Waiting       int            `json:"waiting"`
	Unseen        int            `json:"unseen"`
}

// Conversation is one person's private conversation with the operator: its newest message, with the first 200 characters of
// its text.
type Conversation struct {
	UserID   string `json:"user_id"`
	Name     string `json:"name"`
	Seq      uint64 `json:"seq"`
	Time     string `json:"time"`
	Text     string `json:"text"`
	Operator bool   `json:"operator"` // the operator wrote it
	// Waiting is since when the person waits for an answer, WaitingSeq the first message without one, WaitingNewest the last;
	// "" and 0 if they do not wait.
	Waiting       string `json:"waiting"`
	WaitingSeq    uint64 `json:"waiting_seq"`
	WaitingNewest uint64 `json:"waiting_newest"`
	// Seen is the seq up to which the operator has seen what the person wrote.
	Seen uint64 `json:"seen"`
}

// HistoryQuery selects messages. Before and After are exclusive; neither: the newest. Limit is at most 200.
type HistoryQuery struct {
	Topic  string `json:"topic"`
	UserID string `json:"user_id"`
	Before uint64 `json:"before"`
	After  uint64 `json:"after"`
	Limit  int    `json:"limit"`
	// Epoch is the run that After is of; "": the present one.
	Epoch string `json:"epoch"`
}

// HistoryPage is messages in rising seq. More: there are others in the direction asked for.
type HistoryPage struct {
	Messages []wire.Message `json:"messages"`
	More     bool           `json:"more"`
	// Withdrawn are the messages withdrawn after After, and To the position up to which this page reads: only for queries
	// with After, and with neither topic nor person. A dashboard that was away needs them.
	Withdrawn []uint64 `json:"withdrawn,omitempty"`
	To        uint64   `json:"to,omitempty"`
	// Gone: After and Epoch are of another log, and the page is empty.
	Gone bool `json:"gone,omitempty"`
}

// Broadcast is a message of the operator's: to a person (UserID), a topic, or everyone where neither is given.
type Broadcast struct {
	Message string `json:"message"`
	Topic   string `json:"topic"`
	UserID  string `json:"user_id"`
	Title   string `json:"title"`
	// Priority 1 to 5; 0: normal.
	Priority int    `json:"priority"`
	ReplyTo  uint64 `json:"reply_to"`
	// Epoch is the run that ReplyTo is of; "": the present one. What is of another log answers nothing.
	Epoch string `json:"epoch"`
	// Ack is the words on a button that asks for an acknowledgement; "": none is asked.
	Ack string `json:"ack"`
	// Repeat reminds those who have not acknowledged; nil reminds nobody.
	Repeat *receipts.Repeat `json:"repeat"`
	// MessageID makes it idempotent: sent again with the same one it is sent once.
	MessageID string `json:"message_id"`
	// Tags and Click, an http or https address, are of programs alone, which come in by the API.
	Tags  []string `json:"-"`
	Click string   `json:"-"`
}

// Receipt is the place of a broadcast in the log.
type Receipt struct {
	Seq  uint64 `json:"seq"`
	Time string `json:"time"`
}

// AuditEntry is something that was done as the operator, or a failed attempt to sign in. It holds no secret.
type AuditEntry struct {
	// N rises with each entry.
	N uint64 `json:"n"`
	// Time is when it happened; where Count is more than one, the last time, and Since the first.
	Time  string `json:"time"`
	Since string `json:"since,omitempty"`
	// What: "signed_in", "signed_out", "wrong_key", "session_ended", "new_key", "key_shown", "password_set",
	// "password_removed", "setting", "let_in", "refused", "disconnected", "freed", "muted", "unmuted", "blocked",
	// "unblocked", "withdrawn", "topic_created", "topic_renamed", "topic_archived", "topic_opened", "confirmed", "export_began",
	// "exported", "broadcast", "written_again", "repeat_stopped", "announcement_closed", "announcement_reopened", "members_added",
	// "members_removed", "token_created", "token_removed", "webhook_created", "webhook_changed", "webhook_removed",
	// "webhook_paused", "webhook_resumed", "webhook_tested", "webhook_failing"; more as they come.
	What string `json:"what"`
	// Door is where the caller was: "window", "web" (with Address and Browser), "program" (with Address and Token, the name of
	// its access token), or "" if nobody was signed in.
	Door    string `json:"door"`
	Token   string `json:"token,omitempty"`
	Address string `json:"address,omitempty"`
	Browser string `json:"browser,omitempty"`
	// Session is the session in which it was done: a SessionInfo.ID. It tells apart two operators with the same browser.
	Session string `json:"session,omitempty"`
	// UserID and Name are the person it was done to, Target the address, Topic and Seq the topic and the message. Names are
	// the first of several people.
	UserID string   `json:"user_id,omitempty"`
	Name   string   `json:"name,omitempty"`
	Names  []string `json:"names,omitempty"`
	Target string   `json:"target,omitempty"`
	Topic  string   `json:"topic,omitempty"`
	Seq    uint64   `json:"seq,omitempty"`
	// Setting is the name of the changed setting, Before and After its values.
	Setting string `json:"setting,omitempty"`
	Before  string `json:"before,omitempty"`
	After   string `json:"after,omitempty"`
	// Detail is how somebody signed in ("key", "password", or "bearer" for a program), a reason, or an export's format.
	Detail string `json:"detail,omitempty"`
	// Count is the number of equal entries counted in this one if Since is given, otherwise of people, names or rows.
	Count int `json:"count,omitempty"`
}

// AuditQuery asks for entries before N (0: the newest), at most Limit (and 200); with Seq, those about that message alone.
type AuditQuery struct {
	Before uint64 `json:"before"`
	Limit  int    `json:"limit"`
	Seq    uint64 `json:"seq"`
}

// AuditAnswer is entries, newest first. More: there are older ones.
type AuditAnswer struct {
	Entries []AuditEntry `json:"entries"`
	More    bool         `json:"more"`
}
