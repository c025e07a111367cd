// Command sipas runs the citizen-satisfaction platform of a province: the
// server, the demo province and the administration from the command line.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := newRootCommand().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "sipas:", sentence(err))
		os.Exit(1)
	}
}
