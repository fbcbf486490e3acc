package wsserver_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// object is a message that programs ask for: its stream, as rights name it ("" for private talk), and the program that sent it.
type object struct {
	stream string
	by     *program
}

// rightsRoom has messages of every audience and of two programs, and is the room of a table of rights.
func rightsRoom(r *room) (objects map[uint64]object, other *program) {
	r.topic("ops", "open")
	r.topic("kitchen", "open")
	objects = map[uint64]object{
		r.say("everyone").Seq: {"everyone", nil},
		r.broadcast(operator.Broadcast{Message: "ops", Topic: "ops"}).Seq:         {"ops", nil},
		r.broadcast(operator.Broadcast{Message: "kitchen", Topic: "kitchen"}).Seq: {"kitchen", nil},
		r.person("ana").Notify("1", "", "in private"):                             {"", nil},
	}
	other = r.newProgram(operator.NewToken{Name: "other", Publish: []string{"everyone", "ops", "people"}})
	for stream, place := range map[string]string{"everyone": "", "ops": `,"topic":"ops"`, "": `,"user_id":"ana"`} {
		objects[other.sends(`{"message":"of another"`+place+`}`)] = object{stream, other}
	}
	return objects, other
}

// sends sends a message, and returns its seq.
func (p *program) sends(body string) uint64 {
	p.t.Helper()
	var sent struct{ Seq uint64 }
	p.wants(http.StatusOK, "POST", "/messages", body, &sent)
	return sent.Seq
}

// mayRead is the table's own idea of the right to read.
func mayRead(q operator.NewToken, stream string) bool {
	return slices.Contains(q.Read, "all") || stream != "" && slices.Contains(q.Read, stream)
}

// Every verb with every right, of every object: rights are those to the object, not to the route. What may not be read answers
// as what is not there.
func TestAPI_RightsAreOfTheObject(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		objects, _ := rightsRoom(r)
		for _, q := range []operator.NewToken{
			{Name: "nothing"},
			{Name: "publishes everyone", Publish: []string{"everyone"}},
			{Name: "publishes ops", Publish: []string{"ops"}},
			{Name: "publishes people", Publish: []string{"people"}},
			{Name: "reads everyone", Read: []string{"everyone"}},
			{Name: "reads ops", Read: []string{"ops"}},
			{Name: "reads all", Read: []string{"all"}},
			{Name: "receipts", Receipts: true},
			{Name: "receipts of ops", Receipts: true, Read: []string{"ops"}, Publish: []string{"ops"}},
			{Name: "receipts of all", Receipts: true, Read: []string{"all"}, Publish: []string{"everyone"}},
			{Name: "urgent", Urgent: true, Publish: []string{"everyone"}},
			{Name: "asks", Ask: true, Publish: []string{"everyone"}},
			{Name: "people", People: true},
			{Name: "metrics", Metrics: true},
		} {
			p := r.newProgram(q)
			p.checkPublish(q)
			p.checkObjects(q, objects)
			for path, may := range map[string]bool{"/people": q.People, "/topics": true, "/now": true, "/openapi.json": true, "/messages": len(q.Read) > 0} {
				status := http.StatusForbidden
				if may {
					status = http.StatusOK
				}
				p.wants(status, "GET", path, "", nil)
			}
		}
	})
}

// checkPublish sends to every place, in every way.
func (p *program) checkPublish(q operator.NewToken) {
	p.t.Helper()
	for body, may := range map[string]bool{
		`{"message":"x"}`:                    slices.Contains(q.Publish, "everyone"),
		`{"message":"x","topic":"ops"}`:      slices.Contains(q.Publish, "ops"),
		`{"message":"x","topic":"kitchen"}`:  false,
		`{"message":"x","user_id":"ana"}`:    slices.Contains(q.Publish, "people"),
		`{"message":"x","user_id":"nobody"}`: false,
		`{"message":"x","priority":5}`:       slices.Contains(q.Publish, "everyone") && q.Urgent,
		`{"message":"x","priority":4}`:       slices.Contains(q.Publish, "everyone"),
		`{"message":"x","ack":"Yes"}`:        slices.Contains(q.Publish, "everyone") && q.Ask,
	} {
		answer, text := p.ask("POST", "/messages", body)
		switch {
		case may && answer.StatusCode != http.StatusOK:
			p.t.Errorf("%s: %s: %d %s", q.Name, body, answer.StatusCode, text)
		case may && !strings.Contains(body, "ana"): // its own: it may withdraw it
			p.wants(http.StatusNoContent, "DELETE", "/messages/"+itoa(p.State().Seq), "", nil)
		case may:
		case strings.Contains(body, "nobody") && slices.Contains(q.Publish, "people"):
			if answer.StatusCode != http.StatusNotFound {
				p.t.Errorf("%s: %s: %d %s", q.Name, body, answer.StatusCode, text)
			}
		case answer.StatusCode != http.StatusForbidden:
			p.t.Errorf("%s: %s: %d %s", q.Name, body, answer.StatusCode, text)
		}
	}
}

