// Package archive moves a province from one store to another, keeps it in a file
// and brings it back, and writes its responses as CSV.
//
// Everything is taken as it is: ids, revisions, hashes, signatures, audit entries
// still owed, open parts that are erased. Only erasures that were decided and not
// finished are finished on arrival. The identity of a store is created last, so
// that one that is not whole yet cannot be served: by a restore at its end, by a move
// when it is told that the source is served no more.
package archive

import "sipas/survey"

// What is wrong with an archive or a store, as survey.Error.Reason.
const (
	ReasonDamaged = "archive.damaged" // the file is no archive, or not as it was written
	ReasonVersion = "archive.version" // the file is of a newer version of the format
	ReasonEmpty   = "archive.empty"   // the source holds no province
	ReasonForeign = "archive.foreign" // the target holds another province, or something else than the source
	ReasonMoving  = "archive.moving"  // the source does not stand still, or misses entries
)

// Progress is told how many ledger entries are done, and how many there are.
type Progress func(done, total int)

func (p Progress) report(done, total int64) {
	if p != nil {
		p(int(done), int(total))
	}
}

func foreign(message string, err error) error {
	return &survey.Error{Code: survey.CodeConflict, Reason: ReasonForeign, Message: message, Err: err}
}
