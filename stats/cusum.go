package stats

import "math"

// EWMA is an exponentially weighted moving average and its control limits, one for each value.
type EWMA struct {
	Average, Lower, Upper []float64
	Outside               []bool
	Signals               []Signal
}

// MovingAverage charts a series by its exponentially weighted moving average:
//
//	z₀ = μ,  zᵢ = λ·xᵢ + (1−λ)·zᵢ₋₁
//	limits μ ∓ L·σ·√(λ/(2−λ)·(1−(1−λ)^(2i)))
//
// center μ and sigma σ come from a baseline that is over; a phase is a series of
// its own. It assumes independent values of one spread; give it shares as z
// scores. One Signal is made of each stretch beyond a limit, Value and Limit
// being those of its first point.
//
// References: Roberts 1959, Technometrics 1:239; Montgomery ch. 9; R qcc ewma.
func MovingAverage(values []float64, center, sigma, lambda, width float64) (EWMA, error) {
	if err := checkSeries(values, center, sigma); err != nil {
		return EWMA{}, err
	}
	if !(lambda > 0 && lambda <= 1) {
		return EWMA{}, invalid("weight λ %v is not above 0 and at most 1", lambda)
	}
	if !(width > 0 && width <= magnitudeLimit) {
		return EWMA{}, invalid("limits of %v standard deviations", width)
	}
	var chart EWMA
	average := center
	var stretch *Signal
	for i, x := range values {
		average = lambda*x + (1-lambda)*average
		// 1−(1−λ)^(2i) by way of logarithms keeps its digits for small λ.
		grown := 1.0
		if lambda < 1 {
			grown = -math.Expm1(2 * float64(i+1) * math.Log1p(-lambda))
		}
		half := width * sigma * math.Sqrt(lambda/(2-lambda)*grown)
		lower, upper := center-half, center+half
		outside := average < lower || average > upper
		chart.Average = append(chart.Average, average)
		chart.Lower, chart.Upper = append(chart.Lower, lower), append(chart.Upper, upper)
		chart.Outside = append(chart.Outside, outside)
		side, limit := High, upper
		if average < lower {
			side, limit = Low, lower
		}
		switch {
		case !outside:
			stretch = nil
		case stretch != nil && stretch.Side == side:
			stretch.To = i
		default:
			chart.Signals = append(chart.Signals, Signal{Chart: EWMAChart, Rule: OutsideLimits, Side: side, From: i, To: i, Value: average, Limit: limit})
			stretch = &chart.Signals[len(chart.Signals)-1]
		}
	}
	return chart, nil
}

// CUSUM holds the cumulative sums after each value.
type CUSUM struct {
	High, Low []float64 // of what lies above and below; Low is nil where only one side is watched and High where only the other
	Beyond    []bool    // a sum has reached its decision interval
	Signals   []Signal
}

// CumulativeSums charts a series by its tabular cumulative sums. With
// y = (x−μ)/σ, allowance k and decision interval h:
//
//	C⁺ᵢ = max(0, C⁺ᵢ₋₁ + y − k),  C⁻ᵢ = max(0, C⁻ᵢ₋₁ − y − k),  signal if > h
//
// center and sigma come from a baseline that is over; a phase is a series of its
// own. It assumes independent values of one spread. The sums go on after a
// signal. One Signal is made of each excursion: From is the point after the sum
// last stood at zero, where the change is likely to have begun, To the point at
// which it passed h. [CUSUMRunLength] helps to choose h.
//
// References: Page 1954, Biometrika 41:100; Montgomery ch. 9; R qcc cusum.
func CumulativeSums(values []float64, center, sigma, allowance, interval float64) (CUSUM, error) {
	if err := checkSeries(values, center, sigma); err != nil {
		return CUSUM{}, err
	}
	if !(allowance >= 0 && allowance <= magnitudeLimit) {
		return CUSUM{}, invalid("allowance %v", allowance)
	}
	if !(interval > 0 && interval <= magnitudeLimit) {
		return CUSUM{}, invalid("decision interval %v", interval)
	}
	beyond := func(sum float64) bool { return sum > interval }
	high := cumulation{signal: Signal{Chart: CUSUMChart, Side: High, Limit: interval}, beyond: beyond}
	low := cumulation{signal: Signal{Chart: CUSUMChart, Side: Low, Limit: interval}, beyond: beyond}
	var chart CUSUM
	for _, x := range values {
		y := (x - center) / sigma
		above := high.add(y-allowance, &chart.Signals)
		below := low.add(-y-allowance, &chart.Signals)
		chart.High, chart.Low = append(chart.High, high.sum), append(chart.Low, low.sum)
		chart.Beyond = append(chart.Beyond, above || below)
	}
	return chart, nil
}

