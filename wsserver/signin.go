package wsserver

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"belfry/wsserver/auth"
	"belfry/wsserver/limiter"
	"belfry/wsserver/operator"
	"belfry/wsserver/wire"
)

// This file is how the operator signs in from a browser: the key or the password for a session, and where from.

// maxSignIn is the most that a request to sign in may hold.
const maxSignIn = 4 << 10

// refusePassword is when to try again while too many passwords are being looked at.
const refusePassword = 2 * time.Second

// bearer is the key of an Authorization header, "" without one.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// fromHere reports whether a request comes from this machine. What was forwarded comes from where it was first sent,
// and what a proxy says of that is believed only as far as it makes it a stranger's.
func fromHere(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	if len(r.Header.Values("Forwarded")) > 0 || len(r.Header.Values("X-Real-Ip")) > 0 {
		return false
	}
	for _, value := range r.Header.Values("X-Forwarded-For") {
		for hop := range strings.SplitSeq(value, ",") {
			ip, err := netip.ParseAddr(strings.TrimSpace(hop))
			if err != nil || !ip.Unmap().IsLoopback() {
				return false
			}
		}
	}
	return true
}

// mayOperate keeps dashboards of other machines and of other pages out. The answer has been written where it is false.
func (s *Server) mayOperate(w http.ResponseWriter, r *http.Request) bool {
	if !limiter.OriginAllowed(r) {
		wire.Refuse(w, http.StatusForbidden, wire.ErrNotAllowed.WithMessage("Pages of other servers may not connect here."))
		return false
	}
	if !s.settings.Effective().RemoteDashboards && !fromHere(r) {
		wire.Refuse(w, http.StatusForbidden, wire.ErrNotAllowed.WithMessage(
			"The dashboard can be opened on the machine that Belfry runs on alone. The operator can change that in settings."))
		return false
	}
	return true
}

// serveDashboardPage is the page at /server, for machines that may have a dashboard.
func (s *Server) serveDashboardPage(w http.ResponseWriter, r *http.Request) {
	if s.mayOperate(w, r) {
		s.pages.ServeHTTP(w, r)
	}
}

// authorize accepts a session's cookie, or the key as a Bearer: session is then "". Wrong keys are slowed per address.
func (s *Server) authorize(r *http.Request, address string) (session string, e *wire.Error, code int) {
	if cookie, err := r.Cookie(s.cookieName(r)); err == nil {
		if o, ok := s.secrets.Sessions.Find(cookie.Value); ok {
			return o.ID, nil, 0
		}
	}
	e, code = s.tryKey(r, address, bearer(r))
	return "", e, code
}

// tryKey accepts the key.
func (s *Server) tryKey(r *http.Request, address, key string) (e *wire.Error, code int) {
	if key == "" {
		return &wire.Error{Code: "key_needed", Message: "The operator's key is needed."}, http.StatusUnauthorized
	}
	if wait, ok := s.limiter.MayTryKey(address); !ok {
		return tooManyKeys(wait), http.StatusTooManyRequests
	}
	if !s.secrets.Key.Matches(key) {
		s.wrongKey(r, address, auth.ByKey)
		return &wire.Error{Code: "key_wrong", Message: "That is not the key."}, http.StatusUnauthorized
	}
	return nil, 0
}

func tooManyKeys(wait time.Duration) *wire.Error {
	return &wire.Error{Code: "rate_limited", Message: "Too many wrong keys came from this address. Wait a moment.", Retry: wait}
}

func (s *Server) wrongKey(r *http.Request, address, how string) {
	if how == auth.ByKey {
		s.limiter.WrongKey(address)
	}
	s.config.Logger.Warn("wrong operator's key", "address", address)
	s.stores.audit.Note(operator.AuditEntry{What: "wrong_key", Address: address, Browser: s.agents.Describe(r.UserAgent()), Detail: how})
}

