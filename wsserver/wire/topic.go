package wire

const TopicOpen = "open" // everyone in it reads and writes

const TopicAnnounce = "announce" // only the operator speaks; what a client writes there reaches the operator alone

// generalTopic exists from the start.
const GeneralTopic = "general"

// Topic is a named group of subscribers.
type Topic struct {
	Topic    string `json:"topic"`
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Archived bool   `json:"archived"`
}
