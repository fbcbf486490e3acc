package auth

import (
	"path/filepath"

	"belfry/wsserver/msglog"
)

// Secrets open a dashboard.
type Secrets struct {
	Key      *Key
	Password *Password
	Sessions *Sessions
	left     []msglog.Record // the end of records that are of no use any more
}

// NewSecrets makes them without a key, a password or a session.
func NewSecrets() *Secrets {
	return &Secrets{Key: &Key{}, Password: NewPassword(), Sessions: &Sessions{}}
}

// Load reads them from a folder, or makes what is not there yet; dir "" keeps them in memory. A configured key is used in
// place of the one in the folder.
func (s *Secrets) Load(dir, configuredKey string) error {
	file := func(name string) string {
		if dir == "" {
			return ""
		}
		return filepath.Join(dir, name)
	}
	if err := s.Key.Load(configuredKey, file("operator-token")); err != nil {
		return err
	}
	if err := s.Password.Load(file("operator-password")); err != nil {
		return err
	}
	return s.Sessions.Load(file("sessions.json"), s.Key.Fingerprint())
}
