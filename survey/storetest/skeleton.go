// Package storetest holds every store to the same behaviour.
package storetest

import (
	"testing"

	"sipas/survey"
)

// Option adapts Run to a weaker server.
type Option func()

// Lacks skips by name what a server cannot do.
func Lacks(names ...string) Option { return func() {} }

// Run exercises every guarantee of survey.Store.
func Run(t *testing.T, open func(t *testing.T) survey.Store, options ...Option) {}
