package gate

import (
	"slices"

	"belfry/wsserver/operator"
	"belfry/wsserver/receipts"
	"belfry/wsserver/wire"
)

// Topics lists the room's topics, archived ones too. Any program may read them.
func (c *Caller) Topics() []wire.Topic { return c.gate.o.Operator.Topics() }

// Now is what a sign or a button shows of a room. Any program may read it.
type Now struct {
	// Room is its name, "" where the operator has given none.
	Room        string `json:"room"`
	Clients     int    `json:"clients"`
	Subscribers int    `json:"subscribers"`
	// Announcement is the receipts of the newest message to many; null where none is kept.
	Announcement *receipts.Receipts `json:"announcement"`
}

// Now returns how the room is.
func (c *Caller) Now() Now {
	name, counts := c.gate.o.Operator.Counts()
	n := Now{Room: name, Clients: counts.Clients, Subscribers: counts.Subscribers}
	if last, ok := c.gate.o.Operator.LastAnnouncement(); ok {
		n.Announcement = &last
	}
	return n
}

// Person is one of those who belong to the room, here or away.
type Person struct {
	UserID string   `json:"user_id"`
	Name   string   `json:"name"`
	Here   bool     `json:"here"`
	Topics []string `json:"topics"`
	// Seen is when who is away was here last, RFC 3339; "" of who is here.
	Seen string `json:"seen"`
	// Unproved: nobody has shown that this user_id is theirs.
	Unproved bool `json:"unproved"`
}

// People lists those who are here and those who are away, each once. Errors: not_allowed.
func (c *Caller) People() ([]Person, error) {
	if err := c.MayReadPeople(); err != nil {
		return nil, err
	}
	list, at := []Person{}, map[string]int{}
	q := operator.ClientsQuery{}
	for {
		now := c.gate.o.Operator.Clients(q)
		for _, one := range now.Clients {
			addHere(&list, at, one)
		}
		q.Since = now.Rev // the next pages are of those away
		for _, one := range now.Away {
			if _, here := at[one.UserID]; !here {
				at[one.UserID] = len(list)
				list = append(list, Person{UserID: one.UserID, Name: one.Name, Topics: append([]string{}, one.Topics...), Seen: one.Seen})
			}
		}
		if q.AwaySkip += len(now.Away); len(now.Away) == 0 || q.AwaySkip >= now.AwayTotal {
			return list, nil
		}
	}
}

// addHere adds a connection to the person that it is of.
func addHere(list *[]Person, at map[string]int, one operator.ClientInfo) {
	i, known := at[one.UserID]
	if !known {
		at[one.UserID] = len(*list)
		*list = append(*list, Person{UserID: one.UserID, Name: one.Name, Here: true, Topics: one.Topics, Unproved: one.Unproved})
		return
	}
	p := &(*list)[i]
	for _, topic := range one.Topics {
		if !slices.Contains(p.Topics, topic) {
			p.Topics = append(p.Topics, topic)
		}
	}
	slices.Sort(p.Topics)
	p.Unproved = p.Unproved && one.Unproved
}
