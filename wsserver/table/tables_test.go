package table

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// real are tables as programs and people write them: what is read, and the lines that are not taken. A name "?" stands for a
// table whose column of names must be asked for.
var real = []struct {
	what, text string
	names      string // with " | " between
	skipped    []int
}{
	// One name a line, and how text comes.
	{"one a line", "Ana Lima\nBen\n", "Ana Lima | Ben", nil},
	{"one a line below a head", "Name\nAnna\nBen\n", "Anna | Ben", nil},
	{"lone CR", "Name\rAnna\rBen\r", "Anna | Ben", nil},
	{"CR, LF and both", "Name\r\nAnna\rBen\nCid\r\n", "Anna | Ben | Cid", nil},
	{"byte order mark and blanks that do not break", "\ufeffName\n\u00a0Anna\u00a0Lee \n", "Anna\u00a0Lee", nil},
	{"blank lines", "\n\nAnna\n\n  \nBen\n\n", "Anna | Ben", nil},
	{"nothing", "", "", nil},
	{"only a head", "name\n", "", nil},
	{"numbered list", "1. Anna Lee\n2. Ben Kim\n10) Cid Ott\n", "Anna Lee | Ben Kim | Cid Ott", nil},
	{"bullets", "• Anna Lee\n• Ben Kim\n", "Anna Lee | Ben Kim", nil},
	{"a comma in one line of many", "Anna Lee\nBen Kim, Jr.\nCid Ott\n", "Anna Lee | Ben Kim, Jr. | Cid Ott", nil},
	{"degrees are no first names", "Name\n\"Anna Lee, PhD\"\n\"Ben Kim, MD\"\n", "Anna Lee, PhD | Ben Kim, MD", nil},
	{"names with numbers", "Gast 1\nGast 2\n", "Gast 1 | Gast 2", nil},
	{"names with numbers below a head", "Name;Tisch\nGast1;1\nGast2;2\n", "Gast1 | Gast2", nil},
	{"markup is a name as well", "name\n<b x=27>\n<i>29</i>\n", "<b x=27> | <i>29</i>", nil},
	{"numbers of students, and their names", "Student,Name\nS1001,Anna\nS1002,Ben\n", "Anna | Ben", nil},
	{"numbers of students below their word", "Student,Surname,Grade\nS1001,Lee,1\n", "Lee", nil},
	{"with addresses of mail", "Anna Lee <anna@example.org>\nBen Kim <ben@example.org>\n", "Anna Lee | Ben Kim", nil},
	{"addresses of mail alone", "anna@example.org\nben@example.org\n", "", []int{1, 2}},
	{"title above", "Klasse 7b\n\nName\nAnna\nBen\n", "Anna | Ben", []int{1}},

	// Separators.
	{"tabs and a blank first cell", "ID\tName\n1\tAnna\n\tBen\n3\tCid\n", "Anna | Ben | Cid", nil},
	{"sep=;", "sep=;\r\nName;Klasse\r\nAnna;7b\r\n", "Anna", nil},
	{"sep=, quoted, in capitals", "\"SEP=,\"\r\nName,Class\r\nAnna,7b\r\n", "Anna", nil},
	{"sep= tab", "sep=\t\nName\tKlasse\nAnna\t7b\n", "Anna", nil},
	{"sep= that is right against the look", "sep=|\nName|A,B,C\nAnna|1,2,3\n", "Anna", nil},
	{"pipes", "Name|Room\nAnna|3\nBen|4\n", "Anna | Ben", nil},
	{"decimal commas", "Name;Note;Punkte\nAnna;1,5;12,5\nBen;2,7;8,0\n", "Anna | Ben", nil},
	{"semicolons in a table of commas", "Name,Groups\nAnna,a;b\nBen,c\n", "Anna | Ben", nil},
	{"full-width commas", "姓名，学号\n王小明，1001\n李华，1002\n", "王小明 | 李华", nil},
	{"trailing separators", "Name;Klasse;;\nAnna;7b;;\nBen;7b;;\n;;;\n;;;\n", "Anna | Ben", nil},
	{"a title above more columns than rows", "Kursliste;;\nStand;1.9.2026;\n\nNr;Name;Vorname\n1;Müller;Anna\n", "Anna Müller", []int{1, 2}},

	// Quotation marks.
	{"quoted", "name\n\"Ben \"\"B\"\"\"\n\"Ana\"\n", "Ben \"B\" | Ana", nil},
	{"never closed", "Name;Klasse\n\"Anna;7b\nBen;7b\nCid;7c\n", "Ben | Cid", []int{2}},
	{"closed three rows below", "Name;Klasse\n\"Anna;7b\nBen;7b\nCid\";7c\nDoe;7c\n", "Ben | Doe", []int{2, 4}},
	{"closed below, one column", "Name\n\"Anna\nBen\nCid\"\n", "Ben", []int{2, 4}},
	{"line break in an address", "Name,Address,Class\n\"Anna Lee\",\"Main St 1\nBerlin\",7b\nBen Kim,\"Park 2\n\nBonn\",7c\n", "Anna Lee | Ben Kim", nil},
	{"line break in a name", "Name,Class\n\"Anna\nLee\",7b\nBen,7c\n", "Ben", []int{2}},
	{"line break in a head", "\"First\nname\",\"Last\nname\"\nAnna,Lee\n", "Anna Lee", nil},
	{"quotation marks inside", "Name,Class\nO\"Neil,7b\n\"Anna\" Lee,7c\nBen \"Bo\" Kim,7c\n", "O\"Neil | \"Anna\" Lee | Ben \"Bo\" Kim", nil},
	{"apostrophes", "Name,Class\nO'Neil,7b\nd’Arc,7c\n", "O'Neil | d’Arc", nil},

	// Learning platforms.
	{"Moodle", "First name,Surname,ID number,Institution,Department,Email address,Last downloaded from this course\nAnna,Lee,1001,,,anna@example.org,1\n", "Anna Lee", nil},
	{"Moodle, one column", "\"First name / Surname\",\"Email address\",Status\n\"Anna Lee\",anna@example.org,Finished\n", "Anna Lee", nil},
	{"Moodle, German", "Vorname,Nachname,ID-Nummer,Institution,Abteilung,E-Mail-Adresse\nAnna,Müller,1,,,a@example.org\n", "Anna Müller", nil},
	{"Google Classroom", "Last Name,First Name,Email Address,Essay\nDate,,,2026-09-01\nPoints,,,100\nLee,Anna,anna@example.org,93\n", "Anna Lee", []int{2, 3}},
	{"Canvas", "Student,ID,SIS User ID,SIS Login ID,Section,Essay (12)\n\"    Points Possible\",,,,,10\n\"Lee, Anna\",11,s11,anna,7b,9\n\"Kim, Ben\",12,s12,ben,7b,8\n", "Anna Lee | Ben Kim", []int{2}},
	{"Blackboard", "\"Last Name\"\t\"First Name\"\t\"Username\"\t\"Student ID\"\t\"Last Access\"\t\"Availability\"\n\"Lee\"\t\"Anna\"\t\"alee\"\t\"1001\"\t\"2026-09-01\"\t\"Yes\"\n", "Anna Lee", nil},
	{"student ID and name", "Student ID,Student Name\n1001,Anna Lee\n", "Anna Lee", nil},
	{"student's parts", "Student Last Name,Student First Name,Parent Name,Teacher\nLee,Anna,Zoe Lee,Mr Ott\n", "Anna Lee", nil},
	{"camel case", "userName,firstName,lastName\nal,Anna,Lee\n", "Anna Lee", nil},

	// Meetings, forms and offices.
	{"Teams", "1. Summary\nMeeting title\tShift\nAttended participants\t2\nStart time\t9/1/26, 8:00:00 AM\n\n2. Participants\nName\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole\n" +
		"Lee, Anna\t9/1/26, 8:00:01 AM\t9/1/26, 9:00:00 AM\t59m 59s\ta@example.org\ta@example.org\tOrganizer\nKim, Ben\t9/1/26, 8:02:00 AM\t9/1/26, 9:00:00 AM\t58m\tb@example.org\tb@example.org\tPresenter\n\n" +
		"3. In-Meeting Activities\nName\tJoin Time\tLeave Time\tDuration\tEmail\tRole\nLee, Anna\t9/1/26, 8:00:01 AM\t9/1/26, 9:00:00 AM\t59m 59s\ta@example.org\tOrganizer\n", "Anna Lee | Ben Kim | Anna Lee", []int{1, 2, 3, 4, 6, 11}},
	{"Teams, of old", "Full Name\tUser Action\tTimestamp\nAnna Lee\tJoined\t9/1/2026, 8:00:00 AM\nBen Kim\tJoined before\t9/1/2026, 8:00:10 AM\n", "Anna Lee | Ben Kim", nil},
	{"Zoom", "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants\n812 3456,Shift,09/01/2026 08:00:00 AM,09/01/2026 09:00:00 AM,host@example.org,60,2\n\n" +
		"Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent\nAnna Lee (anna),anna@example.org,09/01/2026 08:00:00 AM,09/01/2026 09:00:00 AM,60,No,Yes\n", "Anna Lee (anna)", []int{1, 2}},
	{"Google contacts", "Name,Given Name,Additional Name,Family Name,Yomi Name,Given Name Yomi,E-mail 1 - Value\nAnna Lee,Anna,,Lee,,,a@example.org\n,Ben,,Kim,,,b@example.org\n", "Anna Lee | Ben Kim", nil},
	{"Outlook contacts", "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Manager's Name,Spouse,E-mail Address\nMs,Anna,Maria,Lee,,Acme,,,Zoe Ott,,a@example.org\n", "Anna Maria Lee", nil},
	{"Microsoft 365", "Display name,First name,Last name,User principal name,Department\nAnna Lee,Anna,Lee,anna@example.org,Sales\n", "Anna Lee", nil},
	{"SurveyMonkey", "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1\n11,22,2026-09-01,2026-09-01,10.0.0.1,,Anna,Lee,\n", "Anna Lee", nil},
	{"a form's question", "Timestamp,What is your name?,Will you come?\n9/1/2026 8:00:00,Anna Lee,Yes\n9/1/2026 8:01:00,Ben Kim,No\n", "Anna Lee | Ben Kim", nil},
	{"totals below", "Name,Hours\nAnna,3\nBen,4\nTotal,7\nTotal employees: 2,\n", "Anna | Ben", []int{4, 5}},

	// Languages.
	{"German, name and first name", "Name;Vorname;Klasse\nMüller;Anna;7b\nMüller;Ben;7b\n", "Anna Müller | Ben Müller", nil},
	{"German register", "Klasse;Familienname;Rufname;Geschlecht;Geburtsdatum\n7b;Müller;Anna;w;01.02.2013\n", "Anna Müller", nil},
	{"German compounds", "Lfd. Nr.;Schülername;Klassenlehrer\n1;Anna Müller;Ott\n", "Anna Müller", nil},
	{"German, one column of two", "\"Nachname, Vorname\";Klasse\n\"Müller, Anna\";7b\n\"Lee, Ben\";7b\n", "Anna Müller | Ben Lee", nil},
	{"German, people", "Schüler/in;Klasse\nAnna Müller;7b\n", "Anna Müller", nil},
	{"French", "Nom;Prénom;Classe\nDUPONT;Marie;5B\n", "Marie DUPONT", nil},
	{"French register", "Élève;Né(e) le;Classe\nDUPONT Marie;01/02/2013;5B\n", "DUPONT Marie", nil},
	{"French, one column", "NOM Prénom;Classe\nDUPONT Marie;5B\n", "DUPONT Marie", nil},
	{"Spanish", "Apellidos,Nombre,NIF\nGarcía López,Ana,1\n", "Ana García López", nil},
	{"Spanish, two family names", "Nombre;Primer apellido;Segundo apellido\nAna;García;López\n", "Ana García López", nil},
	{"Spanish, one column", "Nombre y apellidos;Curso\nAna García;2B\n", "Ana García", nil},
	{"Portuguese", "Nome completo;Turma\nAna Lima;3\n", "Ana Lima", nil},
	{"Portuguese parts", "Nome;Sobrenome;Turma\nAna;Lima;3\n", "Ana Lima", nil},
	{"Italian", "Cognome;Nome;Classe\nRossi;Anna;2A\n", "Anna Rossi", nil},
	{"Dutch", "Voornaam;Tussenvoegsel;Achternaam\nAnna;van der;Berg\nBen;;Smit\n", "Anna van der Berg | Ben Smit", nil},
	{"Swedish", "Förnamn;Efternamn\nAnna;Berg\n", "Anna Berg", nil},
	{"Norwegian", "Fornavn;Etternavn;Klasse\nAnna;Berg;7b\n", "Anna Berg", nil},
	{"Danish", "Navn;Klasse\nAnna Berg;7b\n", "Anna Berg", nil},
	{"Finnish", "Sukunimi;Etunimi\nVirtanen;Anna\n", "Anna Virtanen", nil},
	{"Polish", "Imię;Nazwisko\nŁucja;Wiśniewska\n", "Łucja Wiśniewska", nil},
	{"Polish, one column", "Lp.;Imię i nazwisko\n1;Łucja Wiśniewska\n", "Łucja Wiśniewska", nil},
	{"Czech", "Příjmení;Jméno;Třída\nDvořáková;Jana;7.B\n", "Jana Dvořáková", nil},
	{"Slovak", "Meno;Priezvisko\nJana;Nováková\n", "Jana Nováková", nil},
	{"Hungarian", "Név;Osztály\nNagy Anna;7.b\n", "Nagy Anna", nil},
	{"Hungarian parts", "Vezetéknév;Keresztnév\nNagy;Anna\n", "Nagy Anna", nil},
	{"Romanian", "Nume;Prenume\nPopescu;Ana\n", "Ana Popescu", nil},
	{"Turkish", "Adı;Soyadı\nAyşe;Yılmaz\n", "Ayşe Yılmaz", nil},
	{"Turkish, capitals", "SIRA NO;ADI SOYADI\n1;AYŞE YILMAZ\n", "AYŞE YILMAZ", nil},
	{"Greek", "Επώνυμο;Όνομα\nΠαπαδοπούλου;Άννα\n", "Άννα Παπαδοπούλου", nil},
	{"Russian", "№;ФИО;Класс\n1;Петрова Анна Ивановна;7Б\n", "Петрова Анна Ивановна", nil},
	{"Russian parts", "Фамилия;Имя;Отчество\nПетрова;Анна;Ивановна\n", "Анна Ивановна Петрова", nil},
	{"Ukrainian", "Прізвище;Ім’я;По батькові\nКоваль;Ганна;Іванівна\n", "Ганна Іванівна Коваль", nil},
	{"Bulgarian", "Име;Фамилия\nАнна;Петрова\n", "Анна Петрова", nil},
	{"Chinese", "学号,姓名,班级\n1001,王小明,一班\n", "王小明", nil},
	{"Chinese compound", "序号\t学生姓名\n1\t王小明\n", "王小明", nil},
	{"Chinese parts", "姓,名\n王,小明\n", "王小明", nil},
	{"Japanese", "出席番号,氏名,ふりがな\n1,山田 太郎,やまだ たろう\n", "山田 太郎", nil},
	{"Japanese parts", "姓,名,セイ,メイ\n山田,太郎,ヤマダ,タロウ\n", "山田太郎", nil},
	{"Korean", "번호,이름\n1,김민수\n", "김민수", nil},
	{"Korean, the other word", "성명,학번\n김민수,1001\n", "김민수", nil},
	{"Arabic", "الرقم,الاسم الكامل\n1,محمد علي حسن\n", "محمد علي حسن", nil},
	{"Hebrew", "שם פרטי,שם משפחה\nדוד,כהן\n", "דוד כהן", nil},
	{"Persian", "نام,نام خانوادگی\nعلی,رضایی\n", "علی رضایی", nil},
	{"Thai", "ลำดับ,ชื่อ-สกุล\n1,สมชาย ใจดี\n", "สมชาย ใจดี", nil},
	{"Thai parts", "ชื่อ,นามสกุล\nสมชาย,ใจดี\n", "สมชาย ใจดี", nil},
	{"Vietnamese", "STT,Họ và tên,Lớp\n1,Nguyễn Văn An,7B\n", "Nguyễn Văn An", nil},
	{"Indonesian", "No,Nama,Kelas\n1,Siti Rahma,7B\n", "Siti Rahma", nil},
	{"Hindi", "क्रमांक,नाम\n1,अनिता शर्मा\n", "अनिता शर्मा", nil},

	// Several columns that could be it.
	{"a whole name before its parts", "Given Name,Family Name,Name\nAnna,Lee,Anna Lee\n", "Anna Lee", nil},
	{"a whole name beside the first", "Name,First name\nAnna Lee,Anna\nBen Kim,Ben\n", "Anna Lee | Ben Kim", nil},
	{"names of other things", "Course name,Group name,User name,Full name\nMaths,A,al,Anna Lee\n", "Anna Lee", nil},
	{"a row without a name", "Name;Klasse\nAnna;7b\n;7b\nBen;7b\n", "Anna | Ben", []int{3}},
	{"more columns than the head", "Name,Class,Room\nAnna Lee,7b,1\nKim, Ben,7b,1\nCid Ott,7c,2\n", "Anna Lee | Cid Ott", []int{3}},
	{"heads on each page", "Name,Class\nAnna,7b\nName,Class\nBen,7c\n", "Anna | Ben", nil},

	{"a head of which some words are known", "Jméno posluchače;Třída\nJan Dvořák;7\n", "Jan Dvořák", nil},
	{"several such heads", "Full Name (Latin),Full Name (Cyrillic)\nAnna,Анна\n", "Anna", nil},
	{"such a head above numbers", "Name der Gemeldeten;Startnummer\nMarie D;12\nLuc B;13\n", "Marie D | Luc B", nil},
	{"French, with an article", "Nom de l'élève;Classe\nDUPONT Marie;5B\n", "DUPONT Marie", nil},
	{"Hungarian, with a person", "Tanuló neve;Osztály\nNagy Anna;7\n", "Nagy Anna", nil},
	{"Russian, with a person", "ФИО ученика;Класс\nПетрова Анна;7\n", "Петрова Анна", nil},
	{"Japanese, the other words", "苗字,名前\n山田,太郎\n", "山田太郎", nil},
	{"Japanese, in two scripts", "氏名（漢字）,氏名（カナ）\n山田太郎,ヤマダタロウ\n", "山田太郎", nil},

	// Last, First.
	{"last, first without a head", "Müller, Anna\nMüller, Ben\n", "Anna Müller | Ben Müller", nil},
	{"last, first below a head of one column", "Name\nMüller, Anna\nMüller, Ben\n", "Anna Müller | Ben Müller", nil},
	{"last, first unquoted before a class", "Name,Class\nMüller, Anna,7b\nMüller, Ben,7c\n", "Anna Müller | Ben Müller", nil},
	{"last, first quoted, without a head", "\"Müller, Anna\"\n\"Lee, Ben\"\n", "Anna Müller | Ben Lee", nil},
	{"last, first and semicolons", "Müller, Anna;7b\nLee, Ben;7b\n", "Anna Müller | Ben Lee", nil},
	{"one comma of two is left alone", "name\n\"Lima, Ana\"\n\"Ben \"\"B\"\"\"\n", "Lima, Ana | Ben \"B\"", nil},

	// No head.
	{"a title of a list", "Klassenliste 7b\nAnna Müller\nBen Lee\n", "Anna Müller | Ben Lee", []int{1}},
	{"codes of one letter", "Anna Lee;7b;F\nBen Kim;7c;M\n", "Anna Lee | Ben Kim", nil},
	{"names in one line", "Anna, Ben, Cid\n", "?", []int{1}},
	{"numbers and names", "1,Anna\n2,Ben\n", "Anna | Ben", nil},
	{"quoted numbers and names", "\"1\",\"Anna\"\n\"2\",\"Ben\"\n", "Anna | Ben", nil},
	{"names and rooms", "Ana,3\nBen,4\n", "Ana | Ben", nil},
	{"names and mail", "Anna Lee;anna@example.org\nBen Kim;ben@example.org\n", "Anna Lee | Ben Kim", nil},
	{"two columns of parts", "Müller;Anna\nMüller;Ben\nLee;Cid\n", "Müller Anna | Müller Ben | Lee Cid", nil},
	{"names and roles", "Anna Lee;Student\nBen Kim;Student\nCid Ott;Teacher\n", "Anna Lee | Ben Kim | Cid Ott", nil},
	{"an unknown head", "Kürzel X;Zimmer\nAnna;3\nBen;4\n", "?", []int{2, 3}},
	{"an unknown head above groups", "Wer;Farbe\nAnna;rot\nBen;blau\nCid;rot\nDoe;blau\n", "?", []int{2, 3, 4, 5}},
	{"a head that is known, and no names", "E-Mail;Klasse\na@example.org;7b\n", "?", []int{2}},
}

