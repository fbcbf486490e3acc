package auth

import (
	"log/slog"
	"net/http"
	"time"

	"belfry/wsserver/limiter"
	"belfry/wsserver/wire"
)

// passwordRetry is when to try again where too many passwords are being verified.
const passwordRetry = 2 * time.Second

// Attempts takes the key and the password wherever they are shown, at sign-in and later. The right key is looked at first
// and never refused: 128 bits are not guessed. Wrong ones are limited, those of a password in all too.
type Attempts struct {
	secrets  *Secrets
	limiter  *limiter.Limiter
	happened func(Event)
	logger   *slog.Logger
	guesses  guesses
}

// NewAttempts makes one. happened is called after each wrong key; it must not block for long.
func NewAttempts(s *Secrets, l *limiter.Limiter, happened func(Event), logger *slog.Logger) *Attempts {
	return &Attempts{secrets: s, limiter: l, happened: happened, logger: logger}
}

// From is where an attempt comes from: the address that it counts for, and the browser in a readable form.
type From struct{ Address, Browser string }

// Key accepts the key.
func (a *Attempts) Key(from From, key string) (e *wire.Error, status int) {
	if key == "" {
		return ErrKeyNeeded, http.StatusUnauthorized
	}
	if a.secrets.Key.Matches(key) {
		return nil, 0
	}
	if wait, ok := a.limiter.MayTryKey(from.Address); !ok {
		return tooManyKeys(wait), http.StatusTooManyRequests
	}
	a.limiter.WrongKey(from.Address)
	a.noteWrong(from, ByKey)
	return &wire.Error{Code: "key_wrong", Message: "That is not the key."}, http.StatusUnauthorized
}

// Password accepts the password, or the key typed in its place. Attempts are limited by address; one that was right does not
// count.
func (a *Attempts) Password(from From, text string) (how string, e *wire.Error, status int) {
	password := a.secrets.Password
	if a.secrets.Key.Matches(text) {
		return ByKey, nil, 0
	}
	if !password.IsSet() {
		e, status = a.Key(from, text)
		return ByKey, e, status
	}
	if !password.Usable() {
		return "", errPasswordsOff, http.StatusUnauthorized
	}
	giveBack, wait, ok := a.limiter.TryPassword(from.Address)
	if !ok {
		return "", tooManyKeys(wait), http.StatusTooManyRequests
	}
	known := a.known(from.Address)
	right, ok := password.Verify(text, limiter.Group(from.Address), known)
	switch {
	case !ok:
		giveBack()
		return "", &wire.Error{Code: "rate_limited", Message: "Too many people are signing in at once. Wait a moment.", Retry: passwordRetry}, http.StatusTooManyRequests
	case !right:
		a.noteWrong(from, ByPassword)
		a.countGuess(known)
		return "", &wire.Error{Code: "key_wrong", Message: "That is neither the key nor the password."}, http.StatusUnauthorized
	}
	giveBack()
	return ByPassword, nil, 0
}

// known reports whether a session was opened from an address.
func (a *Attempts) known(address string) bool {
	group := limiter.Group(address)
	for _, s := range a.secrets.Sessions.All() {
		if limiter.Group(s.Address) == group {
			return true
		}
	}
	return false
}

// countGuess turns the password off after too many wrong ones.
func (a *Attempts) countGuess(known bool) {
	if !a.guesses.wrong(known, a.limiter.Share(mostGuesses(known)), time.Now()) {
		return
	}
	switched, err := a.secrets.Password.SwitchOff(time.Now())
	if err != nil {
		a.logger.Error("keep that the password is off", "error", err)
	}
	if switched {
		a.logger.Warn("the operator's password is off after too many wrong ones")
		a.happened(Event{What: "password_off"})
	}
}

// LookedAt is called when the operator has seen that the password is off: it holds again. It reports whether it was off.
func (a *Attempts) LookedAt() (wasOff bool, err error) {
	a.guesses.forget()
	return a.secrets.Password.SwitchOn()
}

// LookedAtKey notes that the operator has read that this machine's key is another than the room's, and reports whether it is.
func (a *Attempts) LookedAtKey() bool { return a.secrets.Key.LookedAt() }

// Forget is called when another password is set: the wrong ones counted for the old one.
func (a *Attempts) Forget() { a.guesses.forget() }

// noteWrong logs and announces a wrong key or password.
func (a *Attempts) noteWrong(from From, how string) {
	a.logger.Warn("wrong operator's key", "address", from.Address)
	a.happened(Event{What: "wrong_key", Address: from.Address, Browser: from.Browser, How: how})
}

// ErrKeyNeeded asks for the key.
var ErrKeyNeeded = &wire.Error{Code: "key_needed", Message: "Enter the operator's key."}

var errPasswordsOff = &wire.Error{Code: "key_wrong", Message: "The password is off after too many wrong attempts, until the operator has looked. The key still works."}

func tooManyKeys(wait time.Duration) *wire.Error {
	return &wire.Error{Code: "rate_limited", Message: "Too many wrong keys from this address. Wait a moment.", Retry: wait}
}
