package token

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// What Rights.Publish and Rights.Read may name beside topics.
const (
	Everyone = "everyone" // what goes to everyone
	People   = "people"   // Publish: one person, in private
	All      = "all"      // Read: everything that the dashboard reads, private talk too
)

// DefaultRate is the rate of a token that was given none, in messages a second.
const DefaultRate = 1.0

const (
	// burst is how many messages may be sent at once.
	burst = 60
	// maxRate is more than any program sends.
	maxRate = 1e6
	// maxListed is how many names Publish and Read may have, each.
	maxListed = 256
	// maxTokens is how many there may be: each is compared at each request.
	maxTokens = 200
)

// Rights are what a token may do.
type Rights struct {
	// Publish names where it may send: Everyone, topics, People. The first is where a message goes that names no place.
	Publish []string `json:"publish"`
	// Read names what it may read: topics, Everyone, All.
	Read     []string `json:"read"`
	Urgent   bool     `json:"urgent"`   // send with priority 5
	Ask      bool     `json:"ask"`      // ask for acknowledgements and answers
	Receipts bool     `json:"receipts"` // read the receipts of its own messages
	People   bool     `json:"people"`   // read who is there
	Metrics  bool     `json:"metrics"`  // read the server's measurements
	InURL    bool     `json:"in_url"`   // its secret counts in a URL, which proxies and histories keep
	// Rate is how many messages a second it may send, after a burst of 60; 0: no limit.
	Rate float64 `json:"rate"`
}

// MayPublish reports whether a message may go to target: Everyone, People, or a topic's name.
func (r Rights) MayPublish(target string) bool { return slices.Contains(r.Publish, target) }

// MayRead reports whether target may be read: Everyone, or a topic's name. Of private talk see MayReadAll.
func (r Rights) MayRead(target string) bool {
	return r.MayReadAll() || slices.Contains(r.Read, target)
}

// MayReadAll reports whether everything may be read, private talk too.
func (r Rights) MayReadAll() bool { return slices.Contains(r.Read, All) }

// Words lists the rights, as "publish=ops,everyone read=all urgent rate=1".
func (r Rights) Words() string {
	var words []string
	for _, l := range []struct {
		name string
		list []string
	}{{"publish", r.Publish}, {"read", r.Read}} {
		if len(l.list) > 0 {
			words = append(words, l.name+"="+strings.Join(l.list, ","))
		}
	}
	for _, f := range []struct {
		name string
		on   bool
	}{{"urgent", r.Urgent}, {"ask", r.Ask}, {"receipts", r.Receipts}, {"people", r.People}, {"metrics", r.Metrics}, {"in-url", r.InURL}} {
		if f.on {
			words = append(words, f.name)
		}
	}
	return strings.Join(append(words, "rate="+strconv.FormatFloat(r.Rate, 'f', -1, 64)), " ")
}

// clone returns a copy that shares nothing, with lists that are not nil.
func (r Rights) clone() Rights {
	r.Publish = append([]string{}, r.Publish...)
	r.Read = append([]string{}, r.Read...)
	return r
}

func (r Rights) equal(o Rights) bool { return reflect.DeepEqual(r.clone(), o.clone()) }

// check returns the rights with each name once, or a bad_frame that says what is wrong.
func (r Rights) check() (Rights, error) {
	if math.IsNaN(r.Rate) || r.Rate < 0 || r.Rate > maxRate {
		return r, refuse("rate", "A rate must be a number of messages a second, 0 or more. 0 is no limit.")
	}
	var err error
	if r.Publish, err = listed("publish", r.Publish); err != nil {
		return r, err
	}
	if r.Read, err = listed("read", r.Read); err != nil {
		return r, err
	}
	switch {
	case slices.Contains(r.Publish, All):
		return r, refuse("publish", `A program cannot publish to "all". "everyone" is one message to everyone.`)
	case slices.Contains(r.Read, People):
		return r, refuse("read", `A program cannot read "people". "all" includes private messages.`)
	}
	return r, nil
}

// listed returns a list with each name once, in its order.
func listed(field string, list []string) ([]string, error) {
	out := []string{}
	for _, name := range list {
		switch {
		case len(name) > wire.MaxTopic || !wire.IsTopicName(name):
			return nil, refuse(field, fmt.Sprintf("%q cannot be the name of a topic.", wire.Clip(name, wire.MaxTopic)))
		case !slices.Contains(out, name):
			out = append(out, name)
		}
	}
	if len(out) > maxListed {
		return nil, refuse(field, fmt.Sprintf("A program can have at most %d topics.", maxListed))
	}
	return out, nil
}

func refuse(field, message string) *wire.Error {
	return &wire.Error{Code: wire.ErrBadFrame.Code, Message: message, Field: field}
}

// checkName returns a program's name as people read it. Errors: bad_frame, too_large, name_refused.
func checkName(name string) (string, error) {
	clean, err := names.Check(name)
	switch {
	case err != nil:
		return "", err
	case clean == "":
		return "", refuse("name", "A program needs a name, which people read as the sender.")
	case names.Alike(clean, Everyone), names.Alike(clean, "Belfry"):
		return "", wire.ErrNameRefused.WithMessage("A program cannot have that name. Choose another one.")
	}
	return clean, nil
}
