package words

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

func TestNormalize(t *testing.T) {
	for _, c := range []struct{ name, from, want string }{
		{"lower case", "THỦ TỤC", "thủ tục"},
		{"tone on oa", "hoà", "hòa"},
		{"tone on oe", "khoẻ", "khỏe"},
		{"tone on uy", "uỷ ban, thuỷ lợi", "ủy ban, thủy lợi"},
		{"traditional stays", "hòa, khỏe, ủy", "hòa, khỏe, ủy"},
		{"closed syllables", "hoàn toàn, huýt, khoét", "hoàn toàn, huýt, khoét"},
		{"misplaced before a consonant", "hòan", "hoàn"},
		{"qu", "qúy, quý, qủa", "quý, quý, quả"},
		{"gi", "gìa, già, gì, giữa, giếng", "già, già, gì, giữa, giếng"},
		{"letters with a mark of their own", "rượu, bưởi, chuyển, yếu, của, mùa", "rượu, bưởi, chuyển, yếu, của, mùa"},
		{"three vowels", "xoáy, ngoài, khuỷu", "xoáy, ngoài, khuỷu"},
		{"decomposed", norm.NFD.String("được hoà giải"), "được hòa giải"},
		{"no syllable of ours", "café résumé", "café résumé"},
		{"signs stay", "a-b: 12/3 ☺", "a-b: 12/3 ☺"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Normalize(c.from); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestMask(t *testing.T) {
	for _, c := range []struct{ name, from, want string }{
		{"telephone", "gọi 0912345678 nhé", "gọi [dãy số] nhé"},
		{"telephone in groups", "gọi 0912 345 678", "gọi [dãy số]"},
		{"telephone with dots", "ĐT: 0912.345.678.", "ĐT: [dãy số]."},
		{"telephone abroad", "+84 (0) 912-345-678", "[dãy số]"},
		{"full-width digits", "０９１２３４５６７８", "[dãy số]"},
		{"invisible characters", "0912\u200b345\u200d678", "[dãy số]"},
		{"identity card", "CCCD 001199012345", "CCCD [dãy số]"},
		{"old identity card", "số cmnd 012345678", "số cmnd [dãy số]"},
		{"tax number", "MST 0101234567-001", "MST [dãy số]"},
		{"file code", "hồ sơ H10.23-241015-0021 bị trễ", "hồ sơ [mã số] bị trễ"},
		{"national file code", "000.00.15.H10-221012-0007", "[mã số]"},
		{"file code of digits", "mã 221012-0007", "mã [dãy số]"},
		{"number of a paper", "biên nhận 12345/2026", "biên nhận [mã số]"},
		{"land certificate", "sổ BA 123456", "sổ BA [dãy số]"},
		{"passport", "hộ chiếu b1234567", "hộ chiếu [dãy số]"},
		{"plate", "xe 29A1-123.45", "xe [mã số]"},
		{"mail", "viết cho lan.nguyen@tinh.gov.vn.", "viết cho [thư điện tử]"},
		{"link", "xem https://fb.com/lan?id=9 ạ", "xem [liên kết] ạ"},
		{"bare link", "zalo.me/0912345678", "[liên kết]"},
		{"dates stay", "ngày 26/11/2026, 26-11-2026 và 2026-11-26", "ngày 26/11/2026, 26-11-2026 và 2026-11-26"},
		{"amounts stay", "nộp 500.000 hay 1.500.000 đồng lúc 8h30", "nộp 500.000 hay 1.500.000 đồng lúc 8h30"},
		{"joined words stay", "một-cửa, xã/phường", "một-cửa, xã/phường"},
		{"composed", norm.NFD.String("chậm"), "chậm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Mask(c.from); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"longest word", "Trung tâm phục vụ hành chính công", "trung_tâm_phục_vụ_hành_chính_công"},
		{"words of the field", "Thủ tục ở bộ phận một cửa đơn giản", "thủ_tục bộ_phận_một_cửa đơn_giản"},
		{"either spelling", "uỷ ban hoà nhã", "ủy_ban hòa_nhã"},
		{"words that say nothing", "Tôi thấy rất là tốt ạ", "tốt"},
		{"negation", "Cán bộ không hướng dẫn", "cán_bộ không_hướng_dẫn"},
		{"negation over words that say nothing", "chưa được giải thích gì", "chưa_giải_thích"},
		{"negation within its clause", "Không, cán bộ tốt", "| cán_bộ tốt"},
		{"negation of nothing", "có nhanh không?", "nhanh"},
		{"no negation", "không gian, không khí", "không_gian | không_khí"},
		{"short forms", "cb ko nhiệt tình, hs trễ", "cán_bộ không_nhiệt_tình | hồ_sơ trễ"},
		{"no diacritics", "cho lau, can bo khong nhiet tinh, cham", "chờ_lâu | cán_bộ không_nhiệt_tình | chậm"},
		{"no diacritics in part", "can bo thân thiện, cham", "cán_bộ thân_thiện | cham"},
		{"punctuation parts words", "chờ. Lâu", "chờ | lâu"},
		{"hyphen joins", "một-cửa", "một_cửa"},
		{"numbers", "chờ 3 tiếng", "chờ | tiếng"},
		{"masked before anything else", "gọi 0912345678 hồ sơ H10.23-241015-0021", "gọi | hồ_sơ"},
		{"nothing", "... 123 !", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var clauses []string
			for _, clause := range Shipped.Split(c.text) {
				clauses = append(clauses, strings.Join(clause, " "))
			}
			want := strings.TrimPrefix(c.want, "| ")
			if got := strings.Join(clauses, " | "); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

func TestBigramsStayWithinAClause(t *testing.T) {
	got := Shipped.Split("cán bộ hướng dẫn rõ ràng. Chờ lâu").Bigrams()
	if want := []string{"cán_bộ hướng_dẫn", "hướng_dẫn rõ_ràng"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestDocumentsCountEachTextOnce(t *testing.T) {
	got := Documents([][]string{{"chậm", "chậm", "kém"}, {"chậm"}, nil})
	if got["chậm"] != 2 || got["kém"] != 1 || len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestShippedLexicon(t *testing.T) {
	if n := Shipped.Size(); n < 500 {
		t.Errorf("%d words", n)
	}
	for word := range Shipped.kinds {
		if Normalize(word) != word {
			t.Errorf("%q is not in normal form", word)
		}
	}
	for short, full := range Shipped.short {
		if word, length := Shipped.match(strings.Fields(full), false); word != full || Shipped.kinds[word] == content && length < 2 {
			t.Errorf("%q stands for %q, which the lexicon does not know", short, full)
		}
	}
}

func TestParse(t *testing.T) {
	l, err := Parse("# note\n\nbàn ghế\r\n- và\n! không\nbg = bàn ghế\nBàn ghế\n")
	if err != nil {
		t.Fatal(err)
	}
	if l.Size() != 3 {
		t.Errorf("%d words", l.Size())
	}
	if got := l.Split("không bg và ghế").Words(); !slices.Equal(got, []string{"không_bàn_ghế", "ghế"}) {
		t.Errorf("%q", got)
	}
	for _, line := range []string{"- ", "=", "a =", "= b", "hai chữ = b", "- a = b", "12"} {
		if _, err := Parse("một\n" + line); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		"Thủ tục một cửa nhanh, cán bộ không hướng dẫn!", "cho lau", "0912 345 678", "ho\u0300a \u0300", "İ\u0307ff ﬁ", "\xff\xfe 12", "qúy gìa uỷ", "không",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if once := Normalize(text); Normalize(once) != once {
			t.Errorf("%q becomes %q, then %q", text, once, Normalize(once))
		}
		digits := 0
		for _, r := range Mask(text) {
			if !unicode.Is(unicode.Nd, r) {
				digits = 0
				continue
			}
			if digits++; digits >= 6 {
				t.Fatalf("%q keeps %q", text, Mask(text))
			}
		}
		for _, word := range Shipped.Split(text).Words() {
			if word == "" || strings.ContainsFunc(word, unicode.IsSpace) {
				t.Errorf("%q holds the word %q", text, word)
			}
		}
	})
}

func ExampleLexicon_Split() {
	clauses := Shipped.Split("Thủ tục nhanh nhưng cán bộ không hướng dẫn rõ ràng, chờ lâu!")
	fmt.Println(clauses.Words())
	// Output: [thủ_tục nhanh cán_bộ không_hướng_dẫn rõ_ràng chờ_lâu]
}

func ExampleMask() {
	fmt.Println(Mask("Hồ sơ H10.23-241015-0021 trễ hẹn, gọi 0912 345 678"))
	// Output: Hồ sơ [mã số] trễ hẹn, gọi [dãy số]
}

func ExampleNormalize() {
	fmt.Println(Normalize("UỶ BAN, HOÀ NHÃ"))
	// Output: ủy ban, hòa nhã
}
