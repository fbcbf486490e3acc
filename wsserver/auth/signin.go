package auth

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"belfry/wsserver/internal/useragent"
	"belfry/wsserver/limiter"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

// maxSignInBody bounds the body of a POST.
const maxSignInBody = 4 << 10

// HalfHeader carries the page's half of a session: to the page in the answer to its sign-in, and back with each request.
const HalfHeader = "Belfry-Session"

// SignIn decides which requests are the operator's. It is the handler of /session: POST exchanges the key or the password
// for a session, GET reports whether there is one, DELETE ends it.
type SignIn struct{ o Options }

// Options are the dependencies of a SignIn. All are needed.
type Options struct {
	Secrets  *Secrets
	Attempts *Attempts
	Limiter  *limiter.Limiter
	Settings *settings.Store
	Agents   *useragent.Cache
	// CookieName is the name of the session's cookie for a request: browsers share cookies between the ports of a host.
	CookieName func(*http.Request) string
	// Happened is called after each sign-in, sign-out and wrong key. It must not block for long.
	Happened func(Event)
	Logger   *slog.Logger
}

// Event is something for the audit list.
type Event struct {
	// What: "signed_in", "signed_out", "wrong_key" or "password_off".
	What string
	// Session that was opened or ended, "" for the others. Replaced is the one that the browser had before it signed in again.
	Session, Replaced string
	// Address and Browser it came from. How it was proved: ByKey or ByPassword; "" for signed_out.
	Address, Browser, How string
}

// Operator is the proof that a request is the operator's.
type Operator struct {
	// Session is the ID of the session, "" if the request showed the key.
	Session string
	// CookieAlone: the page's half of the session is not shown yet. Until then it may do nothing.
	CookieAlone bool
	// Address and Browser of the machine. Remote: it is another one than the server's.
	Address, Browser string
	Remote           bool
	// KeyGeneration is the key's before it was compared.
	KeyGeneration int
}

// NewSignIn makes a SignIn.
func NewSignIn(o Options) *SignIn { return &SignIn{o} }

// ServeHTTP answers /session.
func (s *SignIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if !s.MayOperate(w, r) {
		return
	}
	from := s.from(r)
	switch r.Method {
	case http.MethodGet:
		if _, _, e, status := s.authorize(r, from); e != nil {
			s.refuse(w, status, e)
			return
		}
	case http.MethodPost:
		how, e, status := s.checkPost(w, r, from)
		if e != nil {
			s.refuse(w, status, e)
			return
		}
		shown := s.open(r, from, how)
		w.Header().Set(HalfHeader, shown.Half)
		http.SetCookie(w, s.cookie(r, shown.Cookie, int(SessionAge.Seconds())))
	case http.MethodDelete:
		if !s.signOut(r) {
			s.refuse(w, http.StatusUnauthorized, errHalfNeeded)
			return
		}
		http.SetCookie(w, s.cookie(r, "", -1))
	default:
		w.Header().Set("Allow", "GET, POST, DELETE")
		wire.Refuse(w, http.StatusMethodNotAllowed, wire.ErrNotAllowed.WithMessage("Use POST to open a session."))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// MayOperate refuses requests of other pages, and those of other machines where settings say so. It reports false where
// it has answered the request.
func (s *SignIn) MayOperate(w http.ResponseWriter, r *http.Request) bool {
	if why := s.o.Limiter.RefusedOrigin(r); why != nil {
		wire.RefuseRequest(w, r, http.StatusForbidden, why, "")
		return false
	}
	if !s.o.Settings.Effective().RemoteDashboards && !s.fromThisMachine(r) {
		wire.RefuseRequest(w, r, http.StatusForbidden, wire.ErrNotAllowed.WithMessage(
			"The dashboard opens only on the computer that runs Belfry. The operator can change this in Settings."), "")
		return false
	}
	return true
}

// Authorize is MayOperate, and asks for a session or the key as a Bearer. ok is false if it has answered the request. The
// half of a session may come later where halfLater is set: see Operator.CookieAlone.
func (s *SignIn) Authorize(w http.ResponseWriter, r *http.Request, halfLater bool) (o Operator, ok bool) {
	if !s.MayOperate(w, r) {
		return o, false
	}
	if FromOtherSite(r) {
		wire.RefuseRequest(w, r, http.StatusForbidden, wire.ErrNotAllowed.WithMessage("Pages from other servers cannot do this."), "")
		return o, false
	}
	from := s.from(r)
	o = Operator{Address: from.Address, Browser: from.Browser, Remote: !s.fromThisMachine(r), KeyGeneration: s.o.Secrets.Key.Generation()}
	session, cookieAlone, e, status := s.authorize(r, from)
	if e == nil && cookieAlone && !halfLater {
		e, status = errHalfNeeded, http.StatusUnauthorized
	}
	if e != nil {
		wire.RefuseRequest(w, r, status, e, "")
		return o, false
	}
	o.Session, o.CookieAlone = session, cookieAlone
	return o, true
}

// errHalfNeeded is for who has the cookie of a session and not what its page keeps.
var errHalfNeeded = &wire.Error{Code: "key_needed", Message: "The cookie alone is not enough. Sign in again."}

// from is where a request comes from.
func (s *SignIn) from(r *http.Request) From {
	return From{Address: s.o.Limiter.Address(r), Browser: s.o.Agents.Describe(r.UserAgent())}
}

// authorize accepts a session, or the key as a Bearer: session is then "". cookieAlone: the session's half is not shown.
func (s *SignIn) authorize(r *http.Request, from From) (session string, cookieAlone bool, e *wire.Error, status int) {
	o, ok := s.sessionOf(r)
	half, shown := halfOf(r)
	switch {
	case ok && shown && o.Proves(half):
		return o.ID, false, nil, 0
	case ok && !shown && bearer(r) == "":
		return o.ID, true, nil, 0
	case ok && shown && bearer(r) == "":
		return "", false, errHalfNeeded, http.StatusUnauthorized
	}
	e, status = s.o.Attempts.Key(from, bearer(r))
	return "", false, e, status
}

// halfOf is the page's half of the session that a request shows.
func halfOf(r *http.Request) (half string, shown bool) {
	values := r.Header.Values(HalfHeader)
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

// credentials is the body of a POST: what was typed, the key or the password.
type credentials struct {
	Password string `json:"password"`
}

// checkPost checks what a POST shows: the key as a Bearer, or credentials.
func (s *SignIn) checkPost(w http.ResponseWriter, r *http.Request, from From) (how string, e *wire.Error, status int) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSignInBody))
	if err != nil {
		return "", wire.ErrTooLarge.WithMessage("That is too long for a password."), http.StatusRequestEntityTooLarge
	}
	if bearer(r) != "" || len(body) == 0 {
		e, status = s.o.Attempts.Key(from, bearer(r))
		return ByKey, e, status
	}
	var c credentials
	if json.Unmarshal(body, &c) != nil || c.Password == "" {
		return "", wire.ErrBadFrame.WithMessage("To sign in, send the key as a Bearer token, or a JSON object with a password."), http.StatusBadRequest
	}
	return s.o.Attempts.Password(from, c.Password)
}

