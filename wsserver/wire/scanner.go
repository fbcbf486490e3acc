package wire

import "unicode/utf8"

// This file reads the frames that clients send most: flat objects of known fields, without escapes. Anything else is
// left to encoding/json; a fuzz test checks that both read the same.

// scanner reads a frame from left to right. Each method reports false if the next text is not what it reads; the
// frame is then left to encoding/json.
type scanner struct {
	b []byte
	i int
}

func (s *scanner) request(r *Request) bool {
	if !s.is('{') {
		return false
	}
	for {
		key, ok := s.text()
		if !ok || !s.is(':') || !s.field(key, r) {
			return false
		}
		if !s.is(',') {
			return s.is('}') && s.ended()
		}
	}
}

func (s *scanner) field(key []byte, r *Request) bool {
	switch string(key) {
	case "action":
		return s.str(&r.Action)
	case "id":
		return s.str(&r.ID)
	case "user_id":
		return s.str(&r.UserID)
	case "token":
		return s.str(&r.Token)
	case "code":
		return s.str(&r.Code)
	case "epoch":
		return s.str(&r.Epoch)
	case "topic":
		return s.str(&r.Topic)
	case "message":
		return s.str(&r.Message)
	case "name":
		r.Name = new(string)
		return s.str(r.Name)
	case "seq":
		return s.number(&r.Seq)
	case "before":
		return s.number(&r.Before)
	case "reply_to":
		return s.number(&r.ReplyTo)
	case "since":
		r.Since = new(uint64)
		return s.number(r.Since)
	case "topics":
		return s.list(&r.Topics)
	}
	return false
}

// is skips blanks and then c.
func (s *scanner) is(c byte) bool {
	s.blanks()
	if s.i >= len(s.b) || s.b[s.i] != c {
		return false
	}
	s.i++
	return true
}

func (s *scanner) blanks() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\t' || s.b[s.i] == '\r' || s.b[s.i] == '\n') {
		s.i++
	}
}

func (s *scanner) ended() bool {
	s.blanks()
	return s.i == len(s.b)
}

// text reads a string without escapes.
func (s *scanner) text() ([]byte, bool) {
	if !s.is('"') {
		return nil, false
	}
	ascii := true
	for i := s.i; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			t := s.b[s.i:i]
			s.i = i + 1
			return t, ascii || utf8.Valid(t)
		case c == '\\', c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

func (s *scanner) str(v *string) bool {
	t, ok := s.text()
	*v = string(t)
	return ok
}

// number reads digits alone, no more than always fit into a uint64.
func (s *scanner) number(v *uint64) bool {
	s.blanks()
	const most = 18 // digits
	start := s.i
	*v = 0
	for s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9' {
		*v = *v*10 + uint64(s.b[s.i]-'0')
		s.i++
	}
	n := s.i - start
	return n > 0 && n <= most && (n == 1 || s.b[start] != '0')
}

func (s *scanner) list(v *[]string) bool {
	if !s.is('[') {
		return false
	}
	*v = []string{}
	if s.is(']') {
		return true
	}
	for {
		t, ok := s.text()
		if !ok {
			return false
		}
		*v = append(*v, string(t))
		if !s.is(',') {
			return s.is(']')
		}
	}
}
