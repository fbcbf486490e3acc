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
	if kept == nil {
		return nil
	}
	if err := s.settings.Missing(kept.Access); err != nil {
		return folder.Problem(s.config.Dir, err)
	}
	return nil
}

// rememberSettings has the log know that there is a settings file, and its access mode, with the next commit.
func rememberSettings(s *Server) {
	if !s.settings.HasFile() {
		return
	}
	value, err := json.Marshal(keptSettings{s.settings.Get().AccessMode()})
	if err != nil {
		return // strings always encode
	}
	// The dispatcher logs records that it could not write; the next change, or start, says the same.
	_ = s.dispatcher.Post(dispatch.Post{Records: []msglog.Record{{Kind: recordSettings, Value: value}}, Done: func(msglog.Appended, error) {}})
}
