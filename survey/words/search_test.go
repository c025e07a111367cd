package words

import "testing"

func TestSearch(t *testing.T) {
	for _, c := range []struct {
		term, text string
		want       bool
	}{
		{"chờ lâu", "Phải CHỜ LÂU quá", true},
		{"chờ lâu", "cho lau qua", true},
		{"cho lau", "Phải chờ lâu", true},
		{"chờ lâu", "chờ. Lâu", false},
		{"ghe ngoi", "Thiếu ghế ngồi", true},
		{"ghế ngồi", "thieu ghe", false},
		{"cham", "làm chậm", true},
		{"chậm", "một chấm", false},
		{"hướng dẫn", "Cán bộ không hướng dẫn", false},
		{"không hướng dẫn", "Cán bộ không hướng dẫn", true},
		{"cán bộ nhiệt tình", "cán bộ rất nhiệt tình", true},
		{"cán bộ nhiệt tình", "nhiệt tình, cán bộ", false},
		{"uỷ ban", "ủy ban xã", true},
		{"0912345678", "gọi 0912345678", false},
	} {
		find, ok := Shipped.Search(c.term)
		if got := ok && find(c.text); got != c.want {
			t.Errorf("%q in %q: %v", c.term, c.text, got)
		}
	}
	for _, term := range []string{"", "...", "và", "không", "0912345678"} {
		if _, ok := Shipped.Search(term); ok {
			t.Errorf("%q says something", term)
		}
	}
}
