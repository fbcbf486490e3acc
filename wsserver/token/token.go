package token

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"belfry/wsserver/internal/shared"
	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// Token is an access token without its secret. Used and UsedFrom, an address, are of its last use; zero: it was not used.
type Token struct {
	ID, Name string
	Rights
	Created, Used time.Time
	UsedFrom      string
}

// Store has the tokens. Make it with New; without Load they are kept in memory alone.
type Store struct {
	logger *slog.Logger

	changing shared.Lock // held for a whole change or look at the file
	path     string      // of the file; "": none. changing guards it, seen and changes
	seen     []byte      // the text of the file when it was last read or written; nil: there was none
	changes  []Change    // by other programs, that Watch has not told yet

	// changed is Watch's, nil before and after it. changing guards it.
	changed func(Change)

	again  sync.Mutex // held for a whole look for a secret that is not known
	looked time.Time  // when the last of them was. again guards it

	mu      sync.Mutex      // guards what follows
	list    []*kept         // replaced as a whole, except for the uses
	names   map[string]bool // the keys of all names, by their looks
	dirty   bool            // a use is not in the file
	used    bool            // a use is to be shown
	first   bool            // a first use is not in the file
	problem string          // why the file could not be read
	rates   map[string]*rate.Limiter
	work    map[*context.CancelCauseFunc]string // what to call when a token ends, with its ID
	records shared.Records                      // the tokens by ID, with their hashes; the mark is the revision of the list
}

// New makes a store without tokens. A nil logger is slog.Default().
func New(logger *slog.Logger) *Store {
	if logger == nil {
		logger = slog.Default()
	}
	return &Store{logger: logger, changing: shared.NewLock(), rates: map[string]*rate.Limiter{}, work: map[*context.CancelCauseFunc]string{}}
}

const (
	// Prefix is what each secret begins with.
	Prefix   = "tk_"
	letters  = "abcdefghijklmnopqrstuvwxyz0123456789"
	nLetters = 29
)

// random returns n letters and digits, each as likely as any other.
func random(n int) string {
	b := make([]byte, n)
	for i := range b {
		// Int has no bias, and an error of crypto/rand ends the program.
		r, _ := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		b[i] = letters[r.Int64()]
	}
	return string(b)
}

func isSecret(s string) bool {
	rest, ok := strings.CutPrefix(s, Prefix)
	return ok && len(rest) == nLetters && strings.Trim(rest, letters) == ""
}

func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// Add makes a token, and returns it with its secret, which nobody can be told again. Errors: bad_frame, too_large and
// name_refused of the name; identity_taken where another token has a name that looks the same; bad_frame of the rights;
// not_allowed where there are too many; not_kept.
func (s *Store) Add(name string, r Rights) (t Token, secret string, err error) {
	if name, err = checkName(name); err != nil {
		return Token{}, "", err
	}
	if r, err = r.check(); err != nil {
		return Token{}, "", err
	}
	secret = Prefix + random(nLetters)
	k := &kept{Hash: hashOf(secret), Name: name, Rights: r, Rate: &r.Rate, Created: time.Now().UTC().Truncate(time.Second)}
	err = s.update(func(list []*kept) ([]*kept, error) {
		for _, o := range list {
			if o.ID == name || names.Alike(o.Name, name) {
				return nil, &wire.Error{
					Code: wire.ErrIdentityTaken.Code, Field: "name",
					Message: fmt.Sprintf("There is already a token with the name %q, or one that looks like it.", o.Name),
				}
			}
		}
		if len(list) >= maxTokens {
			return nil, wire.ErrNotAllowed.WithMessage(fmt.Sprintf("There are already %d tokens. Remove one that is not used.", maxTokens))
		}
		for k.ID == "" || slices.ContainsFunc(list, func(o *kept) bool { return o.ID == k.ID || o.Name == k.ID }) {
			k.ID = random(8)
		}
		return append(list, k), nil
	})
	if err != nil {
		return Token{}, "", err
	}
	return k.token(), secret, nil
}

