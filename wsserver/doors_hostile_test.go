package wsserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"belfry/wsserver"
	"belfry/wsserver/operator"
	"belfry/wsserver/settings"
	"belfry/wsserver/token"
)

// The operator's key counts as the Bearer that it was sent as, and in no other place beside one.
func TestDoors_TheOperatorsKeyIsNoToken(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		for _, header := range [][]string{
			{"X-Gotify-Key", key},
			{"X-Gotify-Key", key, "Authorization", "Bearer "},
			{"X-Gotify-Key", key, "Authorization", "Bearer"},
			{"Authorization", "Basic eDp0aGUtb3BlcmF0b3JzLWtleQ=="},
		} {
			if res, answer := r.do(request(t, "GET", "/api/v1/now", header...)); res.StatusCode != http.StatusUnauthorized {
				t.Errorf("%q: %d %s", header, res.StatusCode, answer)
			}
		}
		if res, answer := r.do(request(t, "GET", "/api/v1/now", "Authorization", "Bearer "+key)); res.StatusCode != http.StatusOK {
			t.Errorf("as a Bearer: %d %s", res.StatusCode, answer)
		}
	})
}

// A token that is removed while its message is coming is refused as one that is not valid, at each door.
func TestDoors_ATokenThatEndsMeanwhile(t *testing.T) {
	for path, body := range map[string]string{
		"/general": "tea", "/": `{"topic":"general","message":"tea"}`, "/message": `{"message":"tea"}`, "/api/v1/messages": `{"message":"tea","topic":"general"}`,
	} {
		inRoom(t, func(t *testing.T, r *room) {
			made := r.createToken(operator.NewToken{Name: "speaker", Publish: []string{"general"}})
			nc, err := r.listen.Dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			fmt.Fprintf(nc, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", path, made.Secret, len(body), body[:2])
			synctest.Wait()
			if err := r.RemoveToken(t.Context(), made.Token.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(nc, body[2:]); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(bufio.NewReader(nc), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if answer, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: %d %s", path, res.StatusCode, answer)
			}
			if n := r.State().Kept; n != 0 {
				t.Errorf("%s: %d messages were sent", path, n)
			}
		})
	}
}

// The rate counts what is sent: a program that asks for what cannot be is not made to wait.
func TestDoors_WhatIsNotSentCountsInNoRate(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		q := everything("grafana")
		q.Rate = new(1.0)
		p := r.newProgram(q)
		for range 100 {
			p.wantCode(http.StatusNotFound, "unknown_user", "POST", "/messages", `{"message":"x","user_id":"nobody"}`)
			p.wantCode(http.StatusBadRequest, "bad_frame", "POST", "/messages", `{"message":" "}`)
		}
		for range 60 {
			p.wants(http.StatusOK, "POST", "/messages", `{"message":"x"}`, nil)
		}
		p.wantCode(http.StatusTooManyRequests, "rate_limited", "POST", "/messages", `{"message":"x"}`)
	})
}

// Nothing that needs a right is left out in silence where it lacks.
func TestAPI_AnswersNeedTheRightToAsk(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		p := r.newProgram(operator.NewToken{Name: "sensor", Publish: []string{"everyone"}})
		for _, body := range []string{`{"message":"x","answers":["yes","no"]}`, `{"message":"x","answers":"yes"}`, `{"message":"x","ack":"Understood"}`} {
			p.wantCode(http.StatusForbidden, "not_allowed", "POST", "/messages", body)
		}
		for _, body := range []string{`{"message":"x","answers":[]}`, `{"message":"x","answers":null}`} {
			p.wants(http.StatusOK, "POST", "/messages", body, nil)
		}
	})
}

// The command line does not know the operator's name: a token that was given it there, or one that looks like it, sends nothing.
func TestDoors_NoProgramSpeaksAsTheOperator(t *testing.T) {
	dir := t.TempDir()
	inRoom(t, func(t *testing.T, r *room) {
		if _, err := r.SetSettings(t.Context(), settings.Change{OperatorName: new("Chef")}); err != nil {
			t.Fatal(err)
		}
		for name, status := range map[string]int{"CHEF": http.StatusForbidden, "Cook": http.StatusOK} {
			_, secret, err := store(t, dir).Add(name, token.Rights{Publish: []string{"everyone"}})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			if got, answer := r.program(secret, "POST", "/everyone", "x"); got != status {
				t.Errorf("%s: %d %s", name, got, answer)
			}
		}
	}, func(c *wsserver.Config) { c.Dir = dir })
}
