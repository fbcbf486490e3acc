package settings

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"net"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"belfry/wsserver/wire"
)

// This file reads settings.json as it is found: written by Belfry, by a person's editor, or damaged. What can be read is
// kept. A setting that cannot be read is not the default, which may let in or delete: it has its safe value, and is named
// in Values.Unreadable until the operator has confirmed or chosen it.

// AddrUnreadable is where to listen if the chosen address cannot be read: only on this machine.
const AddrUnreadable = "127.0.0.1:8000"

// safe are the values of the settings that cannot be read: nobody comes in by themselves, nothing is deleted or let go
// early, no limit is off, and nothing more than the page is offered to the network.
func safe() Change {
	return Change{
		KeepDays: new(int(bounds["keep_days"].Most)), KeepBytes: new(int64(bounds["keep_bytes"].Most)),
		NameHours: new(int(bounds["name_hours"].Most)), MemberHours: new(int(bounds["member_hours"].Most)),
		MaxConnections: new(256), RemoteDashboards: new(false), OwnAuthority: new(false), AnnounceName: new(false),
	}
}

// keptLonger are the settings of which more is the safe side; of the other numbers it is less.
var keptLonger = map[string]bool{"keep_days": true, "keep_bytes": true, "name_hours": true, "member_hours": true, "undo_seconds": true}

// noLimit are the settings whose 0 means that there is no limit.
var noLimit = map[string]bool{"client_rate": true, "max_connections": true, "max_per_address": true}

// maxName is as much as is kept of the name of something that is no setting, in bytes.
const maxName = 64

var errNoObject = errors.New("it is not one JSON object")

// read reads the text of a settings' file. defaults are the effective settings without it. The error says why the text as
// a whole cannot be read: every setting is then unreadable.
func read(text []byte, defaults Effective) (Values, error) {
	given, twice, err := fieldsIn(withoutBOM(text))
	r := reader{given: given, safe: fieldsOf(defaults)}
	maps.Copy(r.safe, fieldsOf(safe()))
	if err != nil {
		return allUnreadable(defaults), err
	}
	for name := range twice {
		r.unreadable(name)
		given[name] = nil // no value
	}
	r.marked()
	v := Values{
		Name: r.text("name"), Address: r.text("address"), Addr: r.addr(), Access: r.access(),
		Code: r.code(), Secret: r.text("secret"), Change: r.change(),
	}
	for name := range r.given { // what is left is no setting
		r.unreadable(name)
	}
	if _, has := given["access"]; !has && v.Access == "" && len(r.names) > 0 {
		v.Access = AccessApproval // one of them may have been meant for it
	}
	slices.Sort(r.names)
	v.Unreadable = slices.Compact(r.names)
	return v, nil
}

// allUnreadable are the values of a file that cannot be read at all.
func allUnreadable(defaults Effective) Values {
	v := Values{Access: AccessApproval, Change: safe()}
	normal := fieldsOf(defaults)
	for name, value := range fieldsOf(v.Change) {
		if string(normal[name]) != string(value) {
			v.Unreadable = append(v.Unreadable, name)
		}
	}
	v.Unreadable = append(v.Unreadable, "access", "name")
	slices.Sort(v.Unreadable)
	return v
}

// withoutBOM is a text as UTF-8, without the mark at its start. Windows' editors write that mark, and UTF-16.
func withoutBOM(text []byte) []byte {
	for _, of := range []struct {
		mark  string
		order binary.ByteOrder
	}{{"\xff\xfe", binary.LittleEndian}, {"\xfe\xff", binary.BigEndian}} {
		if rest, ok := bytes.CutPrefix(text, []byte(of.mark)); ok && len(rest)%2 == 0 {
			units := make([]uint16, len(rest)/2)
			for i := range units {
				units[i] = of.order.Uint16(rest[2*i:])
			}
			return []byte(string(utf16.Decode(units)))
		}
	}
	return bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
}

