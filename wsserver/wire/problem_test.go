package wire

import (
	"encoding/json"
	"errors"
	"testing"
)

// The cause of a Problem is for the log: it may name files and system calls.
func TestProblem_ItsCauseDoesNotTravel(t *testing.T) {
	p := Problem{Code: "folder", Message: "No.", Hint: "Try.", Err: errors.New("open /home/ana: permission denied")}
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"code":"folder","message":"No.","hint":"Try.","port":0}`; string(b) != want {
		t.Errorf("travels as %s, want %s", b, want)
	}
}
