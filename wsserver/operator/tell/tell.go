// Package tell makes the records by which one server tells the others of the same log something, once: about a person, or a
// program's connection. Such a record is erased by the change that has it: only who follows the log sees it.
package tell

import (
	"encoding/json"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// Kinds of record, by the user_id of the person, or by the ID of the connection.
const (
	PutOut       = "put_out"       // their connections are to be ended, with why
	Muted        = "guest_muted"   // a guest is to be muted
	Unmuted      = "guest_unmuted" // or is to be let write again
	LetIn        = "bare_let_in"   // they were let in without a token
	Refused      = "refused"       // they were refused without one, with why
	Withdrawn    = "withdrawn"     // a message of their private conversation was
	SessionEnded = "session_ended" // a program's connection is to be ended
)

// Once returns records that tell other servers something, once.
func Once(kind, key string, value []byte) []msglog.Record {
	return []msglog.Record{{Kind: kind, Key: key, Value: value}, {Kind: kind, Key: key}}
}

// reason is the value of a record with why: what the connections read.
type reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Why is Once with what the person's connections read.
func Why(kind, userID string, why *wire.Error) []msglog.Record {
	value, err := json.Marshal(reason{why.Code, why.Message})
	if err != nil {
		return nil // texts always encode
	}
	return Once(kind, userID, value)
}

// WhyOf is what Why has written into a record.
func WhyOf(r msglog.Record) (*wire.Error, error) {
	why, err := msglog.Decode[reason](r)
	if err != nil {
		return nil, err
	}
	return &wire.Error{Code: why.Code, Message: why.Message}, nil
}

// PutOutKeeper keeps records by the user_ids of people, and has other servers end the connections of those, with Reason.
type PutOutKeeper struct {
	msglog.Keeper
	Reason *wire.Error
}

// Keep writes both as one change.
func (k PutOutKeeper) Keep(records ...msglog.Record) error {
	for _, r := range records {
		records = append(records, Why(PutOut, r.Key, k.Reason)...)
	}
	return k.Keeper.Keep(records...)
}
