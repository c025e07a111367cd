package ledger

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"sipas/survey"
)

// scanner reads what EncodeResponse wrote, and nothing else: keys in their
// order, no whitespace. It is there because a process that starts reads the whole
// ledger, and encoding/json takes several times as long. bad says that the bytes are of another shape.
type scanner struct {
	rest []byte
	bad  bool
}

// scanResponse gives false where the bytes are not exactly of the canonical
// shape; they are then left to encoding/json.
func scanResponse(kept, open []byte) (r survey.Response, ok bool) {
	s := scanner{rest: kept}
	s.findings(&r)
	s.expect(`,"sent":{`)
	if s.skip(`"answeredAt":`) {
		r.AnsweredAt = s.optionalTime()
		s.expect(`,`)
	}
	s.expect(`"answers":{`)
	r.Answers = survey.Answers{}
	s.answers(r.Answers)
	if s.skip(`,"campaign":`) {
		r.Campaign = s.optional()
	}
	s.expect(`,"capture":`)
	r.Capture = survey.Capture(s.string())
	if s.skip(`,"clockOffset":`) {
		offset := s.integer()
		r.ClockOffset = &offset
	}
	if s.skip(`,"field":`) {
		r.Field = s.optional()
	}
	s.expect(`,"language":`)
	r.Language = survey.Language(s.string())
	s.expect(`,"partial":`)
	r.Partial = s.boolean()
	s.expect(`,"point":`)
	r.Point = s.string()
	if s.skip(`,"procedure":`) {
		r.Procedure = s.optional()
	}
	s.expect(`,"questionnaire":`)
	r.Questionnaire = s.string()
	if s.skip(`,"startedAt":`) {
		r.StartedAt = s.optionalTime()
	}
	s.expect(`,"version":`)
	r.Version = int(s.integer())
	s.expect(`}}`)
	s.end()
	if len(open) > 0 {
		s.rest = open
		s.expect(`{"answers":{`)
		s.answers(r.Answers)
		s.expect(`}`)
		s.end()
	}
	return r, !s.bad
}

// scanReceivedAt gives the time of receipt alone, and false where the bytes up to it
// are not exactly of the canonical shape.
func scanReceivedAt(kept []byte) (time.Time, bool) {
	var r survey.Response
	s := scanner{rest: kept}
	s.findings(&r)
	return r.ReceivedAt, !s.bad
}

// findings reads what the server found, which comes before what was sent.
func (s *scanner) findings(r *survey.Response) {
	s.expect(`{"agency":`)
	r.Agency = s.string()
	s.expect(`,"at":`)
	r.At = s.time()
	s.expect(`,"delivery":`)
	r.Delivery = survey.Delivery(s.string())
	s.expect(`,"fieldId":`)
	r.FieldID = s.string()
	s.expect(`,"flags":[`)
	r.Flags = []survey.Flag{}
	for !s.skip(`]`) && !s.bad {
		if len(r.Flags) > 0 {
			s.expect(`,`)
		}
		r.Flags = append(r.Flags, survey.Flag(s.string()))
	}
	s.expect(`,"receivedAt":`)
	r.ReceivedAt = s.time()
}

func (s *scanner) skip(literal string) bool {
	if len(s.rest) < len(literal) || string(s.rest[:len(literal)]) != literal {
		return false
	}
	s.rest = s.rest[len(literal):]
	return true
}

func (s *scanner) expect(literal string) {
	if !s.skip(literal) {
		s.bad = true
	}
}

func (s *scanner) end() { s.bad = s.bad || len(s.rest) > 0 }

// token takes the bytes before the first one that ends a bare value.
func (s *scanner) token() string {
	for i, b := range s.rest {
		if b == ',' || b == '}' || b == ']' {
			token := s.rest[:i]
			s.rest = s.rest[i:]
			return string(token)
		}
	}
	s.bad = true
	return ""
}

