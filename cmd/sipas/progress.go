package main

import (
	"fmt"
	"io"
)

// progressLine prints how far a long task is, on one line, at every percent.
// The format takes what is done and the total.
func progressLine(out io.Writer, format string) func(done, total int) {
	shown := -1
	return func(done, total int) {
		percent := 100
		if total > 0 {
			percent = done * 100 / total
		}
		if percent == shown {
			return
		}
		shown = percent
		end := "\r"
		if done >= total {
			end = "\n"
		}
		fmt.Fprintf(out, format+end, done, total)
	}
}
