package table

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wlynxg/chardet"

	"belfry/wsserver/wire"
)

// File is a file of names as it was read.
type File struct {
	Text string
	// Encoding is the one that it was read in, Others are all others that it may be in, the likeliest first: none where the
	// file tells its encoding itself.
	Encoding Encoding
	Others   []Encoding
}

// maxGuess is how many bytes of a file are looked at to find its encoding.
const maxGuess = 32 << 10

// Decode reads a file in an encoding, or in the one that it is likely in where encoding is "". language is the operator's
// ("de-AT"), which decides between encodings that could both be right. Errors: bad_frame for an unknown encoding and for
// what is no text.
func Decode(file []byte, encoding, language string) (File, error) {
	if err := refuse(file); err != nil {
		return File{}, err
	}
	var found []codePage
	if p, ok := byMark(file); ok {
		found = []codePage{p}
	} else {
		found = byLetters(file, language)
	}
	if encoding != "" {
		p, ok := named(encoding)
		if !ok {
			return File{}, &wire.Error{Code: wire.ErrBadFrame.Code, Message: "Belfry does not know the encoding “" + wire.Clip(encoding, 40) + "”.", Field: "encoding"}
		}
		found = append([]codePage{p}, slices.DeleteFunc(found, func(o codePage) bool { return o.Encoding == p.Encoding })...)
	}
	f := File{Text: decode(found[0], file), Encoding: found[0].Encoding, Others: []Encoding{}}
	if controls := strings.Count(f.Text, "\x00"); controls > 0 && controls*100 > len(f.Text) {
		return File{}, wire.ErrBadFrame.WithMessage("That file is not text. Save the table as CSV, or as plain text with one name per line.")
	}
	for _, p := range found[1:] {
		f.Others = append(f.Others, p.Encoding)
	}
	return f, nil
}

// decode reads a file; what cannot be read is U+FFFD.
func decode(p codePage, file []byte) string {
	text, err := p.enc.NewDecoder().Bytes(file)
	if err != nil {
		return strings.ToValidUTF8(string(file), "\ufffd")
	}
	return strings.TrimPrefix(string(text), "\ufeff")
}

// byMark is the encoding that a file tells of itself: by a byte order mark, by being UTF-8, by every other byte being 0, or
// by the sequences of ISO-2022-JP.
func byMark(file []byte) (codePage, bool) {
	mark := func(name string) (codePage, bool) { return named(name) }
	switch {
	case bytes.HasPrefix(file, []byte("\xff\xfe\x00\x00")):
		return mark("utf-32le")
	case bytes.HasPrefix(file, []byte("\xff\xfe")):
		return mark("utf-16le")
	case bytes.HasPrefix(file, []byte("\xfe\xff")):
		return mark("utf-16be")
	case bytes.HasPrefix(file, []byte("\xef\xbb\xbf")):
		return mark("utf-8")
	case bytes.Contains(file, []byte("\x1b$B")), bytes.Contains(file, []byte("\x1b$@")):
		return mark("iso-2022-jp")
	}
	var zeros [2]int
	for i, b := range file {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch most := len(file) / 2; {
	case zeros[1] > 0 && zeros[1]*10 >= most && zeros[0]*10 < zeros[1]:
		return mark("utf-16le")
	case zeros[0] > 0 && zeros[0]*10 >= most && zeros[1]*10 < zeros[0]:
		return mark("utf-16be")
	case utf8.Valid(file), mostlyUTF8(file):
		return mark("utf-8")
	}
	return codePage{}, false
}

// mostlyUTF8 reports whether a file is UTF-8 with few errors: cut off in a letter, or with a line from elsewhere.
func mostlyUTF8(file []byte) bool {
	good, bad := 0, 0
	for len(file) > 0 {
		r, size := utf8.DecodeRune(file)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		file = file[size:]
	}
	return good > 10*bad
}

// byLetters are the encodings of files that do not tell theirs, the likeliest by the letters of this one first.
func byLetters(file []byte, language string) []codePage {
	some := telling(file)
	guess := chardet.Detect(some)
	language, _, _ = strings.Cut(strings.ToLower(language), "-")
	type scored struct {
		codePage
		score float64
	}
	var list []scored
	for _, p := range codePages {
		score := p.score(decode(p, some)) + p.bonus
		if slices.Contains(strings.Fields(p.languages), language) {
			score += 0.25
		}
		if guess.Encoding != "" && slices.Contains(strings.Fields(strings.ToLower(p.detected)), strings.ToLower(guess.Encoding)) {
			score += 0.4 * guess.Confidence
		}
		list = append(list, scored{p, score})
	}
	slices.SortStableFunc(list, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	var found []codePage
	for _, one := range list {
		found = append(found, one.codePage)
	}
	return found
}

// telling are the lines of a file that are not of ASCII alone.
func telling(file []byte) []byte {
	var b bytes.Buffer
	for line := range bytes.FieldsFuncSeq(file, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if bytes.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) {
			b.Write(line[:min(len(line), maxGuess)])
			b.WriteByte('\n')
		}
		if b.Len() > maxGuess {
			break
		}
	}
	return b.Bytes()
}

// score says how much a text reads as names in the languages of a code page: 1 where every letter beside a to z is one of
// theirs. A head that is known counts as much again.
func (p codePage) score(text string) float64 {
	sum, n := 0.0, 0
	last := ' '
	for _, r := range text {
		if r >= utf8.RuneSelf {
			n++
			sum += p.letter(r) - misfit(last, r)
		} else if unicode.IsLetter(r) && last >= utf8.RuneSelf {
			sum -= misfit(last, r)
		}
		last = r
	}
	if n == 0 {
		return 0
	}
	score := sum / float64(n)
	for line := range strings.Lines(text) {
		if knownHead(line) {
			return score + 1
		}
	}
	return score
}

// letter is how well one character fits a code page's languages.
func (p codePage) letter(r rune) float64 {
	switch {
	case r == utf8.RuneError, unicode.IsControl(r):
		return -3
	case strings.ContainsRune("\u00a0’‘“”„–—…·", r):
		return 0
	case p.letters != "" && strings.ContainsRune(p.letters, unicode.ToLower(r)):
		return 1
	case p.letters == "" && unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) && (r < 0xff00):
		return 1
	case p.letters == "" && r >= 0x4e00 && r < 0xa000:
		return 0.7
	case p.letters == "" && strings.ContainsRune("　，、。；：（）・", r):
		return 0.5
	case unicode.IsLetter(r):
		return -0.3
	}
	return -1
}

// misfit is how badly two neighbours go together: a capital behind a small letter, letters of two scripts.
func misfit(a, b rune) float64 {
	if !unicode.IsLetter(a) || !unicode.IsLetter(b) {
		return 0
	}
	switch {
	case unicode.Is(unicode.Latin, a) != unicode.Is(unicode.Latin, b):
		return 1
	case unicode.IsLower(a) && unicode.IsUpper(b):
		return 1
	}
	return 0
}

// knownHead reports whether a field of a line is a head that is known and is not of ASCII alone.
func knownHead(line string) bool {
	if len(line) > 2_000 {
		return false
	}
	fields := strings.FieldsFunc(line, func(r rune) bool { return slices.Contains(separators, r) })
	return slices.ContainsFunc(fields, func(f string) bool {
		f = strings.Trim(f, "\" \r\n")
		if !strings.ContainsFunc(f, func(r rune) bool { return r >= utf8.RuneSelf }) || strings.ContainsRune(f, utf8.RuneError) {
			return false
		}
		return listed(f)
	})
}
