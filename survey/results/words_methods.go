package results

// The methods behind words.
var (
	masking = &Method{
		ID:      "masking",
		Name:    bilingual("Che dữ liệu cá nhân", "Masking of personal data"),
		Purpose: bilingual("Che trong góp ý những gì có thể dẫn đến một người, trước khi hiển thị hoặc đếm từ.", "Takes out of comments what could lead to a person, before they are shown or their words counted."),
		Formula: []string{
			"mail addresses, links, file codes, rows of six digits or more (eight where grouped) → [thư điện tử], [liên kết], [mã số], [dãy số]",
			"left out whole: comments where the ratings of the agency itself in the field are withheld or fewer than minimumN; of terms only where such fields are fewer than minimumN together",
		},
		Recompute:  bilingual("Góp ý nguyên văn không có trong tệp xuất.", "Comments as they were written are not in the export."),
		References: []string{"The rules and their limits: deploy/decisions/0017-words.md"},
	}
	keyness = &Method{
		ID:      "keyness",
		Name:    bilingual("Từ ngữ khác biệt giữa hai nhóm", "Terms that set two groups apart"),
		Purpose: bilingual("Từ ngữ nào một nhóm góp ý dùng nhiều hơn nhóm kia, tính theo số góp ý có từ đó, không theo số lần lặp lại.", "Which terms one group of comments uses more than the other, by the number of comments that hold them, not by how often they repeat them."),
		Formula: []string{
			"y of n comments hold the term in each group; α = priorShare·(y₁ + y₂), α₀ = priorShare·(n₁ + n₂)",
			"logOdds = ln((y₁ + α)/(n₁ + α₀ − y₁ − α)) − ln((y₂ + α)/(n₂ + α₀ − y₂ − α))",
			"z = logOdds / √(1/(y₁ + α) + 1/(y₂ + α)), p two-sided",
			"g2 = 2·Σ y·ln(y/e) over the four cells, e = row·column/total",
			"distinctive if p, adjusted over all terms of minimumHolding comments by Benjamini and Hochberg, is at most level",
		},
		Parameters: []Parameter{
			{"minimumHolding", bilingual("số góp ý ít nhất có từ được nêu", "the smallest number of comments that hold a term which is shown")},
			{"priorShare", bilingual("trọng số của phân phối tiên nghiệm so với số góp ý", "the weight of the prior against the comments")},
			{"level", bilingual("tỷ lệ phát hiện sai được chấp nhận", "the accepted share of false discoveries")},
			{"newest", bilingual("số góp ý được đọc nhiều nhất, từ mới nhất", "how many comments are read at most, the newest first")},
		},
		Recompute:  bilingual("Từ comments, share, others và othersShare của từng từ; cỡ nhóm ở first.comments và second.comments.", "From comments and others of each term; the groups' sizes are first.comments and second.comments."),
		References: []string{"Monroe, Colaresi and Quinn 2008, Political Analysis 16:372", "Dunning 1993, Computational Linguistics 19:61", "Benjamini and Hochberg 1995, JRSS B 57:289"},
		Software:   `R quanteda.textstats: textstat_keyness(measure = "lr") for g2`,
	}
	terms = &Method{
		ID:      "terms",
		Name:    bilingual("Tách từ tiếng Việt", "Terms of Vietnamese texts"),
		Purpose: bilingual("Đưa góp ý về những từ đếm được: cùng một chính tả, có dấu hay không dấu, từ nhiều tiếng giữ liền, phủ định gắn với từ bị phủ định.", "Turns comments into terms that can be counted: one spelling, with or without diacritics, words of several syllables kept together, a negation joined to what it denies."),
		Formula: []string{
			"NFC, lower case, tone marks in their traditional place; syllables by UAX #29; longest words of the field's lexicon first",
			"two neighbouring words are one term if g2 of their meeting is above collocation and they meet more often than by chance",
			"typical: the highest comments·idf, idf = ln(3/(1 + groups that hold it)) + 1",
		},
		Parameters: []Parameter{{"collocation", bilingual("ngưỡng g2 để hai từ đi liền là một", "the g2 from which two neighbouring words are one term")}},
		Recompute:  bilingual("Từ điển của lĩnh vực ở survey/words/lexicon.txt.", "The lexicon of the field is survey/words/lexicon.txt."),
		References: []string{"Unicode Standard Annex #29", "Dunning 1993, Computational Linguistics 19:61", "Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, ch. 6"},
	}

	wordsMethods = []*Method{masking, terms, keyness}
)

func wordMethods() []MethodUse {
	return []MethodUse{masking.use(), terms.with("collocation", collocationG2),
		keyness.with("minimumHolding", MinimumHolding).and("priorShare", priorShare).and("level", termLevel).and("newest", analysedComments)}
}
