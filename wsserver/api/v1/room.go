package v1

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/wire"
)

// Topics are the room's topics.
type Topics struct {
	Topics []wire.Topic `json:"topics"`
}

// topics answers GET topics.
func topics(c *gate.Caller, w http.ResponseWriter, _ *http.Request) error {
	gate.Answer(w, Topics{append([]wire.Topic{}, c.Topics()...)})
	return nil
}

// People are those who belong to the room.
type People struct {
	People []gate.Person `json:"people"`
}

// people answers GET people.
func people(c *gate.Caller, w http.ResponseWriter, _ *http.Request) error {
	list, err := c.People()
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b gate.Person) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.UserID, b.UserID))
	})
	gate.Answer(w, People{list})
	return nil
}

// now answers GET now: what a button or a sign shows. It has an ETag, so that asking often costs little.
func now(c *gate.Caller, w http.ResponseWriter, r *http.Request) error {
	b := wire.JSON(c.Now())
	sum := sha256.Sum256(b)
	etag := `"` + hex.EncodeToString(sum[:8]) + `"`
	h := w.Header()
	h.Set("ETag", etag)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Authorization")
	if known(r.Header.Values("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(append(b, '\n')) // the peer may be gone
	return nil
}

// known reports whether a list of ETags has one of them, weak or not, or is * for any.
func known(lists []string, etag string) bool {
	for _, list := range lists {
		for tag := range strings.SplitSeq(list, ",") {
			if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
				return true
			}
		}
	}
	return false
}
