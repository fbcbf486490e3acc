package webhook

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// postTo makes one request to a receiver on this machine.
func postTo(t *testing.T, url string, key []byte) outcome {
	t.Helper()
	return post(context.Background(), new(net.Dialer).DialContext, "Belfry test", request{url: url, id: "evt_1", key: key, body: []byte(`{"type":"test"}`)})
}

func answering(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

// The example of the specification, and what another program's library makes of a request.
func TestSign_IsTheSpecifications(t *testing.T) {
	key, err := keyOf("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("signed %s", got)
	}
	for _, bad := range []string{"", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ="} {
		if _, err := keyOf(bad); err == nil {
			t.Errorf("%q is a secret", bad)
		}
	}
}

func TestPost_IsSignedWithTheTimeOfTheTry(t *testing.T) {
	secret := newSecret()
	if secret == newSecret() || len(secret) < len(secretPrefix)+32 {
		t.Errorf("the secret %s", secret)
	}
	key, err := keyOf(secret)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	url := answering(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if err := reader.Verify(body, r.Header); err != nil {
			t.Errorf("%v: %v", r.Header, err)
		}
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" || r.UserAgent() != "Belfry test" {
			t.Errorf("%s with %v", r.Method, r.Header)
		}
		body[0] = ' '
		if reader.Verify(body, r.Header) == nil {
			t.Error("another body has the same signature")
		}
		w.WriteHeader(http.StatusAccepted)
	})
	if o := postTo(t, url, key); o.err != "" || o.status != 202 {
		t.Errorf("answered %+v", o)
	}
}

func TestPost_FollowsNoRedirect(t *testing.T) {
	elsewhere := answering(t, func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") })
	for _, status := range []int{301, 302, 303, 307, 308} {
		url := answering(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, status) })
		if o := postTo(t, url, nil); o.status != status || !strings.Contains(o.err, "follows no redirects") {
			t.Errorf("%d: %+v", status, o)
		}
	}
}

// An answer of any length is read up to a bound, and shown up to another.
func TestPost_ShowsLittleOfAnAnswer(t *testing.T) {
	url := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		for range 1000 {
			if _, err := io.WriteString(w, "a\x1b[31m\u202e\n\x00é"+strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	})
	o := postTo(t, url, nil)
	if o.err != "" || len([]rune(o.body)) != shownAnswer || !strings.HasPrefix(o.body, "a [31m éxx") {
		t.Errorf("answered %+v", o)
	}
}

func TestPost_ReadsNoEndlessHeaders(t *testing.T) {
	url := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 100 {
			w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("x", 1000))
		}
	})
	if o := postTo(t, url, nil); o.status != 0 || o.err == "" {
		t.Errorf("answered %+v", o)
	}
}

// Whoever does not answer, or drips, is left after 5 seconds.
func TestPost_WaitsFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held, began := make(chan struct{}), time.Now()
		r := receive(t, func(w http.ResponseWriter, q *http.Request) {
			if q.URL.Path == "/drips" {
				w.WriteHeader(http.StatusOK)
				w.(http.Flusher).Flush()
			}
			<-held
		})
		defer close(held)
		o := post(context.Background(), r.dial, "Belfry", request{url: "http://h/silent", body: []byte("{}")})
		if o.status != 0 || o.err != "It did not answer within 5 seconds." || time.Since(began) != timeout {
			t.Errorf("silent: %+v after %v", o, time.Since(began))
		}
		o = post(context.Background(), r.dial, "Belfry", request{url: "http://h/drips", body: []byte("{}")})
		if o.status != 200 || o.err != "" || o.took != timeout {
			t.Errorf("its status says that it has arrived: %+v", o)
		}
	})
}

func TestPost_SaysWhyItFailed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + l.Addr().String() + "/?secret=1"
	_ = l.Close()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = log.New(io.Discard, "", 0)
	tls.StartTLS()
	defer tls.Close()
	for url, want := range map[string]string{
		nobody:  "Connection refused: nothing listens there.",
		tls.URL: "Its certificate is not valid for this address.",
		answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }):          "It answered 500 Internal Server Error.",
		answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }):          "It answered 410 Gone.",
		answering(t, func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }): "The request failed: EOF.",
	} {
		if o := postTo(t, url, nil); o.err != want {
			t.Errorf("%s: %q, want %q", url, o.err, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "x": 0, "-1": 0, "30": 30 * time.Second, "0": 0, "9999999999999999999": 0, "4000000000": maxWait, "601": maxWait,
		"Mon, 30 Nov 2026 12:00:20 GMT": 20 * time.Second, "Mon, 30 Nov 2026 11:00:20 GMT": 0, "Mon, 30 Nov 2099 12:00:20 GMT": maxWait,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
