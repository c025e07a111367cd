// Package words turns Vietnamese comments into words that can be counted: it
// masks what could name a person, brings spellings to one form, keeps the words of
// the field together (thủ tục, một cửa), drops those that say nothing and joins a
// negation to what it denies (không_hướng_dẫn).
//
// It knows the language, not surveys or stores: text goes in, words come out.
// What sets groups of comments apart is computed by package stats from counts of
// the comments that hold a word. Names of people cannot be recognised here; lists
// of words are shown only for words of several comments.
package words
