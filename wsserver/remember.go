package wsserver

import (
	"context"
	"encoding/json"

	"belfry/wsserver/dispatch"
	"belfry/wsserver/internal/folder"
	"belfry/wsserver/msglog"
)

// recordSettings is the kind of record by which the log knows that there is a settings file.
const recordSettings = "settings"

// keptSettings is that record.
type keptSettings struct {
	Access string `json:"access"`
}

// recallSettings compares the settings with what the log knows of them: where their file is gone, the room does not open.
func recallSettings(ctx context.Context, s *Server, log msglog.Log) error {
	var kept *keptSettings
	if err := msglog.Load(ctx, log, recordSettings, func(_ string, k keptSettings) { kept = &k }); err != nil {
		return unreadable(s.config.Dir, log, err)
	}
	if kept == nil || s.settings.InLog() {
		return nil
	}
	if err := s.settings.Missing(kept.Access); err != nil {
		return folder.Problem(s.config.Dir, err)
	}
	return nil
}

// settingsRecord is the record by which the log knows that there is a settings file; ok is false if there is none, or the log has
// the settings themselves.
func settingsRecord(s *Server) (r msglog.Record, ok bool) {
	value, err := json.Marshal(keptSettings{s.settings.Get().AccessMode()})
	return msglog.Record{Kind: recordSettings, Value: value}, err == nil && s.settings.HasFile() && !s.settings.IsShared()
}

// rememberSettings has the log know of the settings file with the next commit.
func rememberSettings(s *Server) {
	if r, ok := settingsRecord(s); ok {
		// The dispatcher logs records that it could not write; the next change, or start, says the same.
		_ = s.dispatcher.Post(dispatch.Post{Records: []msglog.Record{r}, Done: func(msglog.Appended, error) {}})
	}
}

// rememberStart has the log know of the settings file, and what time it is, before anything else is written: where the
// program is killed, this is what the next start knows. A log that cannot be written now says so with the first message.
func rememberStart(ctx context.Context, s *Server, log msglog.Log) {
	changes := []msglog.Change{{Records: []msglog.Record{s.clock.Record()}}}
	if r, ok := settingsRecord(s); ok {
		changes[0].Records = append(changes[0].Records, r)
	}
	for _, moving := range [][]msglog.Record{s.settings.Moving(), s.secrets.Moving(), s.stores.tokens.Moving(), s.stores.webhooks.Moving()} {
		if len(moving) > 0 {
			changes = append(changes, msglog.Change{Records: moving})
		}
	}
	if _, err := log.Append(ctx, changes); err != nil {
		s.config.Logger.Warn("remember the start", "error", err)
	}
}
