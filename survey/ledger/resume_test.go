package ledger

import (
	"fmt"
	"testing"

	"sipas/survey"
)

// Every place that is not confirmed is named, up to a few.
func TestUnconfirmedPlacesAreNamed(t *testing.T) {
	for places, want := range map[int]string{
		1: `conflict: the ledger does not hold what was seen as p1`,
		5: `conflict: the ledger does not hold what was seen as p1, p2, p3, p4, p5`,
		7: `conflict: the ledger does not hold what was seen as p1, p2, p3, p4, p5 and 2 more`,
	} {
		var lost []string
		for n := places; n > 0; n-- {
			lost = append(lost, fmt.Sprintf("p%d", n))
		}
		if err := unconfirmed(lost); !survey.IsCode(err, survey.CodeConflict) || err.Error() != want {
			t.Errorf("%d places: %v, want %s", places, err, want)
		}
	}
}
