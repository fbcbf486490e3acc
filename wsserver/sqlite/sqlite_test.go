package sqlite_test

import (
	"testing"

	"belfry/wsserver"
	"belfry/wsserver/wstest"
)

func TestLog(t *testing.T) {
	wstest.TestLog(t, func(t *testing.T) wsserver.Log { return open(t, t.TempDir()) })
}