// refuse is wire.Refuse, and says whether a password would do.
func (s *SignIn) refuse(w http.ResponseWriter, status int, e *wire.Error) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	body := wire.NewRefusal(e)
	body.Password = s.o.Secrets.Password.Usable()
	wire.RefuseWith(w, status, e, body)
}

// open opens a session and returns what its browser is to show. The session that the browser had before is ended, with all
// that it has open: its cookie may be in other hands.
func (s *SignIn) open(r *http.Request, from From, how string) Credentials {
	before, _ := s.sessionOf(r)
	s.end(before)
	shown, o, err := s.o.Secrets.Sessions.Open(from.Address, from.Browser, how)
	if err != nil {
		s.o.Logger.Error("keep the sessions", "error", err)
	}
	s.o.Happened(Event{What: "signed_in", Session: o.ID, Replaced: before.ID, Address: from.Address, Browser: from.Browser, How: o.How})
	return shown
}

// signOut ends the session of the browser that asks for it. It reports false if the cookie is all that it shows.
func (s *SignIn) signOut(r *http.Request) bool {
	o, ok := s.sessionOf(r)
	if !ok {
		return true
	}
	if half, _ := halfOf(r); !o.Proves(half) && !s.o.Secrets.Key.Matches(bearer(r)) {
		return false
	}
	s.end(o)
	s.o.Happened(Event{What: "signed_out", Session: o.ID, Address: o.Address, Browser: o.Browser})
	return true
}

// end removes a session, if there is one.
func (s *SignIn) end(o Session) {
	if _, err := s.o.Secrets.Sessions.End(func(x *Session) bool { return x.ID == o.ID }); err != nil {
		s.o.Logger.Error("keep the sessions", "error", err)
	}
}

// sessionOf is the session whose cookie a request carries.
func (s *SignIn) sessionOf(r *http.Request) (o Session, ok bool) {
	cookie, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return o, false
	}
	return s.o.Secrets.Sessions.Find(cookie.Value)
}

// cookie has no Path: a browser then takes the folder of /session as it knows it, so that two servers behind one proxy, at
// paths of their own, do not overwrite each other's. It is Secure also where the page is encrypted as far as a proxy. Over TLS
// of this server's own no other program can set it: browsers know that by its name.
func (s *SignIn) cookie(r *http.Request, value string, age int) *http.Cookie {
	c := &http.Cookie{
		Name: s.cookieName(r), Value: value, MaxAge: age, HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: s.encrypted(r),
	}
	if ownTLS(r) {
		c.Path = "/"
	}
	return c
}

// cookieName is the cookie's name for a request.
func (s *SignIn) cookieName(r *http.Request) string {
	if ownTLS(r) {
		return "__Host-" + s.o.CookieName(r)
	}
	return s.o.CookieName(r)
}

// ownTLS reports whether the browser speaks TLS with this server itself.
func ownTLS(r *http.Request) bool { return r.TLS != nil && !limiter.ByProxy(r) }

// encrypted reports whether the page is: here, or as far as a proxy, which the page's origin says, or a trusted proxy.
func (s *SignIn) encrypted(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://") || s.o.Limiter.ForwardedTLS(r)
}
