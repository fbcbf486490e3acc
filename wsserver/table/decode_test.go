package table

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// files are tables in the encodings that programs write, short as classes are: where a language is given, only that of the
// operator's browser tells two encodings apart.
var encoded = []struct{ encoding, language, text string }{
	{"windows-1252", "", "Name;Klasse\nJürgen Müller;7b\nZoë Weiß;7c\nFrançois Lefèvre;7a\n"},
	{"windows-1252", "", "Jürgen Müller\n"},
	{"windows-1252", "", "Apellidos;Nombre\nMuñoz;Íñigo\nGarcía;José\n"},
	{"windows-1252", "", "Nom;Prénom\nLefèvre;Zoé\n"},
	{"windows-1252", "", "Förnamn;Efternamn\nÅsa;Sjöström\nBjörn;Ångström\n"},
	{"windows-1252", "", "Fornavn;Etternavn\nBjørn;Ødegård\nÅse;Sætre\n"},
	{"windows-1252", "", "Nome;Turma\nJoão Conceição;3\nInês Simões;4\n"},
	{"windows-1250", "", "Imię;Nazwisko\nŁukasz;Wiśniewski\nMałgorzata;Dąbrowska\n"},
	{"windows-1250", "pl", "Łukasz;Wiśniewski\nMałgorzata;Dąbrowska\n"},
	{"windows-1250", "", "Jméno;Příjmení\nJiří;Dvořák\nŽaneta;Černá\n"},
	{"windows-1250", "hu", "Vezetéknév;Keresztnév\nŐri;Gergő\nSzűcs;Béla\n"},
	{"windows-1250", "hu-HU", "Őri Gergő\nSzűcs Béla\n"},
	{"windows-1251", "", "Фамилия;Имя\nПетрова;Анна\nИванов;Сергей\n"},
	{"windows-1251", "", "Анна Петрова\nСергей Иванов\n"},
	{"windows-1251", "", "Прізвище;Ім'я\nКоваль;Ганна\n"},
	{"koi8-u", "", "Фамилия;Имя\nПетрова;Анна\nИванов;Сергей\n"},
	{"ibm866", "", "Фамилия;Имя\nПетрова;Анна\nИванов;Сергей\n"},
	{"x-mac-cyrillic", "", "Фамилия;Имя\nПетрова;Анна\nИванов;Сергей\n"},
	{"windows-1253", "", "Επώνυμο;Όνομα\nΠαπαδόπουλος;Γιώργος\nΝικολάου;Μαρία\n"},
	{"windows-1254", "", "Adı;Soyadı\nAyşe;Yılmaz\nİbrahim;Çelik\n"},
	{"windows-1254", "tr", "Ayşe Yılmaz\nİbrahim Çelik\nGülşen Doğan\n"},
	{"windows-1255", "", "שם פרטי;שם משפחה\nדוד;כהן\nשרה;לוי\n"},
	{"windows-1256", "", "الاسم الأول;اسم العائلة\nمحمد;علي\nفاطمة;حسن\n"},
	{"windows-1256", "", "محمد علي\nفاطمة حسن\n"},
	{"windows-1257", "", "Vardas;Pavardė\nJonas;Kazlauskas\nRūta;Žukauskaitė\n"},
	{"windows-1257", "lv", "Ģirts Bērziņš\nKristīne Kļaviņa\n"},
	{"windows-874", "", "ชื่อ;นามสกุล\nสมชาย;ใจดี\nสมหญิง;รักไทย\n"},
	{"shift_jis", "", "氏名,ふりがな\n山田 太郎,やまだ たろう\n佐藤 花子,さとう はなこ\n"},
	{"shift_jis", "", "氏名\n山田太郎\n佐藤花子\n"},
	{"euc-jp", "", "氏名,ふりがな\n山田 太郎,やまだ たろう\n佐藤 花子,さとう はなこ\n"},
	{"euc-kr", "", "이름,학번\n김민수,1001\n이영희,1002\n박지훈,1003\n"},
	{"euc-kr", "", "김민수\n이영희\n박지훈\n"},
	{"gb18030", "", "姓名,学号\n王小明,1001\n李华,1002\n张伟,1003\n"},
	{"gb18030", "zh-CN", "王小明\n李华\n张伟\n刘洋\n"},
	{"big5", "", "姓名,學號\n王小明,1001\n陳怡君,1002\n林志豪,1003\n"},
	{"ibm850", "", "Name;Klasse\nJürgen Müller;7b\nZoë Weiß;7c\nFrançois Lefèvre;7a\n"},
	{"ibm852", "", "Imię;Nazwisko\nŁukasz;Wiśniewski\nZofia;Błażejczak\n"},
	{"macintosh", "", "Name;Klasse\nJürgen Müller;7b\nZoë Weiß;7c\nFrançois Lefèvre;7a\n"},
	{"utf-8", "", "Name;Klasse\nJürgen Müller;7b\n"},
	{"utf-16le", "", "Name\tKlasse\nJürgen Müller\t7b\n"},
	{"utf-16be", "", "Name\tKlasse\nJürgen Müller\t7b\n"},
	{"utf-16le", "", "\ufeff姓名\t学号\n王小明\t1001\n"},
	{"utf-16be", "", "\ufeff姓名\n王小明\n"},
	{"utf-32le", "", "\ufeffJürgen Müller\n"},
	{"iso-2022-jp", "", "氏名\n山田太郎\n"},
}