// BinomialCUSUM watches a share for a change from usual to changed by the
// cumulative log-likelihood ratio, where x of n succeed:
//
//	Sᵢ = max(0, Sᵢ₋₁ + x·ln(p₁/p₀) + (n−x)·ln((1−p₁)/(1−p₀))),  signal if ≥ h
//
// It is Low for p₁ < p₀ and High for p₁ > p₀; the sum stands in the slice of that
// name. Samples of single answers (n = 1) give the Bernoulli chart, the one for
// few answers a day. It assumes independent answers; a phase is a series of its
// own. The sum goes on after a signal; From and To as in [CumulativeSums].
//
// References: Page 1954; Reynolds and Stoumbos 1999, J Qual Technol 31:87.
func BinomialCUSUM(samples []Sample, usual, changed, interval float64) (CUSUM, error) {
	for _, p := range []float64{usual, changed} {
		if !(p > 0 && p < 1) {
			return CUSUM{}, invalid("share %v is not between 0 and 1", p)
		}
	}
	if usual == changed {
		return CUSUM{}, invalid("the usual and the changed share are both %v", usual)
	}
	if !(interval > 0 && interval <= magnitudeLimit) {
		return CUSUM{}, invalid("decision interval %v", interval)
	}
	side := Low
	if changed > usual {
		side = High
	}
	success, failure := math.Log(changed)-math.Log(usual), math.Log1p(-changed)-math.Log1p(-usual)
	line := cumulation{
		signal: Signal{Chart: BinomialCUSUMChart, Side: side, Limit: interval},
		beyond: func(sum float64) bool { return sum >= interval },
	}
	var chart CUSUM
	var sums []float64
	for i, s := range samples {
		if s.Count < 0 || s.Count > s.N {
			return CUSUM{}, invalid("sample %d: %d of %d", i, s.Count, s.N)
		}
		beyond := line.add(float64(s.Count)*success+float64(s.N-s.Count)*failure, &chart.Signals)
		sums, chart.Beyond = append(sums, line.sum), append(chart.Beyond, beyond)
	}
	if side == High {
		chart.High = sums
	} else {
		chart.Low = sums
	}
	return chart, nil
}

// cumulation is one cumulative sum that starts again from zero.
type cumulation struct {
	sum     float64
	signal  Signal // chart, side and limit of the signals it gives
	beyond  func(sum float64) bool
	next    int // index of the value to come
	since   int // the value after the sum last stood at zero
	alarmed bool
}

// add takes the next value in and reports whether the sum is beyond its interval.
func (c *cumulation) add(x float64, signals *[]Signal) bool {
	i := c.next
	c.next++
	c.sum = math.Max(0, c.sum+x)
	if c.sum == 0 {
		c.since, c.alarmed = i+1, false
		return false
	}
	if !c.beyond(c.sum) {
		return false
	}
	if !c.alarmed {
		c.alarmed = true
		s := c.signal
		s.Rule, s.From, s.To, s.Value = DecisionInterval, c.since, i, c.sum
		*signals = append(*signals, s)
	}
	return true
}

func checkSeries(values []float64, center, sigma float64) error {
	if err := checkNumbers("centre", center); err != nil {
		return err
	}
	if !(sigma >= 1/magnitudeLimit && sigma <= magnitudeLimit) {
		return invalid("standard deviation %v", sigma)
	}
	return checkNumbers("value", values...)
}
