package gotify

import (
	"encoding/json"
	"time"

	"belfry/wsserver/wire"
)

// appID is the application that all messages belong to: the room.
const appID = 1

// Message is a message in Gotify's shape.
type Message struct {
	ID       uint64          `json:"id"` // the message's number in the log
	AppID    int             `json:"appid"`
	Message  string          `json:"message"`
	Title    string          `json:"title"`
	Priority int             `json:"priority"`
	Extras   json.RawMessage `json:"extras,omitempty"`
	Date     string          `json:"date"` // RFC 3339
}

// NewMessage returns a message of the log. Without a title of its own it has its sender's name, which Gotify's readers are
// not told otherwise.
func NewMessage(w wire.Message) Message {
	m := Message{ID: w.Seq, AppID: appID, Message: w.Message, Title: w.Title, Priority: priorityOut[w.Priority], Extras: clickExtras(w.Click), Date: w.Time}
	if m.Title == "" {
		m.Title = w.From.Name
	}
	if _, err := time.Parse(wire.TimeFormat, w.Time); err != nil {
		m.Date = time.Unix(0, 0).UTC().Format(wire.TimeFormat)
	}
	return m
}

// extras are what Gotify's senders add to a message, as far as this server knows it.
type extras struct {
	Notification struct {
		Click struct {
			URL string `json:"url"`
		} `json:"click"`
	} `json:"client::notification"`
}

// clickExtras are the extras of a message with a URL to open.
func clickExtras(click string) json.RawMessage {
	if click == "" {
		return nil
	}
	var e extras
	e.Notification.Click.URL = click
	b, _ := json.Marshal(e) // a string always encodes
	return b
}

// priorityOut is Gotify's priority for each from 0, which means 3, to 5.
var priorityOut = [...]int{defaultPriority, 0, 2, defaultPriority, 8, 10}

// defaultPriority is Gotify's priority of what has none: phones sound.
const defaultPriority = 5

// priorityIn is the priority from 1 to 5 for one of Gotify's, which say what a phone does: 0 nothing, 1 to 3 an icon, 4 to 7
// also a sound, from 8 on also vibration.
func priorityIn(p int) int {
	switch {
	case p >= 10:
		return 5
	case p >= 8:
		return 4
	case p >= 4:
		return 3
	case p >= 1:
		return 2
	}
	return 1
}

// Page answers GET /message: messages from the newest to the oldest.
type Page struct {
	Messages []Message `json:"messages"`
	Paging   Paging    `json:"paging"`
}

// Paging says how to ask for the next page, which is older. Next and Since are empty on the last one.
type Paging struct {
	Next  string `json:"next,omitempty"`
	Size  int    `json:"size"`
	Since uint64 `json:"since"`
	Limit int    `json:"limit"`
}
