package storetest

import (
	"reflect"
	"sync"
	"testing"
	"time"

	"sipas/survey"
)

// instant is a time as stores keep it: UTC with milliseconds.
var instant = time.Date(2026, 11, 23, 7, 33, 46, 123e6, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, what string, err error, code survey.Code) {
	t.Helper()
	if !survey.IsCode(err, code) {
		t.Errorf("%s: error %v, want %s", what, err, code)
	}
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func errOf[T any](_ T, err error) error { return err }

// concurrently runs fn n times at once and gives what each returned.
func concurrently[T any](n int, fn func(i int) T) []T {
	results := make([]T, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { results[i] = fn(i) })
	}
	group.Wait()
	return results
}

func count[T comparable](all []T, one T) int {
	n := 0
	for _, v := range all {
		if v == one {
			n++
		}
	}
	return n
}
