package wire

import (
	"reflect"
	"testing"
)

// A frame that is read the short way is read as encoding/json reads it.
func FuzzDecodeRequest(f *testing.F) {
	for _, g := range goldenFrames(f) {
		f.Add(g)
	}
	for _, s := range []string{
		`{"action":"notify","id":"a","message":"x","topic":"t","reply_to":7}`, ` { "action" : "hello" , "topics" : [ "a" , "b" ] } `,
		`{"topics":[],"topics":["a"],"since":0}`, `{"since":01}`, `{"since":-1}`, `{"since":1e3}`, `{"seq":18446744073709551616}`, `{}`, `{"ACTION":"x"}`,
		`{"name":null}`, `{"name":""}`, `{"action":"x"}}`, `{"action":"x",}`, `{"message":"\u0041"}`, "{\"message\":\"\xff\"}", `{"other":{"action":"x"}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var quick, slow Request
		if !(&scanner{b: data}).request(&quick) {
			return
		}
		if _, err := Decode(data, &slow); err != nil || !reflect.DeepEqual(quick, slow) {
			t.Fatalf("%q is read as %+v, want %+v, error %v", data, quick, slow, err)
		}
	})
}

// The frames that pages send all the time are read the short way.
func TestDecodeRequest_OrdinaryFramesAreReadTheShortWay(t *testing.T) {
	for _, s := range []string{
		`{"action":"subscribe","user_id":"abc123"}`, `{"action":"notify","message":"Grüße"}`,
		`{"action":"notify","id":"k3f9","topic":"general","message":"x","reply_to":1040}`, `{"action":"received","seq":1043,"topic":"kitchen"}`,
		`{"action":"hello","name":"Ana","user_id":"abc123","token":"t","topics":["general"],"since":1042,"epoch":"e"}`,
	} {
		if !(&scanner{b: []byte(s)}).request(new(Request)) {
			t.Errorf("%s is not", s)
		}
	}
}
