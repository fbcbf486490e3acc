package msglog

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is one word of a text as it is compared.
type word struct {
	text  string
	class class // letter, lone or sign
}

// joint is a word that is also written in parts ("e-mail", "it's", "1,000"), as one: those from to before to.
type joint struct {
	from, to int
	text     string
}

// splitter splits a text into its words.
type splitter struct {
	words  []word
	joints []joint
	joined []string // other words under which the text is found

	current []byte // of the word that is being read
	arabic  bool   // current is
	flag    bool   // the last word is half a flag
	close   bool   // nothing stands between the last word and what comes
	// A joint that is being read: its first word, and whether it ends with a character that joins.
	start   int
	joining rune
}

// split returns the words of a text, and what is joined in it.
func split(text string) splitter {
	s := splitter{start: -1}
	s.read(text)
	return s
}

// read adds the words of a text.
func (s *splitter) read(text string) {
	folded(text, s.add)
	s.add(' ', blank)
}

// add takes the next character.
func (s *splitter) add(r rune, c class) {
	if c == letter {
		if len(s.current) == 0 {
			s.arabic = unicode.Is(unicode.Arabic, r)
		}
		s.current = utf8.AppendRune(s.current, r)
		return
	}
	if r == nonJoiner && (len(s.current) == 0 || !s.arabic) {
		return // of an Indian script, or a stray one: it cannot be seen
	}
	if len(s.current) > 0 {
		s.endWord()
	}
	switch {
	case r == nonJoiner:
		s.join(r, true)
	case c == sign:
		s.addSign(r)
	default:
		s.endJoint()
		if c == lone {
			s.words = append(s.words, word{string(r), lone})
		}
		s.flag = false
	}
	s.close = c != blank
}

// endWord ends the word that is being read, which begins or continues a joint.
func (s *splitter) endWord() {
	text := string(s.current)
	s.current = s.current[:0]
	if s.joining != 0 && !joins(s.words[s.start:], s.joining, text) {
		s.endJoint()
	}
	s.words = append(s.words, word{text, letter})
	if s.start < 0 {
		s.start = len(s.words) - 1
	}
	s.joining, s.flag, s.close = 0, false, true
	if s.arabic {
		if stem := withoutArticle(text); stem != "" {
			s.joined = append(s.joined, stem)
		}
	}
}

// addSign adds a sign: one that may join words, half a flag, or any other.
func (s *splitter) addSign(r rune) {
	last := len(s.words) - 1
	switch {
	case firstSkinTone <= r && r <= lastSkinTone && s.close && last >= 0 && s.words[last].class == sign:
		return // it belongs to the emoji before it
	case firstFlag <= r && r <= lastFlag && s.flag && s.close:
		s.words[last].text += string(r)
		s.flag = false
		return
	}
	s.join(r, s.close && strings.ContainsRune("'-.,", r))
	s.words = append(s.words, word{string(r), sign})
	s.flag = firstFlag <= r && r <= lastFlag
}

// join notes that r may join the word before it with the next one; else a joint ends here.
func (s *splitter) join(r rune, may bool) {
	if may && s.start >= 0 && s.joining == 0 {
		s.joining = r
		return
	}
	s.endJoint()
}

// joins reports whether r joins what was read of a joint with the next word. Points and commas join the digits of one number.
func joins(before []word, r rune, next string) bool {
	if r == '.' || r == ',' || r == apostrophe && isNumber(next) {
		return isNumber(before[0].text) && len(before[0].text) <= 3 && isNumber(next) && len(next) == 3
	}
	return !isNumber(next) || !isNumber(before[0].text)
}

func isNumber(w string) bool {
	for i := range len(w) {
		if w[i] < '0' || w[i] > '9' {
			return false
		}
	}
	return w != ""
}

// endJoint ends a joint, and keeps it where it has several parts.
func (s *splitter) endJoint() {
	from, to := s.start, len(s.words)
	s.start = -1
	if from < 0 {
		return
	}
	if s.joining != 0 && s.joining != nonJoiner {
		to-- // a sign that joins nothing
	}
	s.joining = 0
	var b strings.Builder
	parts := 0
	for _, w := range s.words[from:to] {
		if w.class == letter {
			b.WriteString(w.text)
			parts++
		}
	}
	if parts > 1 {
		s.joints = append(s.joints, joint{from, to, b.String()})
		s.joined = append(s.joined, b.String())
	}
}

// withoutArticle returns an Arabic word without its article, and what is written as one word with it; "" if it has none.
func withoutArticle(w string) string {
	for _, article := range []string{"وال", "بال", "كال", "فال", "ال", "لل"} {
		if stem, ok := strings.CutPrefix(w, article); ok && utf8.RuneCountInString(stem) > 2 {
			return stem
		}
	}
	return ""
}

// wordsOf returns the words under which an entry is found: of its title, its text and its sender's name.
func wordsOf(e *Entry) splitter {
	s := splitter{start: -1}
	for i, text := range []string{e.Title, e.Text, e.From.Name} {
		if i > 0 {
			s.words = append(s.words, word{}) // no phrase goes across
		}
		s.read(text)
	}
	return s
}

// IndexedWords calls each for every word that an index needs to have of an entry, in their order: an empty one ends a text.
// None has a blank, or a capital letter of ASCII; signs are words of one character, a flag of two.
func IndexedWords(e *Entry, each func(word string)) {
	s := wordsOf(e)
	for _, w := range s.words {
		each(w.text)
	}
	for _, j := range s.joined {
		each("")
		each(j)
	}
}