func (s *scanner) string() string {
	if !s.skip(`"`) {
		s.bad = true
		return ""
	}
	for i := 0; i < len(s.rest); i++ {
		switch b := s.rest[i]; {
		case b == '"':
			text := string(s.rest[:i])
			s.rest = s.rest[i+1:]
			s.bad = s.bad || !utf8.ValidString(text)
			return text
		case b == '\\':
			return s.escaped(i)
		case b < 0x20:
			s.bad = true
			return ""
		}
	}
	s.bad = true
	return ""
}

// escaped reads on a text whose first backslash is at i.
func (s *scanner) escaped(i int) (text string) {
	for ; i < len(s.rest); i++ {
		if s.rest[i] == '\\' {
			i++
		} else if s.rest[i] == '"' {
			break
		}
	}
	if i >= len(s.rest) {
		s.bad = true
		return ""
	}
	quoted := append([]byte{'"'}, s.rest[:i+1]...)
	if json.Unmarshal(quoted, &text) != nil {
		s.bad = true
	}
	s.rest = s.rest[i+1:]
	return text
}

func (s *scanner) optional() *string {
	text := s.string()
	return &text
}

func (s *scanner) boolean() bool {
	if s.skip(`true`) {
		return true
	}
	s.expect(`false`)
	return false
}

func (s *scanner) integer() int64 {
	token := s.token()
	n, err := strconv.ParseInt(token, 10, 64)
	// Only as it is written: no plus sign, no leading zero.
	s.bad = s.bad || err != nil || strconv.FormatInt(n, 10) != token
	return n
}

func (s *scanner) optionalTime() *time.Time {
	t := s.time()
	return &t
}

// time reads "2006-01-02T15:04:05.000Z", with its quotes.
func (s *scanner) time() time.Time {
	const size = len(timeLayout) + 2
	if len(s.rest) < size {
		s.bad = true
		return time.Time{}
	}
	text := s.rest[:size]
	s.rest = s.rest[size:]
	number := func(from, to int) (n int) {
		for _, b := range text[from:to] {
			if b < '0' || b > '9' {
				s.bad = true
			}
			n = 10*n + int(b-'0')
		}
		return n
	}
	year, month, day := number(1, 5), number(6, 8), number(9, 11)
	hour, minute, second, milli := number(12, 14), number(15, 17), number(18, 20), number(21, 24)
	for i, b := range []byte(`"    -  -  T  :  :  .   Z"`) {
		if b != ' ' && text[i] != b {
			s.bad = true
		}
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, milli*1e6, time.UTC)
	if t.Day() != day || int(t.Month()) != month || hour > 23 || minute > 59 || second > 59 {
		s.bad = true // a date that does not exist
	}
	return t
}

// answers reads the rest of an object of answers into as.
func (s *scanner) answers(as survey.Answers) {
	for first := true; !s.skip(`}`) && !s.bad; first = false {
		if !first {
			s.expect(`,`)
		}
		id := s.string()
		s.expect(`:`)
		as[id] = s.answer()
	}
}

func (s *scanner) answer() survey.Answer {
	if len(s.rest) == 0 {
		s.bad = true
		return survey.Answer{}
	}
	switch s.rest[0] {
	case '"':
		return survey.TextAnswer(s.string())
	case 't', 'f':
		return survey.BoolAnswer(s.boolean())
	case '[':
		s.expect(`[`)
		var ids []string
		for !s.skip(`]`) && !s.bad {
			if len(ids) > 0 {
				s.expect(`,`)
			}
			ids = append(ids, s.string())
		}
		return survey.ListAnswer(ids...)
	}
	token := s.token()
	if len(token) == 1 && token[0] >= '0' && token[0] <= '9' {
		return survey.LevelAnswer(int(token[0] - '0'))
	}
	n, err := strconv.ParseFloat(token, 64)
	var c canonical
	c.number(n)
	s.bad = s.bad || err != nil || string(c.buf) != token
	return survey.NumberAnswer(n)
}
