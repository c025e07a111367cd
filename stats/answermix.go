package stats

import "math"

// AnswerMix compares the answers of one source with a reference distribution.
// Information is in bits. A nil field is not defined by the data.
type AnswerMix struct {
	N                 int64
	DF                int      // answers possible under the reference, less one
	Entropy           *float64 // of the answers
	NormalizedEntropy *float64 // over the logarithm of the number of answers to choose from
	G, Pearson        *float64 // goodness of fit
	PG, PPearson      *float64
	KullbackLeibler   *float64 // of the answers from the reference
	JensenShannon     *float64 // 0 alike, 1 nothing in common
}

// CompareMix compares counts of answers with the shares of a reference, which
// must not contain these answers themselves. reference may be shares or counts;
// it is taken relative to its sum. With o the counts, e = n·π, p = o/n:
//
//	G = 2Σ o·ln(o/e),  X² = Σ(o−e)²/e  ~ χ²,  KL = Σ p·log₂(p/π)
//	JS = KL(p‖m)/2 + KL(π‖m)/2,  m = (p+π)/2,  entropy = −Σ p·log₂ p
//
// It assumes independent answers; with an e below 5 G and X² are rough. An
// answer that the reference does not know leaves G, X² and KL undefined: a
// reference from counts wants half an answer added to each. Without answers
// everything is nil.
//
// References: Sokal and Rohlf, Biometry, § 17.1; Lin 1991, IEEE Trans Inf Theory 37:145.
func CompareMix(counts []int64, reference []float64) (AnswerMix, error) {
	if len(counts) != len(reference) || len(counts) == 0 {
		return AnswerMix{}, invalid("%d counts with a reference of %d", len(counts), len(reference))
	}
	if err := checkNumbers("reference", reference...); err != nil {
		return AnswerMix{}, err
	}
	var mix AnswerMix
	var n, total float64
	for i, o := range counts {
		if o < 0 || reference[i] < 0 {
			return AnswerMix{}, invalid("%d answers with reference %v", o, reference[i])
		}
		n += float64(o)
		total += reference[i]
		if reference[i] > 0 {
			mix.DF++
		}
	}
	mix.DF--
	if !(total >= 1/magnitudeLimit) {
		return AnswerMix{}, invalid("a reference that sums to %v", total)
	}
	if n == 0 {
		return mix, nil
	}
	if n > math.MaxInt64/2 {
		return AnswerMix{}, invalid("%v answers", n)
	}
	mix.N = int64(n)
	var entropy, g, pearson, divergence, shannon float64
	known := true
	for i, count := range counts {
		o, share, expected := float64(count), float64(count)/n, reference[i]/total
		middle := (share + expected) / 2
		if o > 0 {
			entropy -= share * math.Log2(share)
			shannon += share * math.Log2(share/middle) / 2
		}
		if expected > 0 {
			shannon += expected * math.Log2(expected/middle) / 2
		}
		switch {
		case o > 0 && !(share/expected < magnitudeLimit):
			known = false
		case o > 0:
			g += 2 * o * math.Log(share/expected)
			divergence += share * math.Log2(share/expected)
			pearson += n * (share - expected) * ((share - expected) / expected)
		default:
			pearson += n * expected
		}
	}
	// All divergences are at least zero; equal distributions miss it by rounding.
	entropy, g, divergence, shannon = math.Max(0, entropy), math.Max(0, g), math.Max(0, divergence), math.Max(0, shannon)
	mix.Entropy, mix.JensenShannon = &entropy, &shannon
	if len(counts) > 1 {
		normalized := entropy / math.Log2(float64(len(counts)))
		mix.NormalizedEntropy = &normalized
	}
	if !known {
		return mix, nil
	}
	mix.G, mix.Pearson, mix.KullbackLeibler = &g, &pearson, &divergence
	if mix.DF > 0 {
		pG, pPearson := chiSquareUpper(g, float64(mix.DF)), chiSquareUpper(pearson, float64(mix.DF))
		mix.PG, mix.PPearson = &pG, &pPearson
	}
	return mix, nil
}

// Anomaly names the difference; its score is the Jensen–Shannon divergence.
func (m AnswerMix) Anomaly() Anomaly {
	return Anomaly{Name: AnomalyAnswerMix, N: m.N, Statistic: m.G, P: m.PG, Score: m.JensenShannon}
}

// Shift is the contrast of one shift with all the others.
type Shift struct {
	Sample
	Share, Others, Difference *float64 // nil where either side has no answers
	P                         *float64 // of so many or more, given all answers
}

// ContrastShifts compares the share of satisfied answers of each shift with that
// of all other shifts together, by the hypergeometric upper tail: of M satisfied
// among N answers, the chance that a shift with n of them takes x or more is
//
//	P(X ≥ x) = Σ C(M, i)·C(N−M, n−i)/C(N, n)  over i ≥ x
//
// A shift in which somebody presses for himself stands out against the same
// counter at other times. It assumes the same public all day. The total may be
// at most ten million answers.
//
// Reference: Fisher's exact test, one-sided; R phyper.
func ContrastShifts(shifts []Sample) ([]Shift, error) {
	var all Sample
	for i, s := range shifts {
		if s.Count < 0 || s.Count > s.N || s.N > maxTrials {
			return nil, invalid("shift %d: %d of %d", i, s.Count, s.N)
		}
		all.Count += s.Count
		all.N += s.N
		if all.N > maxTrials {
			return nil, invalid("more than %d answers", maxTrials)
		}
	}
	contrasts := make([]Shift, len(shifts))
	for i, s := range shifts {
		contrasts[i].Sample = s
		if s.N == 0 || s.N == all.N {
			continue
		}
		share, others := float64(s.Count)/float64(s.N), float64(all.Count-s.Count)/float64(all.N-s.N)
		difference := share - others
		_, p := hypergeometricTails(s.Count, all.Count, s.N, all.N)
		contrasts[i].Share, contrasts[i].Others, contrasts[i].Difference, contrasts[i].P = &share, &others, &difference, &p
	}
	return contrasts, nil
}

// Anomaly names the contrast.
func (s Shift) Anomaly() Anomaly {
	return Anomaly{Name: AnomalyShift, N: s.N, Statistic: s.Difference, P: s.P}
}
