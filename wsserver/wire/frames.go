package wire

// Request is any frame that a client sends: it has the fields of all of them.
type Request struct {
	Action  string   `json:"action"`
	ID      string   `json:"id,omitempty"`
	UserID  string   `json:"user_id,omitempty"`
	Name    *string  `json:"name,omitempty"`
	Token   string   `json:"token,omitempty"`
	Code    string   `json:"code,omitempty"`
	Since   *uint64  `json:"since,omitempty"`
	Epoch   string   `json:"epoch,omitempty"`
	Before  uint64   `json:"before,omitempty"`
	Limit   int      `json:"limit,omitempty"`
	Topics  []string `json:"topics,omitempty"`
	Topic   string   `json:"topic,omitempty"`
	Message string   `json:"message,omitempty"`
	ReplyTo uint64   `json:"reply_to,omitempty"`
	Seq     uint64   `json:"seq,omitempty"`
}

// Sender is the author of a message: a client, the operator, or a program with an access token.
type Sender struct {
	UserID   string `json:"user_id,omitempty"`
	Operator bool   `json:"operator,omitempty"`
	Program  bool   `json:"program,omitempty"`
	Name     string `json:"name"`
}

// Person reports whether a person wrote it.
func (s Sender) Person() bool { return !s.Operator && !s.Program }

// Message is a message as it travels and as it is listed. Time is RFC 3339 UTC with milliseconds.
type Message struct {
	Type     string `json:"type"`
	Seq      uint64 `json:"seq"`
	ID       string `json:"id,omitempty"`
	Time     string `json:"time"`
	Audience string `json:"audience"`
	Topic    string `json:"topic,omitempty"`
	// UserID is the client whose conversation it is; only with audience "private".
	UserID   string `json:"user_id,omitempty"`
	From     Sender `json:"from"`
	Message  string `json:"message"`
	Title    string `json:"title,omitempty"`
	Priority int    `json:"priority,omitempty"`
	// Ack is the words on the button, where an acknowledgement is asked for.
	Ack     string `json:"ack,omitempty"`
	ReplyTo uint64 `json:"reply_to,omitempty"`
	// Tags and Click, an http or https address, are of programs.
	Tags  []string `json:"tags,omitempty"`
	Click string   `json:"click,omitempty"`
}

