package auth

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"belfry/wsserver/internal/useragent"
	"belfry/wsserver/limiter"
	"belfry/wsserver/settings"
	"belfry/wsserver/wire"
)

const (
	// maxSignInBody bounds the body of a POST.
	maxSignInBody = 4 << 10
	// passwordRetry is when to try again where too many passwords are being verified.
	passwordRetry = 2 * time.Second
)

// SignIn decides which requests are the operator's. It is the handler of /session: POST exchanges the key or the password
// for a session's cookie, GET reports whether there is one, DELETE ends it.
type SignIn struct{ o Options }

// Options are the dependencies of a SignIn. All are needed.
type Options struct {
	Secrets  *Secrets
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
	// What: "signed_in", "signed_out" or "wrong_key".
	What string
	// Session that was opened or ended, "" for a wrong key.
	Session string
	// Address and Browser it came from. How it was proved: ByKey or ByPassword; "" for signed_out.
	Address, Browser, How string
}

// Operator is the proof that a request is the operator's.
type Operator struct {
	// Session is the ID of the session, "" where the request showed the key.
	Session string
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
	address := s.o.Limiter.Address(r)
	switch r.Method {
	case http.MethodGet:
		if _, e, status := s.authorize(r, address); e != nil {
			s.refuse(w, status, e)
			return
		}
	case http.MethodPost:
		how, e, status := s.checkPost(w, r, address)
		if e != nil {
			s.refuse(w, status, e)
			return
		}
		http.SetCookie(w, s.cookie(r, s.open(r, address, how), int(SessionAge.Seconds())))
	case http.MethodDelete:
		s.signOut(r)
		http.SetCookie(w, s.cookie(r, "", -1))
	default:
		w.Header().Set("Allow", "GET, POST, DELETE")
		wire.Refuse(w, http.StatusMethodNotAllowed, wire.ErrNotAllowed.WithMessage("Sessions are opened by POST."))
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
	if !s.o.Settings.Effective().RemoteDashboards && !fromThisMachine(r) {
		wire.RefuseRequest(w, r, http.StatusForbidden, wire.ErrNotAllowed.WithMessage(
			"The dashboard can be opened on the machine that Belfry runs on alone. The operator can change that in settings."), "")
		return false
	}
	return true
}

// Authorize is MayOperate, and asks for a session's cookie or the key as a Bearer. ok is false where it has answered the
// request.
func (s *SignIn) Authorize(w http.ResponseWriter, r *http.Request) (o Operator, ok bool) {
	if !s.MayOperate(w, r) {
		return o, false
	}
	o = Operator{
		Address: s.o.Limiter.Address(r), Browser: s.o.Agents.Describe(r.UserAgent()), Remote: !fromThisMachine(r),
		KeyGeneration: s.o.Secrets.Key.Generation(),
	}
	session, e, status := s.authorize(r, o.Address)
	if e != nil {
		wire.RefuseRequest(w, r, status, e, "")
		return o, false
	}
	o.Session = session
	return o, true
}

// authorize accepts a session's cookie, or the key as a Bearer: session is then "".
func (s *SignIn) authorize(r *http.Request, address string) (session string, e *wire.Error, status int) {
	if o, ok := s.sessionOf(r); ok {
		return o.ID, nil, 0
	}
	e, status = s.tryKey(r, address, bearer(r))
	return "", e, status
}

// tryKey accepts the key. Wrong ones are limited by address.
func (s *SignIn) tryKey(r *http.Request, address, key string) (e *wire.Error, status int) {
	if key == "" {
		return &wire.Error{Code: "key_needed", Message: "The operator's key is needed."}, http.StatusUnauthorized
	}
	if wait, ok := s.o.Limiter.MayTryKey(address); !ok {
		return tooManyKeys(wait), http.StatusTooManyRequests
	}
	if !s.o.Secrets.Key.Matches(key) {
		s.o.Limiter.WrongKey(address)
		s.noteWrong(r, address, ByKey)
		return &wire.Error{Code: "key_wrong", Message: "That is not the key."}, http.StatusUnauthorized
	}
	return nil, 0
}

func tooManyKeys(wait time.Duration) *wire.Error {
	return &wire.Error{Code: "rate_limited", Message: "Too many wrong keys came from this address. Wait a moment.", Retry: wait}
}

// noteWrong logs and announces a wrong key or password.
func (s *SignIn) noteWrong(r *http.Request, address, how string) {
	s.o.Logger.Warn("wrong operator's key", "address", address)
	s.o.Happened(Event{What: "wrong_key", Address: address, Browser: s.o.Agents.Describe(r.UserAgent()), How: how})
}

// tryPassword accepts the password, or the key typed in its place. Attempts are limited by address; one that was right
// does not count.
func (s *SignIn) tryPassword(r *http.Request, address, text string) (how string, e *wire.Error, status int) {
	secrets := s.o.Secrets
	if !secrets.Password.IsSet() {
		e, status = s.tryKey(r, address, text)
		return ByKey, e, status
	}
	giveBack, wait, ok := s.o.Limiter.TryPassword(address)
	if !ok {
		return "", tooManyKeys(wait), http.StatusTooManyRequests
	}
	if secrets.Key.Matches(text) {
		giveBack()
		return ByKey, nil, 0
	}
	right, ok := secrets.Password.Verify(text)
	switch {
	case !ok:
		giveBack()
		return "", &wire.Error{Code: "rate_limited", Message: "Too many sign in at once. Wait a moment.", Retry: passwordRetry}, http.StatusTooManyRequests
	case !right:
		s.noteWrong(r, address, ByPassword)
		return "", &wire.Error{Code: "key_wrong", Message: "That is not the key, and not the password."}, http.StatusUnauthorized
	}
	giveBack()
	return ByPassword, nil, 0
}

// credentials is the body of a POST: what was typed, the key or the password.
type credentials struct {
	Password string `json:"password"`
}

// checkPost checks what a POST shows: the key as a Bearer, or credentials.
func (s *SignIn) checkPost(w http.ResponseWriter, r *http.Request, address string) (how string, e *wire.Error, status int) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSignInBody))
	if err != nil {
		return "", wire.ErrTooLarge.WithMessage("That is too long for a password."), http.StatusRequestEntityTooLarge
	}
	if bearer(r) != "" || len(body) == 0 {
		e, status = s.tryKey(r, address, bearer(r))
		return ByKey, e, status
	}
	var c credentials
	if json.Unmarshal(body, &c) != nil || c.Password == "" {
		return "", wire.ErrBadFrame.WithMessage("To sign in, send the key as a Bearer, or a JSON object with a password."), http.StatusBadRequest
	}
	return s.tryPassword(r, address, c.Password)
}

