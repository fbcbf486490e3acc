package wsserver

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/admission"
	"belfry/wsserver/limiter"
	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/webhook"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// This file reads the golden frames of testdata/protocol, as frontend/src/client/connection/golden.test.ts does: neither
// side of the wire can drift from the other. "in" are a client's frames, "out" the server's.

type golden struct {
	Direction string          `json:"direction"`
	Door      string          `json:"door"`
	Frame     json.RawMessage `json:"frame"`
}

func readGoldens(t testing.TB) map[string]golden {
	t.Helper()
	files, err := filepath.Glob("testdata/protocol/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden frames: %v", err)
	}
	goldens := map[string]golden{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var g golden
		if err := json.Unmarshal(b, &g); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		var compact bytes.Buffer
		if len(g.Frame) > 0 {
			if err := json.Compact(&compact, g.Frame); err != nil {
				t.Fatal(err)
			}
			g.Frame = compact.Bytes()
		}
		goldens[strings.TrimSuffix(filepath.Base(file), ".json")] = g
	}
	return goldens
}

var goldenTime = time.Date(2026, 3, 4, 5, 6, 7, 80_900_000, time.UTC)

// goldenOut has every kind of frame that this server sends.
func goldenOut() map[string]any {
	entry := msglog.Entry{
		Seq: 1044, ID: "kx3f", Time: goldenTime, Audience: msglog.AudienceTopic, Topic: "kitchen", ReplyTo: 1040,
		Text: "Soup is <ready> & hot 🔔", From: wire.Sender{UserID: "abc123", Name: "Ana Lima"},
	}
	everyone := msglog.Entry{
		Seq: 1043, ID: "op1", Time: goldenTime, Audience: msglog.AudienceEveryone, Text: "Doors close in five minutes.",
		Title: "Closing", Priority: 5, From: wire.Sender{Operator: true, Name: wire.OperatorName},
	}
	private := msglog.Entry{
		Seq: 1045, Time: goldenTime, Audience: msglog.AudiencePrivate, UserID: "guest-k3-7", Text: "line one\nline \"two\"\u2028",
		From: wire.Sender{UserID: "guest-k3-7"},
	}
	asked := everyone
	asked.Seq, asked.Ack = 1046, "Understood"
	program := msglog.Entry{
		Seq: 1047, Time: goldenTime, Audience: msglog.AudienceTopic, Topic: "line-2", Text: "Press 4 is down", Priority: 4,
		From: wire.Sender{Program: true, Name: "grafana"}, Program: "k3", Tags: []string{"warning", "line 2"}, Click: "https://grafana.example/d/1?a=1&b=2",
	}
	notify := wire.RequestHead{Action: "notify", ID: "kx3f"}
	limited := &wire.Error{Code: "rate_limited", Message: "You are sending too fast. Wait a moment.", Retry: 199_300 * time.Microsecond}
	return map[string]any{
		"welcome":        wire.WelcomeFrame{Type: "welcome", Protocol: wire.ProtocolVersion, UserID: "abc123", Token: "", Epoch: "EPOCH", Seq: 1042, Time: wire.Time(goldenTime), Limits: wire.Limits(wire.MaxTopics), Name: ""},
		"welcome_listed": wire.WelcomeFrame{Type: "welcome", Protocol: wire.ProtocolVersion, UserID: "abc123", Token: "", Epoch: "EPOCH", Seq: 1042, Time: wire.Time(goldenTime), Limits: wire.Limits(wire.MaxTopics), Name: "Ana Lima"},
		"welcome_asks":   wire.WelcomeFrame{Type: "welcome", Protocol: wire.ProtocolVersion, UserID: "abc123", Token: "", Epoch: "EPOCH", Seq: 1042, Time: wire.Time(goldenTime), Limits: wire.Limits(wire.MaxTopics), Asks: []uint64{1038, 1040}},
		"welcome_nodes":  wire.WelcomeFrame{Type: "welcome", Protocol: wire.ProtocolVersion, UserID: "abc123", Token: "", Epoch: "EPOCH", Seq: 1042, Time: wire.Time(goldenTime), Limits: wire.Limits(wire.MaxTopics), Nodes: []string{"http://192.168.1.24:8000/", "http://192.168.1.25:8000/"}},
		"nodes":          wire.NodesFrame{Type: "nodes", Nodes: []string{"http://192.168.1.24:8000/"}},
		"nodes_cut_off":  wire.NodesFrame{Type: "nodes", Nodes: []string{"http://192.168.1.24:8000/"}, CutOff: true},
		"refusal_cut_off": wire.Refusal{
			Code: "cut_off", Message: "This machine of the room is cut off from the others. Go on at another one.", RetryMS: 2000,
			Nodes: []string{"http://192.168.1.24:8000/"}, Epoch: "EPOCH",
		},
		"topics": wire.TopicsFrame{Type: "topics", Topics: []wire.Topic{
			{Topic: "general", Title: "General", Kind: wire.TopicOpen}, {Topic: "news", Title: "News", Kind: wire.TopicAnnounce},
		}},
		"message_everyone":     everyone.Message(),
		"message_topic":        entry.Message(),
		"message_private":      private.Message(),
		"message_ack":          asked.Message(),
		"message_program":      program.Message(),
		"welcome_token":        wire.WelcomeFrame{Type: "welcome", Protocol: wire.ProtocolVersion, UserID: "abc123", Token: "TOKEN", Epoch: "EPOCH", Seq: 1042, Time: wire.Time(goldenTime), Limits: wire.Limits(wire.MaxTopics), Name: ""},
		"recovered":            wire.RecoveredFrame{Type: "recovered", Topics: []string{"kitchen"}, From: 1001, To: 1042, Complete: false, Gone: true, Epoch: "EPOCH"},
		"history":              wire.HistoryFrame{Type: "history", ID: "h1", Messages: []wire.Message{asked.Message()}, More: true, Acked: []uint64{1046}},
		"acked":                wire.AckedFrame{Type: "acked", Seq: 1046, Time: wire.Time(goldenTime)},
		"remind":               wire.RemindFrame{Type: "remind", Seq: 1046},
		"withdrawn":            wire.WithdrawnFrame{Type: "withdrawn", Seq: 1050, Of: 1044},
		"accepted":             wire.AcceptedFrame{Type: "accepted", ID: "kx3f", Seq: 1044, Time: wire.Time(goldenTime)},
		"counts":               wire.CountsFrame{Type: "counts", Subscribers: 5, Clients: 12},
		"error":                wire.NewErrorFrame(wire.ErrTooLarge.WithMessage("A message can have at most 64 KiB. Send it in parts."), notify),
		"error_rate_limited":   wire.NewErrorFrame(limited, notify),
		"error_identity_taken": wire.NewErrorFrame(wire.ErrIdentityTaken.WithMessage("That user_id is reserved. Choose another."), wire.RequestHead{Action: "hello"}),
		"error_name_taken": wire.NewErrorFrame(&wire.Error{
			Code: wire.ErrIdentityTaken.Code, Message: "Someone here already has that name. Choose another one.", Field: "name", Free: "Ana Lima 2",
		}, wire.RequestHead{Action: "hello"}),
		"error_removed":     wire.NewErrorFrame(&wire.Error{Code: "removed", Message: "Too loud."}, wire.RequestHead{}),
		"error_blocked":     wire.NewErrorFrame(admission.Ban{Kind: admission.Blocked, Reason: "Please talk to us at the desk."}.Refusal(), wire.RequestHead{Action: "hello"}),
		"error_code_needed": wire.NewErrorFrame(wire.AsError(admission.CodeNeeded(settings.AccessCode)), wire.RequestHead{Action: "hello"}),
		"error_code_wrong":  wire.NewErrorFrame(wire.AsError(admission.CodeWrong("That is not the code. Check it and try again.", 0)), wire.RequestHead{Action: "hello"}),
		"waiting":           wire.WaitingFrame{Type: "waiting"},
		"event":             operator.Event{Type: "event", Clients: 12, Subscribers: 5, Seq: 1045, ClientsRev: 40, StateRev: 3, ReceiptsRev: 9, AwayRev: 2, SettingsRev: 4, SessionsRev: 6, AuditRev: 17, BlockedRev: 1, LobbyRev: 5, ListRev: 2, GrantsRev: 3, ConversationsRev: 8, TokensRev: 2, WebhooksRev: 2},
		"room":              room{"Hall 3", settings.AccessOpen, "Ana", new(48), 0},
		"muted":             wire.MutedFrame{Type: "muted", Muted: true},
		"joined":            wire.JoinedFrame{Type: "joined", Topics: []string{"kitchen"}},
		"parted":            wire.PartedFrame{Type: "parted", Topics: []string{"kitchen"}},
		"seen":              wire.SeenFrame{Type: "seen", Seq: 1043},
		"room_renamed":      wire.RoomFrame{Type: "room", Name: "Hall 3", Operator: "Ana"},
		"refusal": wire.NewRefusal(&wire.Error{
			Code: "too_many_connections", Message: "There are too many connections from this address.", Retry: limiter.FullRetry,
		}),
	}
}

