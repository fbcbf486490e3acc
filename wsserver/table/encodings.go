package table

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// Encoding is a way to write text in bytes: its name, as programs say it, and a title for people.
type Encoding struct {
	Encoding string `json:"encoding"`
	Title    string `json:"title"`
}

// codePage is an encoding that a file may be in without saying so.
type codePage struct {
	Encoding
	enc encoding.Encoding
	// letters are those beside a to z that names in its languages have, in small letters.
	letters string
	// languages are those of computers that write it.
	languages string
	// detected are the names that the detector has for it, "" if it is not to be believed: of Latin letters it knows few.
	detected string
	// bonus is for what is met more often than others with the same letters.
	bonus float64
}

const (
	western  = "äöüßàâæçéèêëîïôœùûáíñóúåøãõìò"
	central  = "äöüßąćęłńóśźżáčďéěíňřšťúůýžľĺŕőűăâîșşțţđ"
	baltic   = "āčēģīķļņšūžąęėįųõäöüåóćśź"
	turkish  = "çğıöşüâîû"
	cyrillic = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґђјљњћџѓќўѝ"
	greek    = "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ"
	hebrew   = "אבגדהוזחטיכלמנסעפצקרשתךםןףץ"
	arabic   = "ابتثجحخدذرزسشصضطظعغفقكلمنهويءآأؤإئىةپچژگکی"
	vietnam  = "ăâđêôơưáàãéèíìóòúùýĩũ\u0300\u0301\u0303\u0309\u0323"
)

const westernLanguages = "en de fr es it pt nl sv da nb nn no fi ca is gl eu"

// codePages are tried where a file is not UTF-8 and has no byte order mark; of two that read it as well the first is taken.
var codePages = []codePage{
	{Encoding{"windows-1252", "Western European (Windows)"}, charmap.Windows1252, western, westernLanguages, "", 0.04},
	{Encoding{"windows-1250", "Central European (Windows)"}, charmap.Windows1250, central, "pl cs sk hu ro hr sl bs sq", "", 0.02},
	{Encoding{"windows-1251", "Cyrillic (Windows)"}, charmap.Windows1251, cyrillic, "ru uk bg be sr mk kk", "Windows-1251", 0.02},
	{Encoding{"windows-1253", "Greek (Windows)"}, charmap.Windows1253, greek, "el", "Windows-1253 ISO-8859-7", 0.02},
	{Encoding{"windows-1254", "Turkish (Windows)"}, charmap.Windows1254, turkish, "tr az", "", 0},
	{Encoding{"windows-1255", "Hebrew (Windows)"}, charmap.Windows1255, hebrew, "he iw", "Windows-1255 ISO-8859-8", 0.02},
	{Encoding{"windows-1256", "Arabic (Windows)"}, charmap.Windows1256, arabic, "ar fa ur", "", 0.02},
	{Encoding{"windows-1257", "Baltic (Windows)"}, charmap.Windows1257, baltic, "et lv lt", "", 0},
	{Encoding{"windows-1258", "Vietnamese (Windows)"}, charmap.Windows1258, vietnam, "vi", "", 0},
	{Encoding{"windows-874", "Thai (Windows)"}, charmap.Windows874, "", "th", "TIS-620", 0},
	{Encoding{"shift_jis", "Japanese (Shift_JIS)"}, japanese.ShiftJIS, "", "ja", "SHIFT_JIS CP932", 0},
	{Encoding{"gb18030", "Chinese, simplified (GB18030)"}, simplifiedchinese.GB18030, "", "zh", "GB2312 GB18030 GBK", 0},
	{Encoding{"big5", "Chinese, traditional (Big5)"}, traditionalchinese.Big5, "", "zh", "Big5", 0},
	{Encoding{"euc-kr", "Korean (EUC-KR)"}, korean.EUCKR, "", "ko", "EUC-KR CP949 UHC", 0},
	{Encoding{"euc-jp", "Japanese (EUC-JP)"}, japanese.EUCJP, "", "ja", "EUC-JP", 0},
	{Encoding{"koi8-u", "Cyrillic (KOI8)"}, charmap.KOI8U, cyrillic, "ru uk bg be", "KOI8-R", 0},
	{Encoding{"ibm850", "Western European (MS-DOS)"}, charmap.CodePage850, western, westernLanguages, "", 0},
	{Encoding{"ibm852", "Central European (MS-DOS)"}, charmap.CodePage852, central, "pl cs sk hu ro hr sl bs sq", "", 0},
	{Encoding{"ibm866", "Cyrillic (MS-DOS)"}, charmap.CodePage866, cyrillic, "ru uk bg be", "IBM866 IBM855", 0},
	{Encoding{"macintosh", "Western European (Macintosh)"}, charmap.Macintosh, western, westernLanguages, "", 0},
	{Encoding{"x-mac-cyrillic", "Cyrillic (Macintosh)"}, charmap.MacintoshCyrillic, cyrillic, "ru uk bg be", "MacCyrillic", 0},
	{Encoding{"ibm437", "Western European (MS-DOS, United States)"}, charmap.CodePage437, western, "en", "", -0.02},
	{Encoding{"ibm862", "Hebrew (MS-DOS)"}, charmap.CodePage862, hebrew, "he iw", "", -0.02},
	{Encoding{"iso-8859-2", "Central European (ISO)"}, charmap.ISO8859_2, central, "pl cs sk hu ro hr sl bs sq", "", -0.02},
	{Encoding{"iso-8859-5", "Cyrillic (ISO)"}, charmap.ISO8859_5, cyrillic, "ru uk bg be sr mk", "ISO-8859-5", -0.02},
	{Encoding{"iso-8859-6", "Arabic (ISO)"}, charmap.ISO8859_6, arabic, "ar", "ISO-8859-6", -0.02},
	{Encoding{"iso-8859-7", "Greek (ISO)"}, charmap.ISO8859_7, greek, "el", "", -0.02},
	{Encoding{"iso-8859-13", "Baltic (ISO)"}, charmap.ISO8859_13, baltic, "et lv lt", "", -0.02},
	{Encoding{"iso-8859-15", "Western European (ISO)"}, charmap.ISO8859_15, western, westernLanguages, "", -0.02},
}

// marked are the encodings that a file tells of itself.
var marked = []codePage{
	{Encoding: Encoding{"utf-8", "Unicode (UTF-8)"}, enc: unicode.UTF8},
	{Encoding: Encoding{"utf-16le", "Unicode (UTF-16)"}, enc: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{Encoding: Encoding{"utf-16be", "Unicode (UTF-16, big-endian)"}, enc: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{Encoding: Encoding{"utf-32le", "Unicode (UTF-32)"}, enc: utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
	{Encoding: Encoding{"iso-2022-jp", "Japanese (ISO-2022-JP)"}, enc: japanese.ISO2022JP},
}

// named is the encoding of a name.
func named(name string) (codePage, bool) {
	for _, list := range [][]codePage{marked, codePages} {
		for _, p := range list {
			if strings.EqualFold(p.Encoding.Encoding, name) {
				return p, true
			}
		}
	}
	return codePage{}, false
}
