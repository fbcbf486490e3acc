package operator

import "belfry/wsserver/wire"

func (d *Dashboard) turnedAway() *wire.Error {
	s := d.Server
	program := d.Session == ""
	switch {
	case d.Remote && !s.Limits().RemoteDashboards:
		return wire.ErrNotAllowed.Because("Dashboards on other machines were switched off.")
	case program && d.KeyNumber != s.Keys.Number(), !program && !s.SignedIn.Has(d.Session):
		return wire.ErrNotAllowed.Because("This session was ended.")
	}
	return nil
}