var goldenHook = webhook.Spec{URL: "https://tickets.example.org/in", Events: []string{webhook.Answer, webhook.Complete}, Texts: true}

func TestGolden_EncodeWritesExactlyThese(t *testing.T) {
	goldens, written := readGoldens(t), goldenOut()
	for name, v := range written {
		g, ok := goldens[name]
		if got := wstest.Payload(t, wire.Encode(v)); !ok || string(got) != string(g.Frame) {
			t.Errorf("%s:\n got %s\nwant %s", name, got, g.Frame)
		}
	}
	receipt := operator.Receipt{Seq: 1043, Time: wire.Time(goldenTime).String()}
	if got := wstest.Payload(t, operator.Result("7", receipt)); string(got) != string(goldens["dashboard_result"].Frame) {
		t.Errorf("dashboard_result: %s", got)
	}
	at := wire.Time(goldenTime).String()
	hook := operator.WebhookAnswer{Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Webhook: webhook.Info{
		ID: "abcdefghij", Spec: goldenHook, State: webhook.Failing, StateSince: at, Waiting: 14, NextTry: at, Sent7d: 1204,
		Error: "Connection refused: nothing listens there.", Created: at,
	}}
	if got := wstest.Payload(t, operator.Result("8", hook)); string(got) != string(goldens["dashboard_webhook"].Frame) {
		t.Errorf("dashboard_webhook: %s", got)
	}
	for name, g := range goldens {
		if _, ok := written[name]; !ok && g.Direction == "out" && name != "dashboard_result" && name != "dashboard_webhook" {
			t.Errorf("%s is written by nobody", name)
		}
	}
}

