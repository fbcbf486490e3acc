package gate

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"belfry/wsserver/operator"
	"belfry/wsserver/token"
	"belfry/wsserver/wire"
)

// Limits of what programs alone send.
const (
	MaxTags  = 8
	MaxTag   = 32 // bytes
	MaxClick = 2048
)

// Sent is a message that was accepted. ID is the one that was given, or that it was given by the gate.
type Sent struct {
	operator.Receipt
	ID string `json:"id"`
}

// Send sends a message as the program. It is idempotent by b.MessageID, as on the wire. Errors: not_allowed where the token
// lacks a right (nothing is lowered in silence), rate_limited, unknown_topic, unknown_user, and those of the verb Broadcast.
func (c *Caller) Send(b operator.Broadcast) (Sent, error) {
	s, err := c.send(b)
	return s, c.gate.noted(err)
}

func (c *Caller) send(b operator.Broadcast) (Sent, error) {
	if c.ctx.Err() != nil { // the token has ended while the message came
		return Sent{}, ErrWrongToken
	}
	if err := c.maySend(b); err != nil {
		return Sent{}, err
	}
	if err := checkExtras(b); err != nil {
		return Sent{}, err
	}
	if !c.operator {
		if retry, ok := c.gate.o.Tokens.Take(c.Token.ID); !ok {
			return Sent{}, &wire.Error{Code: "rate_limited", Message: "This token sends too fast. Wait a moment.", Retry: retry}
		}
	}
	b.MessageID = cmp.Or(b.MessageID, rand.Text())
	r, err := c.gate.o.Operator.Broadcast(c.ctx, b)
	if err != nil && !c.operator { // the rate counts what was sent
		c.gate.o.Tokens.GiveBack(c.Token.ID)
	}
	return Sent{r, b.MessageID}, err
}

// maySend checks the rights for a message.
func (c *Caller) maySend(b operator.Broadcast) error {
	if b.Topic != "" && b.UserID != "" {
		return wire.ErrBadFrame.WithMessage("A message goes to one place: give a topic or a user_id, not both.")
	}
	if err := c.MayPublish(b.Topic, b.UserID); err != nil {
		return err
	}
	switch {
	case c.operator:
		return nil
	case b.Priority >= wire.Urgent && !c.Token.Urgent:
		return wire.ErrNotAllowed.WithMessage("This token may not send urgent messages (priority 5).")
	case b.Ack != "":
		return c.MayAsk()
	}
	return nil
}

// MayAsk checks the right to ask people for acknowledgements and answers. Errors: not_allowed.
func (c *Caller) MayAsk() error {
	if !c.operator && !c.Token.Ask {
		return wire.ErrNotAllowed.WithMessage("This token may not ask people to confirm or to answer.")
	}
	return nil
}

// MayPublish checks the right to send to a topic, to a person, or to everyone where both are "". Errors: unknown_topic,
// not_allowed. Which topics there are is no secret, who is there is.
func (c *Caller) MayPublish(topic, userID string) error {
	target := cmp.Or(topic, token.Everyone)
	if userID != "" {
		target = token.People
	}
	if topic != "" && userID == "" {
		if t, ok := c.gate.o.Operator.Topic(topic); !ok || t.Archived {
			return wire.ErrUnknownTopic
		}
	}
	if !c.operator && !c.Token.MayPublish(target) {
		return wire.ErrNotAllowed.WithMessage(fmt.Sprintf("This token may not send to %s.", placeName(topic, userID)))
	}
	return nil
}

func placeName(topic, userID string) string {
	switch {
	case userID != "":
		return "people"
	case topic != "":
		return "that topic"
	}
	return "everyone"
}

// checkExtras is the limits of tags and click.
func checkExtras(b operator.Broadcast) error {
	if len(b.Tags) > MaxTags {
		return wire.ErrBadFrame.WithMessage(fmt.Sprintf("A message can have at most %d tags.", MaxTags))
	}
	for _, tag := range b.Tags {
		if len(tag) > MaxTag || wire.IsBlank(tag) || !isLine(tag) {
			return wire.ErrBadFrame.WithMessage(fmt.Sprintf("A tag is a word of at most %d bytes.", MaxTag))
		}
	}
	if b.Click != "" && !IsClick(b.Click) {
		return wire.ErrBadFrame.WithMessage("click must be an http or https address.")
	}
	return nil
}

// isLine reports whether a text is one line that looks as it reads: UTF-8 without control and format characters.
func isLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
	})
}

// IsClick reports whether a message may have that address: http or https, with a host, without a name or password in it.
func IsClick(address string) bool {
	if len(address) > MaxClick || !isLine(address) || strings.ContainsFunc(address, unicode.IsSpace) {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}

// Translated returns, for Send, a priority that was translated from another program's scale. Nobody has chosen 5 there: if the
// caller may not be urgent it stops below, where a 5 that was chosen is refused.
func (c *Caller) Translated(priority int) int {
	if c.operator || c.Token.Urgent {
		return priority
	}
	return min(priority, wire.Urgent-1)
}
