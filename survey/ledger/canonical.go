package ledger

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"sipas/survey"
)

// timeLayout is RFC 3339 in UTC with exactly three digits of milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// canonical writes JSON as RFC 8785 does: no whitespace, the fewest escapes,
// numbers as ECMAScript prints them. Keys are written in byte order by its
// callers. The first thing that has no canonical form stays as err.
type canonical struct {
	buf []byte
	err error
}

func (c *canonical) bytes() ([]byte, error) {
	if c.err != nil {
		return nil, c.err
	}
	return c.buf, nil
}

func (c *canonical) fail(message string) {
	if c.err == nil {
		c.err = &survey.Error{Code: survey.CodeInternal, Message: message}
	}
}

// separate writes the comma before every element but the first of its list or object.
func (c *canonical) separate() {
	if n := len(c.buf); n > 0 && c.buf[n-1] != '{' && c.buf[n-1] != '[' {
		c.buf = append(c.buf, ',')
	}
}

func (c *canonical) open(bracket byte)  { c.buf = append(c.buf, bracket) }
func (c *canonical) close(bracket byte) { c.buf = append(c.buf, bracket) }

func (c *canonical) key(name string) {
	c.separate()
	c.string(name)
	c.buf = append(c.buf, ':')
}

func (c *canonical) text(name, value string) { c.key(name); c.string(value) }

func (c *canonical) optional(name string, value *string) {
	if value != nil {
		c.text(name, *value)
	}
}

func (c *canonical) integer(name string, value int64) {
	c.key(name)
	c.buf = strconv.AppendInt(c.buf, value, 10)
}

func (c *canonical) boolean(name string, value bool) {
	c.key(name)
	c.buf = strconv.AppendBool(c.buf, value)
}

func (c *canonical) time(name string, t time.Time) {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		c.fail("a time of the ledger has a year of four digits")
		return
	}
	c.key(name)
	c.open('"')
	c.buf = t.AppendFormat(c.buf, timeLayout)
	c.close('"')
}

func (c *canonical) flags(name string, flags []survey.Flag) {
	c.key(name)
	c.open('[')
	for _, f := range flags {
		c.separate()
		c.string(string(f))
	}
	c.close(']')
}

func (c *canonical) answer(a survey.Answer) {
	if n, ok := a.Number(); ok {
		c.number(n)
	} else if s, ok := a.Text(); ok {
		c.string(s)
	} else if yes, ok := a.Bool(); ok {
		c.buf = strconv.AppendBool(c.buf, yes)
	} else if ids, ok := a.List(); ok {
		c.open('[')
		for _, id := range ids {
			c.separate()
			c.string(id)
		}
		c.close(']')
	} else {
		c.fail("an empty answer has no JSON")
	}
}

// number prints the shortest form that reads back as n, as ECMAScript does.
func (c *canonical) number(n float64) {
	if math.IsNaN(n) || math.IsInf(n, 0) {
		c.fail("a number of the ledger is finite")
		return
	}
	if n == 0 {
		c.buf = append(c.buf, '0') // also for −0
		return
	}
	format := byte('f')
	if abs := math.Abs(n); abs < 1e-6 || abs >= 1e21 {
		format = 'e'
	}
	c.buf = strconv.AppendFloat(c.buf, n, format, -1, 64)
	if i := len(c.buf); format == 'e' && i >= 4 && c.buf[i-4] == 'e' && c.buf[i-3] == '-' && c.buf[i-2] == '0' {
		c.buf[i-2] = c.buf[i-1] // e-09 is printed e-9
		c.buf = c.buf[:i-1]
	}
}

func (c *canonical) string(s string) {
	if !utf8.ValidString(s) {
		c.fail("a text of the ledger is valid UTF-8")
		return
	}
	const hex = "0123456789abcdef"
	c.open('"')
	start := 0
	for i := 0; i < len(s); i++ {
		b := s[i]
		if b >= 0x20 && b != '"' && b != '\\' {
			continue
		}
		c.buf = append(c.buf, s[start:i]...)
		start = i + 1
		switch b {
		case '"', '\\':
			c.buf = append(c.buf, '\\', b)
		case '\b':
			c.buf = append(c.buf, '\\', 'b')
		case '\t':
			c.buf = append(c.buf, '\\', 't')
		case '\n':
			c.buf = append(c.buf, '\\', 'n')
		case '\f':
			c.buf = append(c.buf, '\\', 'f')
		case '\r':
			c.buf = append(c.buf, '\\', 'r')
		default:
			c.buf = append(c.buf, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
		}
	}
	c.buf = append(c.buf, s[start:]...)
	c.close('"')
}
