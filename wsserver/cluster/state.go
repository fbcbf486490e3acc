package cluster

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"belfry/wsserver/internal/atomicfile"
	"belfry/wsserver/peers"
	"belfry/wsserver/wire"
)

// State is how a machine is, as it is written to its data folder for programs of the same account.
type State struct {
	Node    string    `json:"node"`
	Name    string    `json:"name"`
	Witness bool      `json:"witness"`
	Waiting bool      `json:"waiting"` // it has not found enough of the others yet since it was started, and opens no page
	CutOff  bool      `json:"cut_off"`
	Since   time.Time `json:"since"`
	Leader  string    `json:"leader"` // the machine that leads; "": none is known
	Present []string  `json:"present"`
	Missing []string  `json:"missing"`
	Trouble string    `json:"trouble"`
}

// stateFile is its name in the folder.
const stateFile = "cluster.json"

// ReadState returns how the machine is that runs on a data folder. Errors are *wire.Problem.
func ReadState(dir string) (s State, err error) {
	b, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, NotRunning(dir)
	case err != nil:
		return s, &wire.Problem{Code: "cluster", Message: "Belfry cannot read " + filepath.Join(dir, stateFile) + ": " + wire.Reason(err) + ".", Hint: "Run this with the account that runs Belfry.", Err: err}
	}
	return s, nil
}

// NotRunning is the *wire.Problem of a folder on which no machine of several runs.
func NotRunning(dir string) error {
	return &wire.Problem{Code: "cluster", Message: "No Belfry that is one of several machines runs on " + dir + ".", Hint: "Start it with -cluster, or give its folder with -data."}
}

// writeState writes it for others to read. Where it cannot, they are told something older: Belfry goes on.
func (e *Engine) writeState(s peers.Status, said told) {
	b, err := json.Marshal(State{
		Node: e.o.Node, Name: e.o.Name, Witness: e.o.Witness, Waiting: said.waiting, CutOff: s.CutOff, Since: s.Since.UTC(),
		Leader: said.leader, Present: said.present, Missing: s.Missing, Trouble: s.Trouble,
	})
	if err == nil {
		err = atomicfile.Write(filepath.Join(e.o.Dir, stateFile), b)
	}
	if err != nil {
		e.o.Logger.Debug("write how this machine is", "error", err)
	}
}

// removeState says that it does not run any more.
func (e *Engine) removeState() { _ = os.Remove(filepath.Join(e.o.Dir, stateFile)) }