func bytesOf(t testing.TB, name, text string) []byte {
	t.Helper()
	p, ok := named(name)
	if !ok {
		t.Fatalf("there is no encoding %s", name)
	}
	file, err := p.enc.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return file
}

func TestDecode_FindsTheEncoding(t *testing.T) {
	for _, one := range encoded {
		f, err := Decode(bytesOf(t, one.encoding, one.text), "", one.language)
		if err != nil {
			t.Fatal(err)
		}
		if f.Text != strings.TrimPrefix(one.text, "\ufeff") {
			t.Errorf("%s, %q: read as %s: %q", one.encoding, one.text, f.Encoding.Encoding, f.Text)
		}
	}
}

// Whatever is guessed, the operator can choose another one.
func TestDecode_TheEncodingCanBeChosen(t *testing.T) {
	for _, one := range encoded {
		f, err := Decode(bytesOf(t, one.encoding, one.text), strings.ToUpper(one.encoding), "")
		if err != nil || f.Text != strings.TrimPrefix(one.text, "\ufeff") || f.Encoding.Encoding != one.encoding {
			t.Errorf("%s: read as %q, %v", one.encoding, f.Text, err)
		}
		for _, other := range f.Others {
			if other.Encoding == one.encoding {
				t.Errorf("%s is offered twice", one.encoding)
			}
		}
	}
	if _, err := Decode([]byte("x"), "klingon", ""); err == nil {
		t.Error("an unknown encoding was taken")
	}
}

// A wrong guess is worse than a question: the right one is among those that are offered.
func TestDecode_OffersWhatItMayBe(t *testing.T) {
	for _, one := range encoded {
		f, err := Decode(bytesOf(t, one.encoding, one.text), "", "xx")
		if err != nil {
			t.Fatal(err)
		}
		found := f.Encoding.Encoding == one.encoding
		for _, other := range f.Others {
			found = found || other.Encoding == one.encoding
		}
		if !found {
			t.Errorf("%s is not among %s and %v", one.encoding, f.Encoding.Encoding, f.Others)
		}
	}
}

func TestDecode_WhatIsNoTextIsRefused(t *testing.T) {
	for _, file := range []string{"PK\x03\x04xl/", "\x00\x01\x02\x00\x00\x00\x00\x00\x00", strings.Repeat("\x00", 100)} {
		if f, err := Decode([]byte(file), "", ""); err == nil {
			t.Errorf("%q is read as %q", file, f.Text)
		}
	}
}

// Letters that cannot be read are nobody's: their rows are not taken.
func TestDecode_ABrokenLetterIsNotGuessed(t *testing.T) {
	f, err := Decode([]byte("Name\nJürgen Müller\nZoë\nAnna L\xfc\nÄnne\nÖrs\nÜmit Çelik\nß\nñandú é í ó ú\n"), "", "")
	if err != nil || f.Encoding.Encoding != "utf-8" {
		t.Fatalf("%+v, %v", f, err)
	}
	table, err := Read(f.Text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table.Rows {
		if (r.Reason != "") != (r.Line == 4) {
			t.Errorf("line %d: %+v", r.Line, r)
		}
	}
}

// Whatever bytes come, they are read as valid text, or refused.
func FuzzDecode(f *testing.F) {
	for _, one := range encoded {
		f.Add(bytesOf(f, one.encoding, one.text), "", one.language)
		f.Add(bytesOf(f, one.encoding, one.text), one.encoding, "")
	}
	f.Fuzz(func(t *testing.T, file []byte, encoding, language string) {
		read, err := Decode(file, encoding, language)
		if err == nil && (!utf8.ValidString(read.Text) || read.Encoding.Encoding == "") {
			t.Fatalf("%q is read as %q", file, read.Text)
		}
	})
}