// Remove ends a token, named by its ID or its name, and all work that it does. Errors: unknown_token, not_kept.
func (s *Store) Remove(nameOrID string) (t Token, err error) {
	name, wrong := names.Check(nameOrID)
	if wrong != nil || name == "" { // no token has such a name
		name = nameOrID
	}
	err = s.update(func(list []*kept) ([]*kept, error) {
		i := slices.IndexFunc(list, func(k *kept) bool { return k.ID == nameOrID || k.Name == name })
		if i < 0 {
			return nil, ErrUnknown
		}
		t = list[i].token()
		return slices.Delete(list, i, i+1), nil
	})
	return t, err
}

// ErrUnknown is of a token that does not exist.
var ErrUnknown = &wire.Error{Code: "unknown_token", Message: "There is no such token.", Field: "token"}

// List returns all tokens, by name.
func (s *Store) List() []Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Token, 0, len(s.list))
	for _, k := range s.list {
		out = append(out, k.token())
	}
	slices.SortFunc(out, func(a, b Token) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	return out
}

// Find returns the token of a secret. Each token is compared, in constant time. One that is not known may be in the file since
// a moment: a script that makes a token uses it at once.
func (s *Store) Find(secret string) (t Token, ok bool) {
	if !isSecret(secret) {
		return Token{}, false
	}
	if t, ok = s.find(secret); ok {
		return t, true
	}
	s.lookAgain()
	return s.find(secret)
}

func (s *Store) find(secret string) (t Token, ok bool) {
	hash := hashOf(secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *kept
	for _, k := range s.list {
		if subtle.ConstantTimeCompare(k.Hash, hash) == 1 {
			found = k
		}
	}
	if found == nil {
		return Token{}, false
	}
	return found.token(), true
}

// get returns the token of that ID, nil where there is none. mu is held.
func (s *Store) get(id string) *kept {
	for _, k := range s.list {
		if k.ID == id {
			return k
		}
	}
	return nil
}

// HasName reports whether a token has a name that looks like that one: no person may have it.
func (s *Store) HasName(name string) bool {
	s.mu.Lock()
	none := len(s.names) == 0
	s.mu.Unlock()
	if none {
		return false
	}
	keys := names.Keys(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(keys, func(k string) bool { return s.names[k] })
}

// Take takes one message off a token's rate. Where none is left ok is false, and retry is how long to wait. A token that was
// removed has none.
func (s *Store) Take(id string) (retry time.Duration, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.get(id)
	switch {
	case k == nil:
		return 0, false
	case k.Rights.Rate == 0:
		return 0, true
	}
	l := s.rates[id]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(k.Rights.Rate), burst)
		s.rates[id] = l
	}
	now := time.Now()
	one := l.ReserveN(now, 1)
	if retry = one.DelayFrom(now); retry > 0 {
		one.CancelAt(now)
		return retry, false
	}
	return 0, true
}

// GiveBack gives a token a message back that it has taken off its rate by Take, and has not sent.
func (s *Store) GiveBack(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.rates[id]; l != nil {
		l.AllowN(time.Now(), -1)
	}
}

// errEnded is the cause of the end of work whose token was removed.
var errEnded = fmt.Errorf("the token was removed: %w", context.Canceled)

// While is ctx for work of a token, which ends when the token is removed or its rights change. stop is called when the work
// is done.
func (s *Store) While(ctx context.Context, id string) (work context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.get(id) == nil {
		cancel(errEnded)
		return ctx, func() {}
	}
	s.work[&cancel] = id
	return ctx, func() {
		cancel(nil)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.work, &cancel)
	}
}

// showUsesEvery is how often the uses of one token are shown.
const showUsesEvery = time.Minute

// NoteUse notes that a token was used, from an address. Watch writes a first use to the file at once, others some minutes
// later.
func (s *Store) NoteUse(id, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.get(id)
	if k == nil {
		return
	}
	now := time.Now()
	s.first = s.first || k.Used.IsZero()
	k.Used, k.UsedFrom, s.dirty = now.UTC().Truncate(time.Second), address, true
	if now.Sub(k.shown) >= showUsesEvery {
		k.shown, s.used = now, true
	}
}

// Problem is a sentence that says why the file could not be read, "" where it could: no token counts then.
func (s *Store) Problem() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.problem
}