// fieldsIn returns the fields of one JSON object by their names in small letters, and those that stand there twice with
// different values.
func fieldsIn(text []byte) (fields map[string]json.RawMessage, twice map[string]bool, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, errors.Join(errNoObject, err)
	}
	fields, twice = map[string]json.RawMessage{}, map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, nil, err
		}
		name := strings.ToLower(key.(string)) // the name of a field is a string
		if first, has := fields[name]; has && !bytes.Equal(first, value) {
			twice[name] = true
		}
		fields[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, errors.Join(errNoObject, err)
	}
	return fields, twice, nil
}

// reader takes the settings out of the fields of a file.
type reader struct {
	given map[string]json.RawMessage // what was not taken yet; nil: it cannot be read
	safe  map[string]json.RawMessage
	names []string // of what could not be read
}

func (r *reader) unreadable(names ...string) {
	for _, name := range names {
		r.names = append(r.names, wire.Clip(name, maxName))
	}
}

// take removes a field. has is false if the file does not have it, ok where it has, and it is not of v's type.
func (r *reader) take(name string, v any) (ok, has bool) {
	raw, has := r.given[name]
	delete(r.given, name)
	if !has {
		return true, false
	}
	if raw == nil || string(raw) == "null" || json.Unmarshal(raw, v) != nil {
		r.unreadable(name)
		return false, true
	}
	return true, true
}

// marked takes the names that an earlier start could not read, which nobody has confirmed yet.
func (r *reader) marked() {
	var names []string
	if ok, _ := r.take("unreadable", &names); !ok {
		names = slices.Collect(maps.Keys(fieldsOf(safe())))
	}
	r.unreadable(names...)
}

func (r *reader) text(name string) (text string) {
	if ok, _ := r.take(name, &text); !ok {
		return ""
	}
	return text
}

func (r *reader) access() string {
	var mode string
	ok, has := r.take("access", &mode)
	switch {
	case !has:
		return ""
	case !ok:
		return AccessApproval
	case !IsAccessMode(mode):
		r.unreadable("access")
		return AccessApproval
	}
	return mode
}

// code is the six digits. Anything else is read as none: then nobody can join by a code.
func (r *reader) code() string {
	code := r.text("code")
	if code != "" && (len(code) != 6 || strings.Trim(code, "0123456789") != "") {
		r.unreadable("code")
		return ""
	}
	return code
}

func (r *reader) addr() string {
	var addr string
	ok, has := r.take("addr", &addr)
	if !has || ok && addr == "" {
		return ""
	}
	_, port, err := net.SplitHostPort(addr)
	if n, wrong := strconv.Atoi(port); !ok || err != nil || wrong != nil || n < 0 || n > 65535 {
		r.unreadable("addr")
		return AddrUnreadable
	}
	return addr
}

// change takes the settings that have a default.
func (r *reader) change() (c Change) {
	fields := map[string]json.RawMessage{}
	for name, safe := range r.safe {
		raw, has := r.given[name]
		if !has {
			continue
		}
		delete(r.given, name)
		var one Change
		b, err := json.Marshal(map[string]json.RawMessage{name: raw})
		readable := raw != nil && string(raw) != "null" && err == nil && json.Unmarshal(b, &one) == nil && within(name, raw)
		if fields[name] = raw; !readable {
			r.unreadable(name)
			fields[name] = safer(name, raw, safe)
		}
	}
	fill(&c, fields)
	return c
}

// safer is the value of a setting that cannot be read: the safe one, or what stands there as far as a number can be made
// out of it, whichever is safer.
func safer(name string, raw, safe json.RawMessage) json.RawMessage {
	bound, isNumber := bounds[name]
	var quoted string
	text := string(raw)
	if json.Unmarshal(raw, &quoted) == nil {
		text = strings.TrimSpace(quoted)
	}
	n, err := strconv.ParseFloat(text, 64)
	if !isNumber || err != nil || keptLonger[name] || noLimit[name] && n <= 0 || name == "secure_port" {
		return safe
	}
	most, err := strconv.ParseFloat(string(safe), 64)
	if err != nil || !(n < most) {
		return safe
	}
	if n = max(n, bound.Least); name != "client_rate" { // the others are whole
		n = math.Floor(n)
	}
	return json.RawMessage(strconv.FormatFloat(n, 'f', -1, 64))
}
