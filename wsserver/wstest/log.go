package wstest

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wire"
)

// TestLog tests a Log against its contract. open returns a new and empty one that has room for a few hundred messages.
func TestLog(t *testing.T, open func(t *testing.T) msglog.Log) {
	tests := map[string]func(*testing.T, msglog.Log){
		"Append/GivesRisingSeqs":         logRises,
		"Append/SameIDOnce":              logSameID,
		"Append/SameIDWithinOneGroup":    logSameGroup,
		"Append/OtherTextIsConflict":     logConflict,
		"Append/SendersHaveOwnIDs":       logSenders,
		"Append/KeepsEveryField":         logFields,
		"Append/OfAProgram":              logProgram,
		"Append/FromManyAtOnce":          logConcurrent,
		"Append/WhateverAnEntryHolds":    logOdd,
		"Append/WhateverARecordHolds":    logOddRecords,
		"Page/NewestWithinLimit":         logNewest,
		"Page/BackwardsToTheStart":       logBackwards,
		"Page/ForwardToTheEnd":           logForward,
		"Page/BetweenTwo":                logBetween,
		"Page/BeyondBothEnds":            logBeyond,
		"Page/EndsAtBytes":               logBytes,
		"Page/OneTopic":                  logTopic,
		"Page/OnePerson":                 logPerson,
		"Page/OfNothing":                 logEmpty,
		"Page/WhileOthersAppend":         logReaders,
		"Size/GrowsWithWhatIsKept":       logSize,
		"Epoch/StaysAndDiffersFromOther": func(t *testing.T, l msglog.Log) { logEpoch(t, l, open(t)) },
		"Epoch/IsKnownAsFarAsItCame":     func(t *testing.T, l msglog.Log) { logKnows(t, l, open(t)) },
		"Close/EndsAppendAndPage":        logClose,
		"Page/OfStreams":                 logStreams,
		"Announced/WhatHasReceipts":      logAnnounced,
		"Seqs/AgreeWithPage":             logSeqs,
		"Get/WhatIsKept":                 logGet,
		"Withdraw/ErasesTheText":         logWithdraw,
		"Withdraw/IsAStreamOfItsOwn":     logWithdrawals,
		"Withdraw/KeepsTheID":            logWithdrawnID,
		"Conversations/WhoWaits":         logConversations,
		"Conversations/AddedAnswers":     logAddedAnswers,
		"Conversations/Settled":          logSettled,
		"Prune/OldestFirst":              logPrune,
		"Prune/RemembersEachStream":      logPruned,
		"Prune/KeepsWithdrawals":         logPruneWithdrawn,
		"Prune/ByBytes":                  logPruneBytes,
		"Prune/GivesNoSeqAgain":          logPruneAll,
		"Records/ReplacedAndErased":      logRecords,
		"Records/GoWithTheirGroup":       logRecordsAlone,
		"Search/WordsAndTheirBeginning":  logSearch,
		"Search/Narrowed":                logNarrowed,
		"Search/InPages":                 logSearchPages,
		"Search/WhateverIsTyped":         logTyped,
		"Search/NotWhatWasWithdrawn":     logSearchWithdrawn,
		"Search/WordsOfAllLanguages":     logWords,
		"Search/NothingToSeeFindsNone":   logInvisible,
		"Search/FiltersThatFitNothing":   logUnknown,
		"Search/WhatWasPasted":           logPasted,
	}
	maps.Copy(tests, changeTests)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { runLog(t, open(t), test) })
	}
}

func runLog(t *testing.T, l msglog.Log, test func(*testing.T, msglog.Log)) {
	t.Cleanup(func() { _ = l.Close() }) // the result of a second Close is not part of the contract
	test(t, l)
}

// entry is a message of a client's to the topic general.
func entry(id, user, text string) *msglog.Entry {
	return &msglog.Entry{
		ID: id, Audience: msglog.AudienceTopic, Topic: "general", Text: text, From: wire.Sender{UserID: user, Name: user},
	}
}

var operator = wire.Sender{Operator: true, Name: "Operator"}

// to is a message of the operator's to an audience; name is the topic or the user_id.
func to(audience, name, text string) *msglog.Entry {
	e := &msglog.Entry{Audience: audience, Text: text, From: operator}
	switch audience {
	case msglog.AudienceTopic:
		e.Topic = name
	case msglog.AudiencePrivate:
		e.UserID = name
	}
	return e
}

