package operator

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"belfry/wsserver/lan"
	"belfry/wsserver/msglog"
	"belfry/wsserver/table"
	"belfry/wsserver/wire"
	"belfry/wsserver/wstest"
)

// This file fuzzes a dashboard's frames, and the answers: verbs, tables, QR codes.

// Whatever a dashboard sends is answered by an object or by an error that is documented.
func FuzzVerbs(f *testing.F) {
	codes := wstest.DocumentedCodes(f, "../../docs/protocol.md")
	f.Add(`{"action":"broadcast","id":"1","message":"Doors close in five minutes.","title":"Closing","priority":5,"message_id":"op1"}`)
	for _, action := range slices.Sorted(maps.Keys(verbs)) {
		f.Add(`{"action":"` + action + `","id":"1"}`)
		f.Add(`{"action":"` + action + `","user_id":"ana","message":"x","topic":"general","seq":1,"seqs":[1,2],"name":"Ana","title":"T","kind":"open",` +
			`"reason":"r","address":"10.0.0.0/8","access":"code","all":true,"csv":"Ana\nBen","entry":"e","texts":["x"],"host":"x","limit":-1,"before":9,` +
			`"from":"2026-01-31T10:00:00Z","repeat":{"every":1,"times":2},"priority":5,"ack":"OK","missing":"read","since":3,"conns":[1],"keep_days":7,"publish":["general","people"],"read":["all"],"rate":0.5,"token":"t"}`)
	}
	o, stop := newOperator(f)
	left := 2_000
	f.Fuzz(func(t *testing.T, frame string) {
		if left--; left < 0 { // the persons and topics made must not fill the memory
			stop()
			o, stop = newOperator(t)
			left = 2_000
		}
		_, do, err := verbOf([]byte(frame))
		var answer any
		if err == nil {
			answer, err = do(context.Background(), o, []byte(frame))
		}
		if err != nil {
			if e := wire.AsError(err); e == wire.ErrInternal || !codes[e.Code] || e.Message == "" || len(e.Message) > 1_000 {
				t.Fatalf("%s is answered by %q: %v", frame, e.Code, err)
			}
			return
		}
		checkResult(t, "1", answer)
	})
}

// Messages are in the table as table.SafeCell leaves them, and no cell of it is a formula.
func FuzzExportCells(f *testing.F) {
	for _, s := range []string{"=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "a,b\"c\"\n", "'=x", "", "\xff", "\ufeff=1", " =1"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		var b bytes.Buffer
		row, end, err := rowsTo(ExportCSV, table.Style{Separator: ','}, &b)
		if err == nil {
			err = errors.Join(row(&msglog.Entry{Seq: 1, Text: text, Title: name, From: wire.Sender{UserID: "ana", Name: name}}), end())
		}
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\ufeff"))).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 10 {
			t.Fatalf("%q becomes %q: %v", text, b.String(), err)
		}
		for i, cell := range rows[1] {
			if cell != "" && strings.ContainsAny(string([]rune(cell)[:1]), "=+-@\t\r\n＝＋－＠") {
				t.Fatalf("cell %d is %q", i, cell)
			}
		}
		for cell, written := range map[int]string{4: name, 7: text} {
			if rows[1][cell] != table.SafeCell(written, ',') {
				t.Fatalf("%q becomes %q", written, rows[1][cell])
			}
		}
	})
}

var squares = regexp.MustCompile(`^(M\d+ \d+h\d+v1h-\d+z)*$`)

// A QR code of any text is drawn, or is none.
func FuzzQR(f *testing.F) {
	for _, s := range []string{"", "http://192.168.1.24:8000/#code=x", "12345", "ABC $", "\xff\x00", "漢字", strings.Repeat("x", 512)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxQRBytes {
			return
		}
		q := lan.NewQR(text)
		if q.Size < 0 || q.Size > 177 || (q.Size == 0) != (q.Path == "") || !squares.MatchString(q.Path) {
			t.Fatalf("%q: %d modules, %.80s", text, q.Size, q.Path)
		}
	})
}

// payload returns the payload of a text frame of the server.
func payload(frame []byte) []byte {
	switch header := frame[1]; header {
	case 127:
		return frame[10:]
	case 126:
		return frame[4:]
	}
	return frame[2:]
}