// refuse is wire.Refuse, and says whether a password would do.
func (s *SignIn) refuse(w http.ResponseWriter, status int, e *wire.Error) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	body := wire.NewRefusal(e)
	body.Password = s.o.Secrets.Password.IsSet()
	wire.RefuseWith(w, status, e, body)
}

// open opens a session and returns the value of its cookie. A browser that has a session keeps its ID under a new
// cookie.
func (s *SignIn) open(r *http.Request, address, how string) (value string) {
	agent := s.o.Agents.Describe(r.UserAgent())
	before, _ := s.drop(r)
	value, o, err := s.o.Secrets.Sessions.Open(before.ID, address, agent, how)
	if err != nil {
		s.o.Logger.Error("keep the sessions", "error", err)
	}
	s.o.Happened(Event{What: "signed_in", Session: o.ID, Address: address, Browser: agent, How: o.How})
	return value
}

// signOut ends the session of the browser that asks for it.
func (s *SignIn) signOut(r *http.Request) {
	if o, ok := s.drop(r); ok {
		s.o.Happened(Event{What: "signed_out", Session: o.ID, Address: o.Address, Browser: o.Browser})
	}
}

// drop removes the session whose cookie a request carries.
func (s *SignIn) drop(r *http.Request) (o Session, ok bool) {
	if o, ok = s.sessionOf(r); ok {
		if _, err := s.o.Secrets.Sessions.End(func(x *Session) bool { return x.ID == o.ID }); err != nil {
			s.o.Logger.Error("keep the sessions", "error", err)
		}
	}
	return o, ok
}

// sessionOf is the session whose cookie a request carries.
func (s *SignIn) sessionOf(r *http.Request) (o Session, ok bool) {
	cookie, err := r.Cookie(s.o.CookieName(r))
	if err != nil {
		return o, false
	}
	return s.o.Secrets.Sessions.Find(cookie.Value)
}

// cookie has no Path: a browser then takes the folder of /session as it knows it, so that two servers behind one proxy, at
// paths of their own, do not overwrite each other's. It is Secure also where the page is encrypted as far as a proxy.
func (s *SignIn) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: s.o.CookieName(r), Value: value, MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil || strings.HasPrefix(r.Header.Get("Origin"), "https://"),
	}
}
