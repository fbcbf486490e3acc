package table

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

// files are what is dropped in place of a table, by how it begins, and what to do about it.
var files = []struct{ begins, say string }{
	{"PK\x03\x04", ""}, // see archive
	{"\xd0\xcf\x11\xe0", "That is an Excel workbook or another old Office file. Open it, choose Save As, and select “CSV UTF-8”."},
	{"%PDF", "That is a PDF. Copy the names from it, one per line, or ask for the list as CSV."},
	{`{\rtf`, "That is a formatted document. Save it as plain text, with one name per line."},
	{"BEGIN:VCARD", "That is a contacts file (vCard). Export the contacts as CSV."},
	{"<!doctype html", "That is a web page. Open it in a spreadsheet program, choose Save As, and select “CSV UTF-8”."},
	{"<html", "That is a web page. Open it in a spreadsheet program, choose Save As, and select “CSV UTF-8”."},
	{"<table", "That is a web page. Open it in a spreadsheet program, choose Save As, and select “CSV UTF-8”."},
	{"<?xml", "That is XML. Open it in a spreadsheet program, choose Save As, and select “CSV UTF-8”."},
	{"\x89PNG", "That is a picture. Belfry reads names from text: CSV, or one name per line."},
	{"\xff\xd8\xff", "That is a picture. Belfry reads names from text: CSV, or one name per line."},
	{"GIF8", "That is a picture. Belfry reads names from text: CSV, or one name per line."},
	{"\x1f\x8b", "That is a compressed file. Unpack it first."},
	{"7z\xbc\xaf", "That is a compressed file. Unpack it first."},
	{"Rar!", "That is a compressed file. Unpack it first."},
	{"SQLite format 3", "That is a database. Export the names from it as CSV."},
}

// refuse returns the error for a file that is no text, or a text that is no table; nil for what may be one.
func refuse(file []byte) error {
	start := bytes.TrimLeft(bytes.TrimPrefix(file[:min(len(file), 4096)], []byte("\ufeff")), " \t\r\n")
	for _, one := range files {
		if !begins(start, one.begins) {
			continue
		}
		say := one.say
		if say == "" {
			say = archive(file)
		}
		return wire.ErrBadFrame.WithMessage(say)
	}
	return nil
}

// begins reports whether bytes begin with others; words in whatever case.
func begins(b []byte, with string) bool {
	if len(b) < len(with) {
		return false
	}
	start := string(b[:len(with)])
	return start == with || utf8.ValidString(with) && strings.EqualFold(start, with)
}

// archive says what a file in zip's format is, by the names of its parts.
func archive(file []byte) string {
	contains := func(part string) bool { return bytes.Contains(file, []byte(part)) }
	switch {
	case contains("xl/"):
		return "That is an Excel workbook. Open it, choose Save As, and select “CSV UTF-8”."
	case contains("word/"), contains("opendocument.text"):
		return "That is a text document. Save it as plain text, with one name per line."
	case contains("opendocument.spreadsheet"):
		return "That is a spreadsheet. Open it, choose Save As, and select “Text CSV”."
	case contains(".iwa"):
		return "That is a Numbers or Pages document. Open it, choose Export To, and select CSV."
	}
	return "That is a compressed file or a document. Save it as CSV or as plain text first."
}
