package msglog_test

import (
	"testing"

	"belfry/wsserver/msglog"
	"belfry/wsserver/wstest"
)

func TestMemory(t *testing.T) {
	wstest.TestLog(t, func(*testing.T) msglog.Log { return msglog.NewMemory() })
}