// checkObjects asks for every object in every way.
func (p *program) checkObjects(q operator.NewToken, objects map[uint64]object) {
	p.t.Helper()
	for seq, o := range objects {
		readable := mayRead(q, o.stream)
		for request, want := range map[string]int{
			"GET":      choose(readable, http.StatusOK, http.StatusNotFound),
			"DELETE":   choose(readable, http.StatusForbidden, http.StatusNotFound),
			"receipts": choose(!q.Receipts || readable, http.StatusForbidden, http.StatusNotFound),
		} {
			method, path := request, ""
			if request == "receipts" {
				method, path = "GET", "/receipts?detail=1"
			}
			answer, text := p.ask(method, "/messages/"+itoa(seq)+path, "")
			if answer.StatusCode != want {
				p.t.Errorf("%s: %s of %d (%s): %d %s, want %d", q.Name, request, seq, o.stream, answer.StatusCode, text, want)
			}
			_, none := p.ask(method, "/messages/99999"+path, "")
			if want == http.StatusNotFound && text != none {
				p.t.Errorf("%s: %s of %d: %s, of none: %s", q.Name, request, seq, text, none)
			}
		}
	}
	if len(q.Read) > 0 {
		p.checkRead(q, objects)
	}
}

// checkRead compares the page and the stream with what may be read.
func (p *program) checkRead(q operator.NewToken, objects map[uint64]object) {
	p.t.Helper()
	var page struct{ Messages []wire.Message }
	p.wants(http.StatusOK, "GET", "/messages?after=0", "", &page)
	listed := map[uint64]bool{}
	for _, m := range page.Messages {
		listed[m.Seq] = true
	}
	s := p.stream("?after=0")
	streamed := map[string]bool{}
	for e, ok := s.next(); ok && e.name != "recovered"; e, ok = s.next() {
		streamed[e.id] = e.name == "message"
	}
	s.end()
	for seq, o := range objects {
		if may := mayRead(q, o.stream); listed[seq] != may || streamed[itoa(seq)] != may {
			p.t.Errorf("%s: %d (%s) is listed %v and streamed %v", q.Name, seq, o.stream, listed[seq], streamed[itoa(seq)])
		}
	}
	for _, topic := range []string{"everyone", "ops", "kitchen"} {
		want := choose(mayRead(q, topic), http.StatusOK, http.StatusForbidden)
		p.wants(want, "GET", "/messages?topic="+topic, "", nil)
		if want == http.StatusForbidden {
			p.wantCode(want, "not_allowed", "GET", "/stream?topic="+topic, "")
		}
	}
}

func choose(ok bool, yes, no int) int {
	if ok {
		return yes
	}
	return no
}

// Ids are unique under a token: two programs may use the same one.
func TestAPI_IdsAreEachProgramsOwn(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		one, other := r.newProgram(everything("one")), r.newProgram(everything("other"))
		first := one.sends(`{"message":"of one","id":"same"}`)
		if second := other.sends(`{"message":"of the other","id":"same"}`); second == first {
			t.Errorf("both are %d", first)
		}
		if again := one.sends(`{"message":"of one","id":"same"}`); again != first {
			t.Errorf("again it is %d, not %d", again, first)
		}
		other.wantCode(http.StatusForbidden, "not_allowed", "DELETE", "/messages/"+itoa(first), "")
		op := &program{r, operator.CreatedToken{Secret: key}}
		op.wants(http.StatusNoContent, "DELETE", "/messages/"+itoa(first), "", nil)
	})
}