// add appends a group, and returns the results.
func add(t *testing.T, l msglog.Log, entries ...*msglog.Entry) []msglog.Appended {
	t.Helper()
	results, err := l.Append(context.Background(), msglog.OfEntries(entries...))
	if err != nil || len(results) != len(entries) {
		t.Fatalf("append %d: %d results, error %v", len(entries), len(results), err)
	}
	return results
}

// fill appends n messages "1" to "n" of Ana's.
func fill(t *testing.T, l msglog.Log, n int) {
	t.Helper()
	for i := range n {
		add(t, l, entry("", "ana", fmt.Sprint(i+1)))
	}
}

var (
	everyone  = msglog.Stream{Audience: msglog.AudienceEveryone}
	kitchen   = msglog.Stream{Audience: msglog.AudienceTopic, Name: "kitchen"}
	hall      = msglog.Stream{Audience: msglog.AudienceTopic, Name: "hall"}
	anas      = msglog.Stream{Audience: msglog.AudiencePrivate, Name: "ana"}
	withdrawn = msglog.Stream{Audience: msglog.AudienceWithdrawn}
)

// mixed appends one message to each stream: e, k, h, a, e2, k2.
func mixed(t *testing.T, l msglog.Log) {
	t.Helper()
	add(t, l, to("everyone", "", "e"), to("topic", "kitchen", "k"), to("topic", "hall", "h"), to("private", "ana", "a"))
	add(t, l, to("everyone", "", "e2"), to("topic", "kitchen", "k2"))
}

// page returns the texts of a page, and checks that its seqs rise.
func page(t *testing.T, l msglog.Log, q msglog.Query) (texts string, more bool) {
	t.Helper()
	entries, more, err := l.Page(context.Background(), q)
	if err != nil {
		t.Fatalf("page %+v: %v", q, err)
	}
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = e.Text
		if i > 0 && e.Seq <= entries[i-1].Seq {
			t.Errorf("page %+v: seq %d after %d", q, e.Seq, entries[i-1].Seq)
		}
	}
	return strings.Join(list, " "), more
}

// wantPage compares the texts of a page.
func wantPage(t *testing.T, l msglog.Log, q msglog.Query, want string, wantMore bool) {
	t.Helper()
	if got, more := page(t, l, q); got != want || more != wantMore {
		t.Errorf("page %+v: %q, more %v; want %q, %v", q, got, more, want, wantMore)
	}
}

func get(t *testing.T, l msglog.Log, seq uint64) string {
	t.Helper()
	e, err := l.Get(context.Background(), seq)
	if err != nil {
		t.Fatal(err)
	}
	if e == nil {
		return "none"
	}
	return e.Text
}

func logEpoch(t *testing.T, l, other msglog.Log) {
	t.Cleanup(func() { _ = other.Close() })
	first := l.Epoch()
	fill(t, l, 2)
	if first == "" || l.Epoch() != first || other.Epoch() == first {
		t.Errorf("epochs %q, then %q, another log's %q", first, l.Epoch(), other.Epoch())
	}
}

func logKnows(t *testing.T, l, other msglog.Log) {
	t.Cleanup(func() { _ = other.Close() })
	if !l.Knows(l.Epoch(), 0) || l.Knows(l.Epoch(), 1) {
		t.Error("an empty log knows its own run up to 0 alone")
	}
	fill(t, l, 2)
	fill(t, other, 2)
	for seq := range uint64(3) {
		if !l.Knows(l.Epoch(), seq) {
			t.Errorf("its own run up to %d is not known", seq)
		}
		for _, epoch := range []string{"", "x", other.Epoch(), l.Epoch() + "x", strings.ToLower(l.Epoch())} {
			if l.Knows(epoch, seq) {
				t.Errorf("knows the run %q up to %d", epoch, seq)
			}
		}
	}
	if l.Knows(l.Epoch(), 3) {
		t.Error("knows more than it has")
	}
}

func logClose(t *testing.T, l msglog.Log) {
	fill(t, l, 2)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(context.Background(), msglog.OfEntries(entry("", "ana", "late"))); err == nil {
		t.Error("append after close: no error")
	}
	if _, _, err := l.Page(context.Background(), msglog.Query{}); err == nil {
		t.Error("page after close: no error")
	}
	if err := l.Announced(context.Background(), func(msglog.Announcement) {}); err == nil {
		t.Error("announced after close: no error")
	}
}

// later returns a time after everything that was appended, and before everything to come.
func later() time.Time {
	time.Sleep(3 * time.Millisecond)
	defer time.Sleep(3 * time.Millisecond)
	return time.Now()
}

// pause lets an index go on.
func pause() { time.Sleep(5 * time.Millisecond) }
