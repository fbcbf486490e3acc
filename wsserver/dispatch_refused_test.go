package wsserver_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"belfry/wsserver/msglog"
	"belfry/wsserver/operator"
	"belfry/wsserver/wstest"
)

// pickyLog refuses every group with a text that it does not like, or with a cursor of Mallory's.
type pickyLog struct{ msglog.Log }

func (l pickyLog) Append(ctx context.Context, changes []msglog.Change) ([]msglog.Appended, error) {
	entries, records := wstest.Parts(changes)
	for _, e := range entries {
		if e.Text == "poison" {
			return nil, errors.New("that row cannot be converted")
		}
	}
	for _, r := range records {
		if r.Kind == "cursor" && strings.Contains(r.Key, "mallory") {
			return nil, errors.New("that record cannot be converted")
		}
	}
	return l.Log.Append(ctx, changes)
}

// A row that the log refuses is answered to its sender alone. Everybody else's messages are kept, in their order, and the
// operator is told of no trouble.
func TestAppend_ARefusedRowIsItsSendersAlone(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d, ana, ben, mallory := r.dashboard(), r.person("ana", "general"), r.person("ben", "general"), r.person("mallory", "general")
		for _, text := range []string{"poison", "one", "poison", "two", "poison"} {
			for _, c := range []*wstest.Client{mallory, ana, ben} {
				if c != mallory == (text == "poison") {
					continue
				}
				c.Send(map[string]any{"action": "notify", "id": text, "topic": "general", "message": text})
			}
		}
		synctest.Wait()
		answers := map[string]int{}
		for name, c := range map[string]*wstest.Client{"ana": ana, "ben": ben, "mallory": mallory} {
			for _, f := range c.Drain() {
				if f.Type == "error" || f.Type == "accepted" {
					answers[name+" "+f.Type+" "+f.Code]++
				}
			}
		}
		if len(answers) != 3 || answers["ana accepted "] != 2 || answers["ben accepted "] != 2 || answers["mallory error not_kept"] != 3 {
			t.Errorf("answered %v", answers)
		}
		if told := r.State().Trouble; told != nil {
			t.Errorf("the operator is told %+v", told)
		}
		last := uint64(0)
		for _, f := range d.Drain() {
			if f.Type == "message" {
				if f.Seq <= last {
					t.Errorf("seq %d after %d", f.Seq, last)
				}
				last = f.Seq
			}
		}
		if last != 4 {
			t.Errorf("the dashboard was sent up to %d, want 4", last)
		}
	}, withLog(pickyLog{msglog.NewMemory()}))
}

// Numbers that no log can hold are refused at both doors, and at that of downloads.
func TestVerbs_RefuseNumbersThatNoLogHolds(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		d := r.dashboard()
		const big = "9223372036854775808"
		for _, fields := range []string{
			`"action":"broadcast","message":"x","reply_to":` + big, `"action":"withdraw","seq":` + big, `"action":"write_again","missing":"read","seq":` + big,
			`"action":"stop_repeat","seq":` + big, `"action":"receipts","seqs":[1,` + big + `]`, `"action":"history","before":` + big, `"action":"history","after":` + big,
			`"action":"search","before":` + big, `"action":"clients","since":` + big, `"action":"clients","conns":[` + big + `]`, `"action":"clients","away_rev":` + big,
			`"action":"audit","before":` + big, `"action":"history","limit":-1`, `"action":"history","limit":1e40`, `"action":"search","limit":0.5`,
			`"action":"broadcast","message":"x","ack":"OK","repeat":{"every":1,"times":` + big + `}`, `"action":"broadcast","message":"x","priority":-1`,
		} {
			d.SendText(`{"id":"1",` + fields + `}`)
			if f := d.Expect("error"); f.Code != "bad_frame" || f.ID != "1" || f.Message == "" {
				t.Errorf("%s is answered by %s", fields, f.Text)
			}
		}
		ctx := t.Context()
		_, err := r.Broadcast(ctx, operator.Broadcast{Message: "x", ReplyTo: 1 << 63})
		wantCode(t, err, "bad_frame")
		_, err = r.Withdraw(ctx, 1<<63)
		wantCode(t, err, "bad_frame")
		_, err = r.History(ctx, operator.HistoryQuery{After: 1 << 63})
		wantCode(t, err, "bad_frame")
		_, err = r.Search(ctx, operator.FindQuery{Before: 1 << 63})
		wantCode(t, err, "bad_frame")
		_, err = r.Receipts(ctx, []uint64{1 << 63}, false)
		wantCode(t, err, "bad_frame")
		wantCode(t, r.StopRepeat(t.Context(), 1<<63), "bad_frame")
		for _, seq := range []string{"9223372036854775808", "-1", "1.5", "x"} {
			req := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:8000/export?format=report&seq="+seq, nil)
			req.Header.Set("Authorization", "Bearer "+key)
			w := httptest.NewRecorder()
			r.Handler().ServeHTTP(w, req)
			if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"bad_frame"`) {
				t.Errorf("seq %s is answered by %d %s", seq, w.Code, w.Body)
			}
		}
		if seq := r.say("and on").Seq; seq != 1 || r.State().Trouble != nil {
			t.Errorf("then %d, trouble %+v", seq, r.State().Trouble)
		}
	})
}
