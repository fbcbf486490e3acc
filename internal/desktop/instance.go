package desktop

import (
	"crypto/sha256"
	"encoding/hex"
)

// InstanceID names the one program that may run on a data folder. It has only characters that a D-Bus name may have.
func InstanceID(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return "belfry_" + hex.EncodeToString(sum[:])
}
