package operator

import (
	"context"
	"encoding/json"
	"time"

	"belfry/wsserver/names"
	"belfry/wsserver/settings"
	"belfry/wsserver/transport"
	"belfry/wsserver/wire"
)

// SettingsAnswer is the effective settings, the defaults, and the bounds of each number. Fixed are the limits that
// nobody can change, in bytes, code points and, if the name says so, seconds. Ruled has, by setting, the flag that overrides
// it, so that it cannot be changed here. Password says whether one is set.
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
	list["queue"], list["wifi_name"], list["wifi_password"] = transport.MaxQueued, settings.MaxWiFiName, settings.MaxWiFiPassword
	for name, d := range map[string]time.Duration{
		"header_seconds": transport.HeaderTimeout, "request_seconds": RequestTimeout, "frame_seconds": transport.FrameTimeout,
		"idle_seconds": transport.IdleTimeout, "stalled_seconds": transport.WriteTimeout,
	} {
		list[name] = int(d.Seconds())
	}
	return list
}

// SetSettings changes some settings, from now on. Errors: bad_frame if a number is out of bounds, not_allowed where
// a flag overrides it, identity_taken if a program has the operator's new name, not_kept.
func (s *Security) SetSettings(ctx context.Context, c settings.Change) (SettingsAnswer, error) {
	if c.OperatorName != nil {
		if name, err := names.CheckOperator(*c.OperatorName); err == nil && s.tokens.HasName(name) {
			return SettingsAnswer{}, &wire.Error{Code: wire.ErrIdentityTaken.Code, Field: "operator_name", Message: "A program has that name. Choose another one, or remove its token."}
		}
	}
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
		s.endDashboards(func(d *dashboard) bool { return d.by.Remote }, "The operator switched off dashboards on other computers.")
	}
}

// chosen is the settings for the verbs that change what is chosen apart from the effective settings: the name, the address
// and the access mode.
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

// Codes of a Doubt.
const (
	DoubtSettings = "settings"
	DoubtClock    = "clock"
)

// Doubt is something that Belfry cannot be sure of until the operator confirms it. Code is "settings": some could not be
// read, Settings names them, and until then nothing is pruned; or "clock": the machine's clock went far from the time seen
// last, by which messages age until then. A doubt about the clock also ends on its own, if the clock goes back or stays.
type Doubt struct {
	Code string `json:"code"`
	// Settings are those that could not be read.
	Settings []SafeSetting `json:"settings"`
	// Seen is the time that was seen last, going on since; Clock the machine's. Both are "" unless Code is "clock".
	Seen  string `json:"seen"`
	Clock string `json:"clock"`
}

// SafeSetting is a setting that could not be read, and the value used in its place, as JSON; "" if it has none.
type SafeSetting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// doubts are those there are now.
func (s *Room) doubts() []Doubt {
	list := []Doubt{}
	if names := s.settings.Unreadable(); len(names) > 0 {
		values := safeValues(s.settings.Store)
		d := Doubt{Code: DoubtSettings, Settings: make([]SafeSetting, len(names))}
		for i, name := range names {
			d.Settings[i] = SafeSetting{Name: name, Value: values[name]}
		}
		list = append(list, d)
	}
	if sure, machine, ok := s.clock.Doubt(); ok {
		list = append(list, Doubt{
			Code: DoubtClock, Settings: []SafeSetting{}, Seen: wire.Time(sure).String(), Clock: wire.Time(machine).String(),
		})
	}
	return list
}

// safeValues are the settings that hold, as JSON by name, without the codes.
func safeValues(store *settings.Store) map[string]string {
	chosen := store.Get()
	values := map[string]json.RawMessage{}
	b, err := json.Marshal(*store.Effective())
	if err == nil {
		err = json.Unmarshal(b, &values)
	}
	if err != nil {
		return nil // numbers and switches always encode
	}
	list := map[string]string{"access": chosen.AccessMode(), "name": chosen.Name, "address": chosen.Address, "addr": chosen.Addr}
	for name, value := range values {
		list[name] = string(value)
	}
	delete(list, "wifi_password") // as the codes
	return list
}

// Confirm ends a doubt, by its code: the settings that hold are the chosen ones, or the machine's clock is right. What was
// put off is done. Errors: bad_frame, not_kept, closing.
func (s *Room) Confirm(ctx context.Context, doubt string) error {
	log, err := s.server.OpenLog()
	if err != nil {
		return err
	}
	switch doubt {
	case DoubtSettings:
		if err := s.settings.Confirm(ctx); err != nil {
			return err
		}
	case DoubtClock:
		s.clock.Confirm(log.Last())
	default:
		return wire.ErrBadFrame.WithMessage(`Confirm "settings" or "clock".`)
	}
	s.audit.note(ctx, AuditEntry{What: "confirmed", Detail: doubt})
	s.server.Confirmed()
	s.revisions.SettingsChanged()
	return nil
}