// tryPassword accepts the password, or the key typed in its place.
func (s *Server) tryPassword(r *http.Request, address, text string) (how string, e *wire.Error, code int) {
	if !s.secrets.Password.IsSet() {
		e, code = s.tryKey(r, address, text)
		return auth.ByKey, e, code
	}
	giveBack, wait, ok := s.limiter.TryPassword(address)
	if !ok {
		return "", tooManyKeys(wait), http.StatusTooManyRequests
	}
	if s.secrets.Key.Matches(text) {
		giveBack()
		return auth.ByKey, nil, 0
	}
	right, ok := s.secrets.Password.Verify(text)
	switch {
	case !ok:
		giveBack()
		return "", &wire.Error{Code: "rate_limited", Message: "Too many sign in at once. Wait a moment.", Retry: refusePassword}, http.StatusTooManyRequests
	case !right:
		s.wrongKey(r, address, auth.ByPassword)
		return "", &wire.Error{Code: "key_wrong", Message: "That is not the key, and not the password."}, http.StatusUnauthorized
	}
	giveBack()
	return auth.ByPassword, nil, 0
}

// signIn is what a page posts: what was typed, the key or the password.
type signIn struct {
	Password string `json:"password"`
}

// serveSession exchanges the key or the password for a session (POST), says whether there is one (GET), and ends it
// (DELETE).
func (s *Server) serveSession(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if !s.mayOperate(w, r) {
		return
	}
	address := s.limiter.Address(r)
	switch r.Method {
	case http.MethodGet:
		if _, e, code := s.authorize(r, address); e != nil {
			s.refuseSession(w, code, e)
			return
		}
	case http.MethodPost:
		how, e, code := s.signInBy(w, r, address)
		if e != nil {
			s.refuseSession(w, code, e)
			return
		}
		http.SetCookie(w, s.cookie(r, s.openSession(r, address, how), int(auth.SessionAge.Seconds())))
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

// signInBy checks what a POST shows: the key as a Bearer, or a JSON body.
func (s *Server) signInBy(w http.ResponseWriter, r *http.Request, address string) (how string, e *wire.Error, code int) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSignIn))
	if err != nil {
		return "", wire.ErrTooLarge.WithMessage("That is too long for a password."), http.StatusRequestEntityTooLarge
	}
	if bearer(r) != "" || len(body) == 0 {
		e, code = s.tryKey(r, address, bearer(r))
		return auth.ByKey, e, code
	}
	var q signIn
	if json.Unmarshal(body, &q) != nil || q.Password == "" {
		return "", wire.ErrBadFrame.WithMessage("To sign in, send the key as a Bearer, or a JSON object with a password."), http.StatusBadRequest
	}
	return s.tryPassword(r, address, q.Password)
}

// refuseSession is refuse, and says whether a password would do.
func (s *Server) refuseSession(w http.ResponseWriter, code int, e *wire.Error) {
	if code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	body := wire.NewRefusal(e)
	body.Password = s.secrets.Password.IsSet()
	wire.RefuseWith(w, code, e, body)
}

// openSession opens a session and notes who came in. A browser that has one gets another cookie for it.
func (s *Server) openSession(r *http.Request, address, how string) (value string) {
	agent := s.agents.Describe(r.UserAgent())
	before, _ := s.dropSession(r)
	value, o, err := s.secrets.Sessions.Open(before.ID, address, agent, how)
	if err != nil {
		s.config.Logger.Error("keep the sessions", "error", err)
	}
	s.stores.audit.Note(operator.AuditEntry{What: "signed_in", Door: "web", Address: address, Browser: agent, Detail: o.How})
	s.revisions.SessionsChanged()
	return value
}

// signOut ends the session of a browser that asks for it, and its dashboards.
func (s *Server) signOut(r *http.Request) {
	if o, ok := s.dropSession(r); ok {
		s.stores.audit.Note(operator.AuditEntry{What: "signed_out", Door: "web", Address: o.Address, Browser: o.Browser})
		s.EndDashboardsOf(o.ID, "You have signed out.")
		s.revisions.SessionsChanged()
	}
}

// dropSession ends the session whose cookie a request carries.
func (s *Server) dropSession(r *http.Request) (o auth.Session, ok bool) {
	cookie, err := r.Cookie(s.cookieName(r))
	if err != nil {
		return o, false
	}
	if o, ok = s.secrets.Sessions.Find(cookie.Value); ok {
		if _, err := s.secrets.Sessions.End(func(x *auth.Session) bool { return x.ID == o.ID }); err != nil {
			s.config.Logger.Error("keep the sessions", "error", err)
		}
	}
	return o, ok
}

func (s *Server) cookie(r *http.Request, value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: s.cookieName(r), Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	}
}
