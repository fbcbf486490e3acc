package settings

import (
	"cmp"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"belfry/wsserver/names"
	"belfry/wsserver/wire"
)

// This file is the settings that are texts.

// Limits of the Wi-Fi's name and password, in bytes: those of IEEE 802.11, where a password may also be 64 hexadecimal
// digits.
const (
	MaxWiFiName     = 32
	MaxWiFiPassword = 64
)

// texts are the settings that are texts, each with what cleans it: it returns a *wire.Error where the text may not be.
var texts = map[string]func(string) (string, error){
	"operator_name": names.CheckOperator,
	"wifi_name": func(text string) (string, error) {
		return plain(text, MaxWiFiName, "A Wi-Fi name can have at most 32 bytes.")
	},
	"wifi_password": func(text string) (string, error) {
		return plain(text, MaxWiFiPassword, "A Wi-Fi password can have at most 64 characters.")
	},
}

// secret are the settings whose values stand in no list and in no log.
var secret = map[string]bool{"wifi_password": true}

// plain returns a text as it is: blanks count in both.
func plain(text string, most int, tooLong string) (string, error) {
	switch {
	case len(text) > most:
		return "", wire.ErrTooLarge.WithMessage(tooLong)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return "", wire.ErrBadFrame.WithMessage("A Wi-Fi name or password must be one line of text.")
	}
	return text, nil
}

// cleanText returns the value of a setting that is a text as it is kept.
func cleanText(name string, value json.RawMessage) (json.RawMessage, error) {
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return nil, wire.ErrBadFrame
	}
	text, err := texts[name](text)
	if err != nil {
		return nil, err
	}
	return json.Marshal(text)
}

// Operator is the name that the operator's messages are from.
func (e *Effective) Operator() string { return cmp.Or(e.OperatorName, wire.OperatorName) }
