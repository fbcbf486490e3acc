package client

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"belfry/wsserver/names"
	"belfry/wsserver/topics"
	"belfry/wsserver/wire"
)

// maxLeft is how much a frame may leave behind of a connection that is outside: ten thousand may be.
const maxLeft = 4 << 10

// remembered is the hello that a frame leaves behind, nil where it is refused before that.
func remembered(frame []byte) *wire.Request {
	var r wire.Request
	if _, err := wire.DecodeRequest(frame, &r); err != nil || checkRequest(&r) != nil {
		return nil
	}
	name, err := names.CheckOptional(r.Name)
	if err != nil {
		return nil
	}
	d := &pending{client: &Client{service: &Service{topics: topics.New()}}}
	d.remember(&helloRequest{&r, name, "new"})
	return d.hello
}

// size is how many bytes the texts of a request take.
func size(r *wire.Request) int {
	n := len(r.Action) + len(r.ID) + len(r.UserID) + len(r.Token) + len(r.Code) + len(r.Epoch) + len(r.Topic) + len(r.Message)
	if r.Name != nil {
		n += len(*r.Name)
	}
	for _, t := range r.Topics {
		n += len(t) + 16
	}
	return n
}

// FuzzRemember: whatever a client sends, little of it is kept while it is outside, and no field that hello does not use.
func FuzzRemember(f *testing.F) {
	long := strings.Repeat("A", 500_000)
	for _, field := range []string{"action", "id", "user_id", "name", "token", "code", "epoch", "topic", "message", "other"} {
		f.Add([]byte(fmt.Sprintf(`{"action":"hello",%q:%q}`, field, long)))
	}
	var many []string
	for i := range wire.MaxNamed {
		many = append(many, fmt.Sprintf("%d%s", i, strings.Repeat("t", wire.MaxTopic-4)))
	}
	list, _ := json.Marshal(many)
	f.Add([]byte(fmt.Sprintf(`{"action":"hello","name":"Ana","since":1,"topics":%s}`, list)))
	f.Fuzz(func(t *testing.T, frame []byte) {
		r := remembered(frame)
		if r == nil {
			return
		}
		if n := size(r); n > maxLeft || r.Code != "" || r.Message != "" || r.Topic != "" {
			t.Errorf("%.100s leaves %d bytes behind", frame, n)
		}
	})
}

// Every text of a frame is bounded, whatever the action.
func TestCheckRequest_BoundsEveryText(t *testing.T) {
	long := strings.Repeat("x", wire.MaxCode+1)
	for _, r := range []wire.Request{
		{ID: long}, {UserID: long}, {Code: long}, {Epoch: long}, {Topic: long}, {Topics: []string{"general", long}},
	} {
		if err := checkRequest(&r); err == nil || wire.AsError(err).Code != "too_large" {
			t.Errorf("%+.40v: %v, want too_large", r, err)
		}
	}
	for _, action := range []string{"hello", "subscribe", "notify", "received", "history"} {
		r := wire.Request{Action: action, Topic: strings.Repeat("x", wire.MaxTopic+1)}
		if err := checkRequest(&r); err == nil || wire.AsError(err).Code != "too_large" {
			t.Errorf("%s: %v, want too_large", action, err)
		}
	}
}