func TestRead_TablesAsTheyAre(t *testing.T) {
	for _, one := range real {
		t.Run(one.what, func(t *testing.T) {
			table, err := Read(one.text, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			var skipped []int
			for _, r := range table.Rows {
				if r.Reason == "" {
					names = append(names, r.Name)
				} else {
					skipped = append(skipped, r.Line)
				}
			}
			if want := one.names; table.ColumnNeeded != (want == "?") || want != "?" && strings.Join(names, " | ") != want || !slices.Equal(skipped, one.skipped) {
				t.Errorf("read %s, want %s; skipped %v, want %v; %+v", strings.Join(names, " | "), want, skipped, one.skipped, table)
			}
			checkRows(t, one.text, table)
		})
	}
}

// checkRows asserts what holds for every table: lines rise and exist, names stand in the text, nothing is neither.
func checkRows(t *testing.T, text string, table Table) {
	t.Helper()
	lines := splitLines(text)
	last := 0
	for _, r := range table.Rows {
		if r.Line <= last || r.Line > len(lines) {
			t.Fatalf("line %d of %d after %d", r.Line, len(lines), last)
		}
		last = r.Line
		if r.Reason == "" && r.Name == "" {
			t.Fatalf("line %d has neither a name nor a reason", r.Line)
		}
		if r.Reason == "" {
			for _, word := range strings.FieldsFunc(r.Name, func(r rune) bool { return r == ' ' || r == '"' || r == '\u00a0' }) {
				if !table.spells(lines[r.Line-1], word) {
					t.Fatalf("line %d has no %q: %q", r.Line, word, lines[r.Line-1])
				}
			}
		}
	}
	if covered := len(table.Rows); table.Separator == "" && table.Head == 0 {
		blank := 0
		for _, l := range lines {
			if strings.TrimSpace(l) == "" {
				blank++
			}
		}
		if covered+blank < len(lines)-1 { // a line with sep= is none
			t.Fatalf("%d rows and %d blank lines of %d", covered, blank, len(lines))
		}
	}
}

// spells reports whether a word stands in a line; two parts of Chinese or Korean names are joined without a blank.
func (t Table) spells(line, word string) bool {
	for i := range word {
		if strings.Contains(line, word[:i]) && strings.Contains(line, word[i:]) {
			return true
		}
	}
	return strings.Contains(line, word)
}

func TestRead_AColumnCanBeChosen(t *testing.T) {
	text := "Kürzel X;Wer;Haus;Nachn\n12;Anna;rot;Lee\n13;Ben;blau;Kim\n"
	for _, one := range []struct{ columns, want string }{
		{"2", "Anna | Ben"}, {"wer", "Anna | Ben"}, {"2 4", "Anna Lee | Ben Kim"}, {"4 2", "Lee Anna | Kim Ben"}, {"Haus", "rot | blau"},
	} {
		table, err := Read(text, Options{Columns: strings.Fields(one.columns)})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range table.Rows {
			names = append(names, r.Name)
		}
		if strings.Join(names, " | ") != one.want || table.ColumnNeeded || !table.Sure || table.Head != 1 {
			t.Errorf("column %s: read %q, head %d", one.columns, names, table.Head)
		}
	}
	for _, wrong := range []string{"0", "5", "-1", "", "Nobody", "99999999999999999999"} {
		if _, err := Read(text, Options{Columns: []string{wrong}}); err == nil {
			t.Errorf("column %q was found", wrong)
		}
	}
}

// Whoever sees that the first row is no head, or is one, says so.
func TestRead_AHeadCanBeDeniedAndClaimed(t *testing.T) {
	yes, no := true, false
	for _, one := range []struct {
		text string
		head *bool
		want string
	}{
		{"Name\nAnna\n", &no, "Name | Anna"}, {"Wer\nAnna\n", &yes, "Anna"}, {"Wer\nAnna\n", nil, "Wer | Anna"},
	} {
		table, err := Read(one.text, Options{Head: one.head, Columns: []string{"1"}})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, r := range table.Rows {
			names = append(names, r.Name)
		}
		if strings.Join(names, " | ") != one.want {
			t.Errorf("%q is read as %q", one.text, names)
		}
	}
}

func TestRead_WhatIsNoTableIsNamed(t *testing.T) {
	for text, want := range map[string]string{
		"PK\x03\x04 xl/workbook.xml": "Excel", "PK\x03\x04 word/document.xml": "text document", "PK\x03\x04": "compressed",
		"%PDF-1.7": "PDF", "<!DOCTYPE html><p>x": "web page", "\n<HTML>": "web page", "{\\rtf1": "plain text",
		"BEGIN:VCARD\nFN:Anna": "vCard",
	} {
		if _, err := Read(text, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is refused with %v", text, err)
		}
	}
}

// Long tables, fields and heads are read, or refused, without reading anything again and again.
func TestRead_LargeTables(t *testing.T) {
	var b strings.Builder
	b.WriteString("Nr;Name;Klasse\n")
	for i := range 10_000 {
		b.WriteString(strconv.Itoa(i) + ";Anna Lee;7b\n")
	}
	for _, text := range []string{
		b.String(), strings.Repeat("\"\n", 20_000), "a,b\n" + strings.Repeat("\"\n", 19_000), strings.Repeat(";", 400_000), strings.Repeat("a;", 200_000) + "\nx",
		strings.Repeat("x", 400_000), "\"" + strings.Repeat("x\n", 19_000), strings.Repeat("\"a\"b,", 80_000), strings.Repeat("a,\"\n", 20_000),
		strings.Repeat("name,", 80_000), "name\n" + strings.Repeat("\x00\n", 19_000),
	} {
		table, err := Read(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		checkRows(t, text, table)
	}
	if _, err := Read(strings.Repeat("x\n", 20_001), Options{}); err == nil {
		t.Error("20,001 rows were read")
	}
}

// Whatever a program has written, reading it ends, every name stands in its line, and no row is lost.
func FuzzRead(f *testing.F) {
	for _, one := range real {
		f.Add(one.text, "")
	}
	f.Add("a;b\n1;2", "2")
	f.Fuzz(func(t *testing.T, text, column string) {
		o := Options{}
		if column != "" {
			o.Columns = []string{column}
		}
		table, err := Read(text, o)
		if err == nil && !strings.ContainsAny(text, "\"") { // a field in quotation marks may go on in the next lines
			checkRows(t, text, table)
		}
	})
}
