package main

import (
	"fmt"
	"io"
	"os"
)

// progressLine prints how far a long task is: on a terminal on one line, at every
// percent, elsewhere once at its end. The format takes what is done and the total.
func progressLine(out io.Writer, format string) func(done, total int) {
	live := isTerminal(out)
	shown := -1
	return func(done, total int) {
		percent := 100
		if total > 0 {
			percent = done * 100 / total
		}
		ended := done >= total
		if percent == shown || !live && !ended {
			return
		}
		shown = percent
		end := "\r"
		if ended {
			end = "\n"
		}
		fmt.Fprintf(out, format+end, done, total)
	}
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
