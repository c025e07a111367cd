//go:build race

package api

// underRace says that the race detector is on. Tests that ask one thing after the other
// show it nothing, and take many times as long.
const underRace = true
