package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// This file is what the operator may choose in numbers: how long things are kept, and how much one client, one address
// and all together may ask of the server. What a flag or its variable says is stronger than what was chosen.

// SettingsAnswer is what holds, what would without a choice, and between what each number may lie. Fixed are the limits
// that nobody changes, in bytes, code points and, where the name says so, seconds. Ruled names the flag
// for each that a flag (or its variable) rules: it cannot be changed here. Password: one is set.
type SettingsAnswer struct {
	Values   settings.Effective        `json:"values"`
	Defaults settings.Effective        `json:"defaults"`
	Bounds   map[string]settings.Bound `json:"bounds"`
	Fixed    map[string]int            `json:"fixed"`
	Ruled    map[string]string         `json:"ruled"`
	Password bool                      `json:"password"`
}

// defaults are the settings of a server whose operator has chosen nothing.
func (s *Operator) defaults() settings.Effective {
	return settings.Effective{
		KeepDays: settings.DefaultKeepDays, KeepBytes: settings.DefaultKeepBytes, NameHours: 12, MemberHours: 12,
		ClientRate: s.Config.ClientRate, FramesPerSecond: settings.FramesPerSecond, BytesPerSecond: settings.BytesPerSecond,
		MaxTopics: wire.MaxTopics, HelloSeconds: 30, MaxPerAddress: s.Config.MaxPerAddress,
		HandshakesPerSecond: settings.HandshakesPerSecond, QueueBytes: 256 << 20, RemoteDashboards: !s.Window.Load(),
		AnnounceName: true,
	}
}

// ruled is the flag by the name of each setting that one rules.
func (s *Operator) ruled() map[string]string {
	list := maps.Clone(settings.FlagOf)
	for _, name := range s.Config.Changeable {
		delete(list, name)
	}
	if s.Config.Token != "" {
		list["operator_key"] = "-operator-token"
	}
	if s.Config.TLSCert != "" {
		list["own_authority"], list["secure_port"] = "-tls-cert", "-tls-cert"
	}
	return list
}

// limits are the settings as they hold. They are not changed, but replaced.
func (s *Operator) Limits() *settings.Effective { return s.effective.Load() }

// settle makes what was chosen hold.
func (s *Operator) ApplySettings() {
	v := s.defaults()
	chosen := settings.FieldsOf(s.File.Get().Change)
	ruled := s.ruled()
	for name, value := range chosen { // a file that was written by hand may hold anything
		if _, is := ruled[name]; is || !settings.Within(name, value) {
			delete(chosen, name)
		}
	}
	settings.Fill(&v, chosen)
	s.effective.Store(&v)
}

// Settings are the limits and switches that hold, and what rules them.
func (s *Operator) Settings() SettingsAnswer {
	return SettingsAnswer{
		Values: *s.Limits(), Defaults: s.defaults(), Bounds: maps.Clone(settings.Bounds), Fixed: fixedLimits(), Ruled: s.ruled(), Password: s.Password.IsSet(),
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

// SetSettings changes some settings; they hold at once. Errors: bad_frame where a number is out of bounds, not_allowed
// where a flag rules it, not_kept.
func (s *Operator) SetSettings(ctx context.Context, c settings.Change) (SettingsAnswer, error) {
	asked := settings.FieldsOf(c)
	if err := s.mayChange(asked); err != nil {
		return SettingsAnswer{}, err
	}
	before := *s.Limits()
	defaults := settings.FieldsOf(s.defaults())
	err := s.Change(func(v *settings.Values) {
		next := settings.FieldsOf(v.Change)
		maps.Copy(next, asked)
		for name := range asked { // what is as by default follows the default
			if string(next[name]) == string(defaults[name]) {
				delete(next, name)
			}
		}
		v.Change = settings.Change{}
		settings.Fill(&v.Change, next)
	})
	if err != nil {
		return SettingsAnswer{}, err
	}
	s.settingsChanged(ctx, before, *s.Limits())
	return s.Settings(), nil
}

// mayChange checks a change.
func (s *Operator) mayChange(asked map[string]json.RawMessage) error {
	ruled := s.ruled()
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if flag, ok := ruled[name]; ok {
			return wire.ErrNotAllowed.WithMessage(fmt.Sprintf("%s is given by %s, or its variable, which is stronger. Start Belfry without it.", name, flag))
		}
		if !settings.Within(name, asked[name]) {
			return wire.ErrBadFrame.WithMessage(fmt.Sprintf("%s is a number from %.0f to %.0f.", name, settings.Bounds[name].Least, settings.Bounds[name].Most))
		}
	}
	return nil
}

// settingsChanged lets everything that lives by the settings follow them, and notes what became of which.
func (s *Operator) settingsChanged(ctx context.Context, before, now settings.Effective) {
	was, is := settings.FieldsOf(before), settings.FieldsOf(now)
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if string(was[name]) != string(is[name]) {
			s.note(ctx, AuditEntry{What: "setting", Setting: name, Before: string(was[name]), After: string(is[name])})
		}
	}
	if before.OwnAuthority != now.OwnAuthority || before.SecurePort != now.SecurePort {
		s.Lan.UpdateSecurePort(ctx)
	}
	if before.AnnounceName != now.AnnounceName {
		s.Lan.RecheckName()
	}
	s.Gate.Reset()
	s.Door.SetRates()
	if before.KeepDays != now.KeepDays || before.KeepBytes != now.KeepBytes {
		s.PruneNow()
	}
	if before.RemoteDashboards && !now.RemoteDashboards {
		s.EndDashboards(func(d *Dashboard) bool { return d.Remote }, "Dashboards on other machines were switched off.")
	}
}
