package test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// This file tests webhooks of the real program. It calls no address of its own machine, so it runs in a network of its own,
// with a cable to the one that the test is in; nothing else is in either.

const (
	here  = "10.77.0.1" // the test's end of the cable
	there = "10.77.0.2" // the program's
)

// inOwnNetwork runs the test that calls it again, in a network of its own, and reports whether this is that run.
func inOwnNetwork(t *testing.T) bool {
	t.Helper()
	const mark = "BELFRY_OWN_NETWORK"
	if os.Getenv(mark) != "" {
		return true
	}
	if testing.Short() {
		t.Skip("starts the program and kills it")
	}
	if out, err := exec.Command("unshare", "-Urn", "ip", "link", "add", "type", "veth").CombinedOutput(); err != nil { //nolint:noctx // ends by itself
		t.Skipf("this machine makes no networks: %v: %s", err, out)
	}
	bin := os.Getenv("BELFRY")
	if bin == "" {
		bin = binary(t)
	}
	cmd := exec.CommandContext(t.Context(), "unshare", "-Urn", os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.count", "1")
	cmd.Env = append(os.Environ(), mark+"=1", "BELFRY="+bin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
	return false
}

// cable makes the program's network, and returns what a command begins with that runs in it.
func cable(t *testing.T) (within []string) {
	t.Helper()
	keeper := exec.CommandContext(t.Context(), "unshare", "-n", "sh", "-c", "echo in; read end")
	out, err := keeper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keeper.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := keeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = keeper.Process.Kill(), keeper.Wait() })
	if _, err := out.Read(make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(keeper.Process.Pid)
	within = []string{"nsenter", "-t", pid, "-n"}
	for _, line := range []string{
		"ip link set lo up",
		"ip link add near type veth peer name far netns " + pid,
		"ip addr add " + here + "/24 dev near",
		"ip link set near up",
		strings.Join(within, " ") + " ip addr add " + there + "/24 dev far",
		strings.Join(within, " ") + " ip link set far up",
		strings.Join(within, " ") + " ip link set lo up",
	} {
		words := strings.Fields(line)
		if out, err := exec.CommandContext(t.Context(), words[0], words[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", line, err, out)
		}
	}
	return within
}

// call is one request to a webhook.
type call struct {
	id     string
	header http.Header
	body   []byte
	Type   string `json:"type"`
	Seq    uint64 `json:"seq"`
}

// calls listens on the test's end of the cable.
func calls(t *testing.T) <-chan call {
	t.Helper()
	got := make(chan call, 10_000)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", here+":9000")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		c := call{id: r.Header.Get("webhook-id"), header: r.Header, body: b}
		if err != nil || json.Unmarshal(b, &c) != nil {
			t.Errorf("called with %q, error %v", b, err)
		}
		got <- c
	})}
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
	return got
}

// While the program is killed again and again, each message, acknowledgement and complete announcement arrives, in the
// order of the log, and what arrives twice has the same id.
func TestKill_WebhooksGoOn(t *testing.T) {
	if !inOwnNetwork(t) {
		return
	}
	p := newProgram(t)
	p.within, p.addr = cable(t), there+":8000"
	got := calls(t)
	p.start()
	var made struct {
		Secret string `json:"secret"`
	}
	fields := map[string]any{"url": "http://" + here + ":9000/hook", "texts": true, "events": []string{"message", "acknowledged", "joined", "left", "complete"}}
	if refused := p.dashboard().Ask("create_webhook", fields, &made); refused != nil {
		t.Fatal(refused.Text)
	}
	const rounds, messages = 4, 25
	var want []string
	for round := range rounds {
		if round > 0 {
			p.kill()
			p.start()
		}
		ana := p.person("ana")
		if round == 0 {
			want = append(want, "joined 0")
		}
		for i := range messages {
			want = append(want, fmt.Sprint("message ", ana.Notify(fmt.Sprint(round, " ", i), "general", "text")))
		}
		var asked struct {
			Seq uint64 `json:"seq"`
		}
		if refused := p.dashboard().Ask("broadcast", map[string]any{"message": "Lunch", "ack": "Understood"}, &asked); refused != nil {
			t.Fatal(refused.Text)
		}
		ana.Send(map[string]any{"action": "ack", "seq": asked.Seq})
		ana.ExpectAfter("acked", "message")
		want = append(want, fmt.Sprint("acknowledged ", asked.Seq), fmt.Sprint("complete ", asked.Seq))
	}
	wantCalled(t, got, made.Secret, want)
}

// wantCalled waits for calls, and compares them without those that came before under the same id.
func wantCalled(t *testing.T, got <-chan call, secret string, want []string) {
	t.Helper()
	reader, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	bodies := map[string]string{}
	var list []string
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for len(list) < len(want) {
		select {
		case c := <-got:
			if err := reader.Verify(c.body, c.header); err != nil {
				t.Errorf("%s: %v", c.body, err)
			}
			before, again := bodies[c.id]
			if again && before != string(c.body) {
				t.Errorf("%s came as %s, and then as %s", c.id, before, c.body)
			}
			if !again {
				list = append(list, fmt.Sprint(c.Type, " ", c.Seq))
			}
			bodies[c.id] = string(c.body)
		case <-ctx.Done():
			t.Fatalf("%d of %d came:\n%s", len(list), len(want), strings.Join(list, "\n"))
		}
	}
	for i := range want {
		if list[i] != want[i] {
			t.Fatalf("call %d is %q, want %q; all of them:\n%s", i, list[i], want[i], strings.Join(list, "\n"))
		}
	}
}

// The real program calls no address of its own machine, also where a name leads there after the webhook was made.
func TestWebhook_CallsNotItself(t *testing.T) {
	if !inOwnNetwork(t) {
		return
	}
	p := newProgram(t)
	p.within, p.addr = cable(t), there+":8000"
	p.start()
	d := p.dashboard()
	for _, url := range []string{"http://127.0.0.1:8000/", "http://localhost:8000/", "http://" + there + ":8000/", "http://[::1]:8000/", "http://[::ffff:" + there + "]:8000/"} {
		refused := d.Ask("create_webhook", map[string]any{"url": url, "events": []string{"left"}}, nil)
		if refused == nil || refused.Code != "bad_frame" || !strings.Contains(refused.Message, "this machine") {
			t.Errorf("%s: %v", url, refused)
		}
	}
	// A name is looked up when it is called: this one is in the hosts file of most machines.
	name, err := os.Hostname()
	if ips, lookup := net.DefaultResolver.LookupHost(t.Context(), name); err != nil || lookup != nil || !strings.HasPrefix(ips[0], "127.") {
		t.Skipf("this machine's name %q leads to %v", name, ips)
	}
	var made struct {
		Webhook struct {
			ID string `json:"id"`
		} `json:"webhook"`
	}
	if refused := d.Ask("create_webhook", map[string]any{"url": "http://" + name + ":8000/healthz", "events": []string{"left"}}, &made); refused != nil {
		t.Fatal(refused.Text)
	}
	var test struct {
		Status int    `json:"status"`
		Error  string `json:"error"`
	}
	if refused := d.Ask("test_webhook", map[string]any{"webhook": made.Webhook.ID}, &test); refused != nil || test.Status != 0 || !strings.Contains(test.Error, "this machine") {
		t.Errorf("refused %v, answered %+v", refused, test)
	}
}
