package wsserver_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// A filter that was given narrows what is taken away, or nothing is: never is it passed over.
func TestExport_AFilterIsNeverPassedOver(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.say("plain")
		r.say("on fire 🔥!!!")
		export := func(fields string) (code int, texts string) {
			answer, body := r.do(request(t, "GET", "/export?"+fields, "Authorization", "Bearer "+key))
			var list []string
			for _, text := range []string{"plain", "on fire"} {
				if strings.Contains(body, text) {
					list = append(list, text)
				}
			}
			return answer.StatusCode, strings.Join(list, ", ")
		}
		for fields, want := range map[string]string{
			"":                           "plain, on fire",
			"text=":                      "plain, on fire",
			"text=%F0%9F%94%A5":          "on fire",
			"text=%21%21%21":             "on fire",
			"text=fire+%F0%9F%94%A5":     "on fire",
			"text=plain+%21":             "",
			"text=%E2%80%8B":             "",
			"text=%20":                   "",
			"text=%00":                   "",
			"text=%FF":                   "",
			"text=-%3E":                  "",
			"topic=unknown":              "",
			"user_id=unknown":            "",
			"kind=private":               "",
			"until=0001-01-01T00:00:00Z": "",
			"until=1999-01-01T00:00:00Z": "",
			"from=9999-01-01T00:00:00Z":  "",
			"from=2300-01-01T00:00:00Z&until=1900-01-01T00:00:00Z":        "",
			"from=0001-01-01T00:00:00Z&until=9999-01-01T00:00:00%2B00:00": "plain, on fire",
		} {
			for _, format := range []string{"csv", "jsonl"} {
				if code, got := export("format=" + format + "&" + fields); code != http.StatusOK || got != want {
					t.Errorf("%s, %q: %d, %q, want %q", format, fields, code, got, want)
				}
			}
		}
		for _, fields := range []string{
			"kind=other", "from=yesterday", "until=2026-13-01T00:00:00Z", "until=12", "text=%zz", "text=a;topic=b", "text=a&text=b",
			"zone=Nowhere/Land", "zone=..%2F..%2Fetc", "separator=tab", "separator=%3B",
			"priority=9", "Text=fire", "text%5B%5D=fire", "seq=x",
		} {
			if code, got := export("format=csv&" + fields); code != http.StatusBadRequest || got != "" {
				t.Errorf("%.40q: %d, %q, want 400", fields, code, got)
			}
		}
	})
}

// A table is for people where they ask for it: their clock, and what their spreadsheet separates by. Else it is as it was.
func TestExport_TimesAndSeparators(t *testing.T) {
	inRoom(t, func(t *testing.T, r *room) {
		r.say("one; two")
		first := func(fields string) (code int, row string) {
			answer, body := r.do(request(t, "GET", "/export?"+fields, "Authorization", "Bearer "+key))
			_, rest, _ := strings.Cut(body, "\r\n")
			return answer.StatusCode, strings.TrimSuffix(rest, "\r\n")
		}
		for fields, want := range map[string]string{
			"format=csv":                                         `^1,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,announcement,,Operator,operator,,one; two,`,
			"format=csv&separator=comma":                         `^1,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z,announcement,,Operator,operator,,one; two,`,
			"format=csv&separator=semicolon":                     `^1;[^;]+Z;announcement;;Operator;operator;;"one; two";`,
			"format=csv&separator=semicolon&zone=Asia/Kathmandu": `^1;\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+05:45;announcement;`,
			"format=report&seq=1&zone=Asia/Kathmandu":            `^time,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+05:45\r\n`,
		} {
			if code, row := first(fields); code != http.StatusOK || !regexp.MustCompile(want).MatchString(row) {
				t.Errorf("%s: %d, %q", fields, code, row)
			}
		}
		for _, fields := range []string{"format=jsonl&zone=Europe/Berlin", "format=jsonl&separator=comma"} {
			if code, row := first(fields); code != http.StatusBadRequest {
				t.Errorf("%s: %d, %q, want 400", fields, code, row)
			}
		}
	})
}
