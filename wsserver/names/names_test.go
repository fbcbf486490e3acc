package names

import (
	"strings"
	"testing"
	"unicode/utf8"

	"belfry/wsserver/wire"
)

func TestCheck(t *testing.T) {
	for name, want := range map[string]string{
		"  Ana \t Lima\u202e ":             "Ana Lima",
		"A\u0301na":                        "Ána",
		"A\u00adn\u200ba\ufeff":            "Ana",
		"\u3164\u2800\u200d":               "",
		"<img src=x onerror=alert(3)>":     "<img src=x onerror=alert(3)>",
		"T" + strings.Repeat("\u0300", 60): "T\u0300\u0300\u0300",
		"田中 Taro たろう":                      "田中 Taro たろう",
		"김철수 Kim":                          "김철수 Kim",
		"Анна":                             "Анна",
		"می\u200cخواهم":                    "می\u200cخواهم",
		"क्\u200dष":                        "क्\u200dष",
		"An\u200da":                        "Ana",
		"Team 7 🎉":                         "Team 7 🎉",
		"O'Neil-Ďurišová":                  "O'Neil-Ďurišová",
		"\u0301\u0300 Ana":                 "Ana",
		"Opera Rator":                      "Opera Rator",
	} {
		if got, err := Check(name); err != nil || got != want {
			t.Errorf("%q is %q (%v), want %q", name, got, err, want)
		}
	}
}

func TestCheck_Refuses(t *testing.T) {
	for name, code := range map[string]string{
		"Аna":                   "name_refused", // Cyrillic and Latin
		"Anα":                   "name_refused",
		"Operator":              "name_refused",
		"0perator":              "name_refused",
		"o p e r a t o r 2":     "name_refused",
		"ＯＰＥＲＡＴＯＲ":              "name_refused",
		"𝐎perator.":             "name_refused",
		"The operator":          "name_refused",
		"Camera operator":       "name_refused", // a camera operator can be called Camera
		"Operator Ana":          "name_refused",
		"Ana (Opérator)":        "name_refused",
		"Oper-ator":             "name_refused",
		"0p3r4t0r":              "name_refused",
		"Оперatоr":              "name_refused",
		"Op\u200berator":        "name_refused",
		"\ue000":                "name_refused",
		strings.Repeat("n", 65): "too_large",
	} {
		_, err := Check(name)
		if e := wire.AsError(err); err == nil || e.Code != code || e.Field != "name" || !strings.HasSuffix(e.Message, ".") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestKeys_OfNamesThatLookTheSame(t *testing.T) {
	alike := func(a, b string) bool {
		for _, x := range Keys(a) {
			for _, y := range Keys(b) {
				if x == y {
					return true
				}
			}
		}
		return false
	}
	for a, b := range map[string]string{"Ian": "lan", "IAN": "ian", "Anna": "Аnnа", "Bob0": "BobO", "Ａna": "ana", "𝒜na": "Ana", "Straße": "STRASSE"} {
		if !alike(a, b) {
			t.Errorf("%q and %q: %q, %q", a, b, Keys(a), Keys(b))
		}
	}
	if alike("Ana", "Anna") || alike("Ana 2", "Ana 3") {
		t.Error("different names count as one")
	}
}

func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"", "Ana Lima", "a\u0301\u0301\u0301\u0301", "می\u200cخواهم", "\u1100\u1161", "👩\u200d👩\u200d👧", "\xff", "Ω2", "ﬁ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean, err := Check(name)
		if err != nil {
			return
		}
		if utf8.RuneCountInString(clean) > wire.MaxName || !utf8.ValidString(clean) {
			t.Errorf("%q is %q", name, clean)
		}
		if again, err := Check(clean); err != nil || again != clean {
			t.Errorf("%q is %q, and that is %q (%v)", name, clean, again, err)
		}
		Keys(clean)
	})
}
