package operator

import (
	"context"
	"time"

	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// SettingsAnswer is the effective settings, the defaults, and the bounds of each number. Fixed are the limits that
// nobody changes, in bytes, code points and, where the name says so, seconds. Ruled names, by setting, the flag that
// overrides it: it cannot be changed here. Password: one is set.
type SettingsAnswer struct {
	Values   settings.Effective        `json:"values"`
	Defaults settings.Effective        `json:"defaults"`
	Bounds   map[string]settings.Bound `json:"bounds"`
	Fixed    map[string]int            `json:"fixed"`
	Ruled    map[string]string         `json:"ruled"`
	Password bool                      `json:"password"`
}

// Settings returns the effective settings, and the flags that override them.
func (s *Security) Settings() SettingsAnswer {
	return SettingsAnswer{
		Values: *s.settings.Effective(), Defaults: s.settings.Defaults(), Bounds: settings.Bounds(), Fixed: fixedLimits(),
		Ruled: s.settings.Ruled(), Password: s.password.IsSet(),
	}
}

// fixedLimits are those that the operator may want to know, and nobody changes.
func fixedLimits() map[string]int {
	list := wire.Limits(0)
	delete(list, "topics")
	list["queue"] = transport.MaxQueued
	for name, d := range map[string]time.Duration{
		"header_seconds": transport.HeaderTimeout, "request_seconds": RequestTimeout, "frame_seconds": transport.FrameTimeout,
		"idle_seconds": transport.IdleTimeout, "stalled_seconds": transport.WriteTimeout,
	} {
		list[name] = int(d.Seconds())
	}
	return list
}

// SetSettings changes some settings, from now on. Errors: bad_frame where a number is out of bounds, not_allowed where
// a flag overrides it, not_kept.
func (s *Security) SetSettings(ctx context.Context, c settings.Change) (SettingsAnswer, error) {
	if err := s.settings.Set(ctx, c); err != nil {
		return SettingsAnswer{}, err
	}
	s.revisions.SettingsChanged()
	return s.Settings(), nil
}

// NoteSettings is a subscriber of the settings: it adds each setting that changed to the audit list.
func (a *AuditLog) NoteSettings(ctx context.Context, before, now settings.Effective) {
	for _, d := range settings.Differences(before, now) {
		a.note(ctx, AuditEntry{What: "setting", Setting: d.Name, Before: d.Before, After: d.After})
	}
}

// EndRemoteDashboards is a subscriber of the settings: it ends the dashboards on other machines where a change switched
// them off.
func (s *Security) EndRemoteDashboards(_ context.Context, before, now settings.Effective) {
	if before.RemoteDashboards && !now.RemoteDashboards {
		s.endDashboards(func(d *dashboard) bool { return d.by.Remote }, "Dashboards on other machines were switched off.")
	}
}

// chosen is the settings for the verbs that change what was chosen beside the effective ones: the name, the address, the
// access mode.
type chosen struct {
	*settings.Store
	revisions *Revisions
	audit     *AuditLog
}

// change changes them and announces it. Errors: not_kept.
func (c chosen) change(ctx context.Context, set func(*settings.Values)) error {
	if err := c.Change(ctx, set); err != nil {
		return err
	}
	c.revisions.SettingsChanged()
	return nil
}

// changeTo is change, and notes the named setting in the audit list, with its values before and after.
func (c chosen) changeTo(ctx context.Context, name, before, after string, set func(*settings.Values)) error {
	err := c.change(ctx, set)
	if err == nil && before != after {
		c.audit.note(ctx, AuditEntry{What: "setting", Setting: name, Before: before, After: after})
	}
	return err
}