// Frames that the server sends.
type (
	// WelcomeFrame answers a hello: who the client is now, and where the log stands.
	WelcomeFrame struct {
		Type     string         `json:"type"`
		Protocol int            `json:"protocol"`
		UserID   string         `json:"user_id"`
		Token    string         `json:"token,omitempty"`
		Epoch    string         `json:"epoch"`
		Seq      uint64         `json:"seq"`
		Time     Time           `json:"time"`
		Limits   map[string]int `json:"limits"`
		// Name that the person has, where it is not the one that was asked for.
		Name string `json:"name,omitempty"`
		// Asks is what waits for this person's acknowledgement, for a page that was not here before.
		Asks []uint64 `json:"asks,omitempty"`
		// Nodes are where the other machines of the room can be reached.
		Nodes []string `json:"nodes,omitempty"`
		// CutOff: this machine keeps nothing and hears nothing new, since it reaches too few of the others.
		CutOff bool `json:"cut_off,omitempty"`
	}
	// NodesFrame tells where the other machines of the room can be reached from now on, and whether this one is cut off from them.
	NodesFrame struct {
		Type   string   `json:"type"`
		Nodes  []string `json:"nodes"`
		CutOff bool     `json:"cut_off,omitempty"`
	}
	// TopicsFrame lists the topics there are; it follows welcome, and each change.
	TopicsFrame struct {
		Type   string  `json:"type"`
		Topics []Topic `json:"topics"`
	}
	// AcceptedFrame answers a notify once the message is durable.
	AcceptedFrame struct {
		Type string `json:"type"`
		ID   string `json:"id"`
		Seq  uint64 `json:"seq"`
		Time Time   `json:"time"`
	}
	// CountsFrame has the numbers of connected and subscribed clients.
	CountsFrame struct {
		Type        string `json:"type"`
		Subscribers int    `json:"subscribers"`
		Clients     int    `json:"clients"`
	}
	// RecoveredFrame ends a recovery: everything of Topics with From ≤ seq ≤ To was sent.
	RecoveredFrame struct {
		Type     string   `json:"type"`
		Topics   []string `json:"topics"`
		From     uint64   `json:"from"`
		To       uint64   `json:"to"`
		Complete bool     `json:"complete"`
		Gone     bool     `json:"gone"`
		Epoch    string   `json:"epoch"`
	}
	// HistoryFrame answers a history request.
	HistoryFrame struct {
		Type     string    `json:"type"`
		ID       string    `json:"id,omitempty"`
		Messages []Message `json:"messages"`
		More     bool      `json:"more"`
		// Acked are those among them that the client has acknowledged.
		Acked []uint64 `json:"acked"`
	}
	// AckedFrame confirms an acknowledgement to all devices of its person.
	AckedFrame struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
		Time Time   `json:"time"`
	}
	// RemindFrame reminds a person of a message that they have not acknowledged.
	RemindFrame struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
	}
	// MutedFrame says whether the client may write.
	MutedFrame struct {
		Type  string `json:"type"`
		Muted bool   `json:"muted"`
	}
	// JoinedFrame names topics that the operator has put the client into.
	JoinedFrame struct {
		Type   string   `json:"type"`
		Topics []string `json:"topics"`
	}
	// PartedFrame names topics that the operator has taken the client out of.
	PartedFrame struct {
		Type   string   `json:"type"`
		Topics []string `json:"topics"`
	}
	// SeenFrame tells up to where the operator has seen what this person wrote.
	SeenFrame struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
	}
	// WaitingFrame answers a hello that waits in the lobby.
	WaitingFrame struct {
		Type string `json:"type"`
	}
	// WithdrawnFrame announces that the message Of was withdrawn.
	WithdrawnFrame struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
		Of   uint64 `json:"of"`
	}
	// RoomFrame has what the room and the operator are called from now on.
	RoomFrame struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		Operator string `json:"operator"`
	}
	// ErrorFrame answers a request that was refused, or has the reason why the connection is about to be closed.
	ErrorFrame struct {
		Type    string `json:"type"`
		Code    string `json:"code"`
		Message string `json:"message"`
		Action  string `json:"action,omitempty"`
		ID      string `json:"id,omitempty"`
		RetryMS int64  `json:"retry_ms,omitempty"`
		Field   string `json:"field,omitempty"`
		Free    string `json:"free,omitempty"`
		Blocked bool   `json:"blocked,omitempty"`
		Seq     uint64 `json:"seq,omitempty"`
	}
)

// NewErrorFrame is e as a frame that answers a request.
func NewErrorFrame(e *Error, h RequestHead) ErrorFrame {
	return ErrorFrame{
		Type: "error", Code: e.Code, Message: e.Message, Action: h.Action, ID: h.ID,
		RetryMS: ceilMilliseconds(e.Retry), Field: e.Field, Free: e.Free, Blocked: e.Blocked, Seq: h.Seq,
	}
}

const (
	// OperatorID is the operator's where a user_id is expected; no client can have it.
	OperatorID = "operator"
	// OperatorName is the name that the operator's messages are from, unless the operator has chosen one.
	OperatorName = "Operator"
)

// Kinds of topics.
const (
	TopicOpen     = "open"     // all subscribers read and write
	TopicAnnounce = "announce" // the operator writes to all; what a client writes there reaches the operator alone
)

// GeneralTopic is the topic that exists from the start.
const GeneralTopic = "general"

// Topic is a named group of subscribers.
type Topic struct {
	Topic    string `json:"topic"`
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Archived bool   `json:"archived"`
}