func TestGolden_DecodeReadsThese(t *testing.T) {
	name := "Ana Lima"
	want := map[string]wire.Request{
		"hello":            {Action: "hello", UserID: "abc123", Name: &name, Topics: []string{"kitchen"}},
		"hello_code":       {Action: "hello", UserID: "abc123", Name: &name, Token: "0123456789abcdef", Code: "482913"},
		"hello_bare":       {Action: "hello"},
		"subscribe":        {Action: "subscribe", UserID: "abc123", Topics: []string{"kitchen", "general"}},
		"subscribe_oldest": {Action: "subscribe", UserID: "abc123"},
		"unsubscribe":      {Action: "unsubscribe", Topics: []string{"kitchen"}},
		"unsubscribe_all":  {Action: "unsubscribe"},
		"notify":           {Action: "notify", ID: "kx3f", Topic: "kitchen", Message: "Soup is <ready> & hot 🔔", ReplyTo: 1040},
		"notify_oldest":    {Action: "notify", Message: "Hello from the client!"},
		"leave":            {Action: "leave"},
	}
	for file, g := range readGoldens(t) {
		if g.Direction != "in" || g.Door != "" {
			continue
		}
		var got wire.Request
		if _, err := wire.Decode(g.Frame, &got); err != nil || !reflect.DeepEqual(got, want[file]) {
			t.Errorf("%s: read %+v, error %v", file, got, err)
		}
	}
	var b operator.Broadcast
	if _, err := wire.Decode(readGoldens(t)["dashboard_broadcast"].Frame, &b); err != nil ||
		!reflect.DeepEqual(b, operator.Broadcast{Message: "Doors close in five minutes.", Title: "Closing", Priority: 5, MessageID: "op1"}) {
		t.Errorf("dashboard_broadcast: read %+v, error %v", b, err)
	}
	var spec webhook.Spec
	if _, err := wire.Decode(readGoldens(t)["dashboard_create_webhook"].Frame, &spec); err != nil || !reflect.DeepEqual(spec, goldenHook) {
		t.Errorf("dashboard_create_webhook: read %+v, error %v", spec, err)
	}
}

func TestEncode_WhatCannotBeWrittenIsAnError(t *testing.T) {
	if got := wstest.Payload(t, wire.Encode(make(chan int))); !bytes.Contains(got, []byte(`"internal"`)) {
		t.Errorf("got %s", got)
	}
	if got := wstest.Payload(t, operator.Result("1", make(chan int))); !bytes.Contains(got, []byte(`"internal"`)) {
		t.Errorf("got %s", got)
	}
}
