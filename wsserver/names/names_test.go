package names

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

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

// Posing is not made possible by words of several scripts.
func TestCheck_RefusesToPoseAsTheOperator(t *testing.T) {
	for _, name := range []string{
		"Oреrаtоr", "Оре rator", "o·p·e·r·a·t·o·r", "ᴏᴘᴇʀᴀᴛᴏʀ", "🅞🅟🅔🅡🅐🅣🅞🅡", "🄾🄿🄴🅁🄰🅃🄾🅁", "🇴🇵🇪🇷🇦🇹🇴🇷", "Ⓞperator", "oper\u00adator", "oper\u3164ator",
		"סperator", "օperator", "operatο", "Operator แอดมิน", "アナ (operator)", "op\u0335erator", "Öpérätör", "Øperator", "0per@t0r", "θperator",
		"OPER ATOR", "the O-P-E-R-A-T-O-R!", "oper\ufe0fator", "𝓞𝓹𝓮𝓻𝓪𝓽𝓸𝓻", "ｏｐｅｒａｔｏｒ", "O\u034fperator", "Operator\U000e0061",
	} {
		if clean, err := Check(name); err == nil {
			t.Errorf("%q is taken as %q", name, clean)
		}
	}
	for _, name := range []string{"Cooper Atorres", "Ana Opera", "Oper Ana", "Ator Oper"} {
		if _, err := Check(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCheck_SaysWhichSignAndWhy(t *testing.T) {
	for name, want := range map[string]string{
		"Аna Lima":     "In “Аna”, “А” is a letter of Cyrillic and “n” is one of Latin. Write each word in one script, so that no name can pass for another.",
		"Ana \ue000":   "The character U+E000 in that name looks different on each device, or cannot be seen. Leave it out.",
		"-·'":          "That name has only signs. It needs a letter, a digit or an emoji.",
		"The Operator": "That name is reserved for the operator. Choose another one.",
	} {
		if _, err := Check(name); err == nil || err.Error() != want {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCheck_KeepsLettersNewerThanItsTables(t *testing.T) {
	for _, name := range []string{
		"王\U000323b0", "\U00010d50\U00010d51", "Ana \U0001fae9", "\U0001fae9", "\ua7da\ua7dbna", "Ana \U000105c0\U000105c1", "李\U0002ebf0",
	} {
		if got, err := Check(name); err != nil || got != name {
			t.Errorf("%q is %q (%v)", name, got, err)
		}
	}
}

func TestCheck_KeepsInvisibleCharactersOnlyWhereAScriptNeedsThem(t *testing.T) {
	for name, want := range map[string]string{
		"葛\U000e0100城":             "葛\U000e0100城", // a shape of a family name's character
		"A\U000e0100na":            "Ana",
		"Ana\ufe0f":                "Ana",
		"Team ❤\ufe0f":             "Team ❤",
		"രാജന്\u200d":              "രാജന്\u200d",
		"র\u200d্যান্ডি":           "র\u200d্যান্ডি",
		"می\u200cنا\u200c":         "می\u200cنا",
		"می\u200c\u200c\u200cنا":   "می\u200cنا",
		"ᠰᠠᠷᠠ\u180b":               "ᠰᠠᠷᠠ\u180b",
		"\u200dക":                  "ക",
		"\ufdd0Ana\U0001ffff":      "Ana",
		"\u202eanA\u2066 \u0000Li": "anA Li",
	} {
		if got, err := Check(name); err != nil || got != want {
			t.Errorf("%q is %q (%v), want %q", name, got, err, want)
		}
	}
}

func alike(keys func(string) []string, a, b string) bool {
	return slices.ContainsFunc(keys(a), func(k string) bool { return slices.Contains(keys(b), k) })
}

func TestKeys_OfNamesThatLookTheSame(t *testing.T) {
	for a, b := range map[string]string{
		"Ian": "lan", "IAN": "ian", "Anna": "Аnnа", "Bob0": "BobO", "Ａna": "ana", "𝒜na": "Ana", "Straße": "STRASSE", // one script and two
		"Ana Lima": "Ana Iima", "ALI": "ALl", "Ali": "A1i", "Team 10": "Team 1O", "Alan": "A|an",
		"Cocoa": "СОСОА", "Сара": "Capa", "Capa Smith": "Сара Smith", "Ocaac": "Осаас", "Icaac": "Ісаас", "NOKO": "ΝΟΚΟ", "Aוan": "Alan",
		"An\u200bna": "Anna", "Ana": "🅐na", "ana": "ᴀɴᴀ", "O'Neil": "O’Neil", "Anna-Lena": "Anna‐Lena", "Bernd": "Bеrnd", "Marnie": "Ｍarnie",
		"迪丽热巴·迪力": "迪丽热巴・迪力", "古丽•买买提": "古丽‧买买提", "محمد": "محـمد", "كمال": "کمال", "علي": "علی", "二郎": "ニ郎", "می\u200cنا": "مینا",
	} {
		if !alike(Keys, a, b) {
			t.Errorf("%q and %q: %q, %q", a, b, Keys(a), Keys(b))
		}
	}
}

func TestKeys_OfNamesThatDiffer(t *testing.T) {
	for a, b := range map[string]string{
		"Ana": "Anna", "Ana 2": "Ana 3", "Bernd": "Bemd", "CLARA": "CIARA", "Burns": "Bums", "Ward": "VVard", "Clara": "Dara", "Kai": "Kal",
		"Team 1": "Team I", "Gruppe 0": "Gruppe O", "Louis I": "Louis 1", "แดง": "แตง", "கை": "கன", "സുമ": "സൂമ", "Գարեն": "Զարեն", "חן": "חו",
		"Anä": "Ana", "Ilgın": "İlgin", "Иван": "Ivan", "SLIM": "SIIM", "LIAN": "IIAN",
	} {
		if alike(Keys, a, b) {
			t.Errorf("%q and %q: %q, %q", a, b, Keys(a), Keys(b))
		}
	}
}

func TestSpellings_TellStrokesApart(t *testing.T) {
	for a, b := range map[string]string{"Ian": "Lan", "Bob0": "BobO", "Ali": "A1i", "Ilse": "Llse"} {
		if alike(Spellings, a, b) {
			t.Errorf("%q and %q are spelled the same", a, b)
		}
	}
	for a, b := range map[string]string{"Ian": "IAN", "Ana": "Аnа", "Icaac": "Ісаас"} {
		if !alike(Spellings, a, b) {
			t.Errorf("%q and %q are not spelled the same", a, b)
		}
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
		if clean != "" && (len(Keys(clean)) == 0 || !alike(Keys, clean, norm.NFD.String(clean))) {
			t.Errorf("%q has the keys %q, decomposed %q", clean, Keys(clean), Keys(norm.NFD.String(clean)))
		}
	})
}

// ASCII is lowered without the library, to what the library folds it to.
func TestFold_LowersASCII(t *testing.T) {
	var all strings.Builder
	for c := range rune(utf8.RuneSelf) {
		all.WriteRune(c)
	}
	for _, s := range []string{"", all.String(), "Ana Lima", "STRASSE", "Straße", "ΣΊΣΥΦΟΣ", "A\xff"} {
		if got, want := fold(s), cases.Fold().String(s); got != want {
			t.Errorf("%q is %q, not %q", s, got, want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { fold("ana lima") }); n > 0 {
		t.Errorf("%v allocations for what is lower already", n)
	}
}
