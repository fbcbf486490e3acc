package msglog_test

import (
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wstest"
)

func TestMemory(t *testing.T) {
	wstest.TestLog(t, func(*testing.T) msglog.Log { return msglog.NewMemory() })
}

// What the tests of several servers stand on keeps the contract too.
func TestSharedLog(t *testing.T) {
	wstest.TestLog(t, func(*testing.T) msglog.Log { return wstest.NewSharedLog().View(msglog.NewMemory()) })
}
