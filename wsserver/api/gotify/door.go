package gotify

import (
	"cmp"
	"net/http"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/api/stream"
)

// Options are what a Door needs.
type Options struct {
	Gate    *gate.Gate
	Streams *stream.Set
	// Room returns what the room is called, "" where it has no name.
	Room func() string
	// Version of this program.
	Version string
	// Healthy reports whether messages can be sent now.
	Healthy func() bool
}

// Door answers what Gotify's senders and readers ask.
type Door struct {
	o     Options
	given *given
}

// New makes a Door.
func New(o Options) *Door { return &Door{o, newGiven()} }

// Mount adds the door's routes.
func (d *Door) Mount(mux *http.ServeMux) {
	mux.HandleFunc("POST /message", d.entered(d.send))
	mux.HandleFunc("GET /message", d.entered(d.list))
	mux.HandleFunc("GET /stream", d.listen)
	mux.HandleFunc("GET /application", d.entered(d.applications))
	mux.HandleFunc("GET /client", d.entered(d.clients))
	mux.HandleFunc("POST /client", d.entered(d.signIn))
	mux.HandleFunc("GET /current/user", d.entered(d.user))
	mux.HandleFunc("GET /version", d.admitted(d.version))
	mux.HandleFunc("GET /health", d.admitted(d.health))
}

// entered is a handler for callers with a token.
func (d *Door) entered(handle func(http.ResponseWriter, *http.Request, *gate.Caller) error) http.HandlerFunc {
	return d.o.Gate.Handler(false, refuse, handle)
}

// admitted is a handler for anybody.
func (d *Door) admitted(handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := d.o.Gate.Admit(r); err != nil {
			refuse(w, err)
			return
		}
		handle(w, r)
	}
}

// Application is what messages belong to in Gotify: here it is the room.
type Application struct {
	ID              int    `json:"id"`
	Name            string `json:"name"`
	Description     string `json:"description"`
	Internal        bool   `json:"internal"`
	Image           string `json:"image"`
	DefaultPriority int    `json:"defaultPriority"`
}

func (d *Door) applications(w http.ResponseWriter, _ *http.Request, _ *gate.Caller) error {
	answer(w, http.StatusOK, []Application{{ID: appID, Name: cmp.Or(d.o.Room(), "Belfry"), Internal: true, DefaultPriority: defaultPriority}})
	return nil
}

// Client is who reads: here it is the token. Token has its secret, for who has just shown it.
type Client struct {
	ID    int    `json:"id"`
	Token string `json:"token,omitempty"`
	Name  string `json:"name"`
}

// clientID is the caller's own, which is the only one that it is told of.
const clientID = 1

func (d *Door) clients(w http.ResponseWriter, _ *http.Request, c *gate.Caller) error {
	answer(w, http.StatusOK, []Client{{ID: clientID, Name: c.Token.Name}})
	return nil
}

// signIn is how Gotify's app signs in: it shows a name and a password, and is given a token. Here the password is one already.
func (d *Door) signIn(w http.ResponseWriter, _ *http.Request, c *gate.Caller) error {
	return c.WithSecret(func(secret string) error {
		answer(w, http.StatusOK, Client{ID: clientID, Token: secret, Name: c.Token.Name})
		return nil
	})
}

func (d *Door) user(w http.ResponseWriter, _ *http.Request, c *gate.Caller) error {
	answer(w, http.StatusOK, struct {
		ID    int    `json:"id"`
		Name  string `json:"name"`
		Admin bool   `json:"admin"`
	}{clientID, c.Token.Name, false})
	return nil
}

// version answers anybody, as Gotify does: its app asks before it has a token.
func (d *Door) version(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Version   string `json:"version"`
		Commit    string `json:"commit"`
		BuildDate string `json:"buildDate"`
	}{Version: d.o.Version})
}

// health answers anybody, as Gotify does.
func (d *Door) health(w http.ResponseWriter, _ *http.Request) {
	status, health, database := http.StatusOK, "green", "green"
	if !d.o.Healthy() {
		status, health, database = http.StatusInternalServerError, "orange", "red"
	}
	answer(w, status, struct {
		Health   string `json:"health"`
		Database string `json:"database"`
	}{health, database})
}
