package v1

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"belfry/wsserver/api/gate"
	"belfry/wsserver/msglog"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// maxPage is how many messages a page has at most.
const maxPage = 200

// Page is messages in rising seq. More: there are others in the direction of reading.
type Page struct {
	Messages []wire.Message `json:"messages"`
	More     bool           `json:"more"`
}

// send answers POST messages.
func send(c *gate.Caller, w http.ResponseWriter, r *http.Request) error {
	b, err := readSending(c, w, r)
	if err != nil {
		return err
	}
	sent, err := c.Send(b)
	if err != nil {
		return err
	}
	gate.Answer(w, sent)
	return nil
}

// list answers GET messages: the newest, those before a seq, or the first ones after a seq.
func list(c *gate.Caller, w http.ResponseWriter, r *http.Request) error {
	q, err := parseQuery(r.URL)
	if err != nil {
		return err
	}
	before, _, err := number(q, "before")
	if err != nil {
		return err
	}
	after, forward, err := number(q, "after")
	if err != nil {
		return err
	}
	limit, limited, err := number(q, "limit")
	switch {
	case err != nil:
		return err
	case limited && limit == 0:
		return refuse("limit is a number from 1 to 200.")
	}
	var entries []*msglog.Entry
	var more bool
	if most := int(min(limit, maxPage)); forward {
		entries, more, err = c.PageAfter(names(q), after, before, most)
	} else {
		entries, more, err = c.Page(names(q), before, 0, most)
	}
	if err != nil {
		return err
	}
	page := Page{Messages: make([]wire.Message, 0, len(entries)), More: more}
	for _, e := range entries {
		page.Messages = append(page.Messages, e.Message())
	}
	gate.Answer(w, page)
	return nil
}

// one answers GET messages/SEQ.
func one(c *gate.Caller, w http.ResponseWriter, r *http.Request) error {
	var e *msglog.Entry
	seq, err := seqOf(r)
	if err == nil {
		e, err = c.Message(seq)
	}
	if err != nil {
		return err
	}
	gate.Answer(w, e.Message())
	return nil
}

// withdraw answers DELETE messages/SEQ.
func withdraw(c *gate.Caller, w http.ResponseWriter, r *http.Request) error {
	seq, err := seqOf(r)
	if err == nil {
		err = c.Withdraw(seq)
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// DetailedReceipts are those of one message, with each recipient where they were asked for.
type DetailedReceipts struct {
	receipts.Receipts
	Who *[]receipts.Recipient `json:"who,omitempty"`
}

// receiptsOf answers GET messages/SEQ/receipts.
func receiptsOf(c *gate.Caller, w http.ResponseWriter, r *http.Request) error {
	seq, err := seqOf(r)
	if err != nil {
		return err
	}
	q, err := parseQuery(r.URL)
	if err != nil {
		return err
	}
	detail, err := strconv.ParseBool(q.Get("detail"))
	if err != nil && q.Get("detail") != "" {
		return refuse("detail is 1 or 0.")
	}
	found, err := c.Receipts(seq, detail)
	if err != nil {
		return err
	}
	a := DetailedReceipts{Receipts: found}
	if detail {
		who := append([]receipts.Recipient{}, found.Who...)
		a.Who = &who
	}
	gate.Answer(w, a)
	return nil
}

// seqOf is the seq in a request's path. Errors: bad_frame.
func seqOf(r *http.Request) (uint64, error) { return wire.ParseNumber(r.PathValue("seq")) }

// parseQuery reads the parameters of a URL. Errors: bad_frame.
func parseQuery(u *url.URL) (url.Values, error) {
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, refuse("The part of the URL behind the ? cannot be read.")
	}
	return q, nil
}

// number is a parameter, and whether it was given. Errors: bad_frame.
func number(q url.Values, name string) (n uint64, given bool, err error) {
	n, err = wire.ParseNumber(q.Get(name))
	if err != nil {
		return 0, false, refuse(name + " is a whole number, 0 or more.")
	}
	return n, q.Get(name) != "", nil
}

// names are the places that the parameters topic name, one or several joined by commas.
func names(q url.Values) (list []string) {
	for _, value := range q["topic"] {
		for name := range strings.SplitSeq(value, ",") {
			if name != "" {
				list = append(list, name)
			}
		}
	}
	return list
}
