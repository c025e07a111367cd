package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// OrdinalLogit is a fitted proportional-odds model.
type OrdinalLogit struct {
	N            float64       // Σ weights
	Levels       []int         // the levels answered, ascending
	Thresholds   []Coefficient // between one level and the next; nil where not estimable
	Coefficients []Coefficient // one a predictor; nil where not estimable
	LogLik       *float64
	Failure      FitFailure // why there are no estimates; empty where there are
}

// Coefficient is an estimate on the log-odds scale with its Wald test.
type Coefficient struct {
	Value, SE float64
	Z, P      float64 // Value/SE; two-sided, of a coefficient of zero
}

// FitFailure says why a model has no estimates.
type FitFailure string

// The failures.
const (
	OneLevel        FitFailure = "one_level"     // everybody answered alike, or nobody
	PredictorsAlike FitFailure = "collinear"     // a predictor is constant or a combination of others
	Separation      FitFailure = "separation"    // a predictor parts the levels: the likelihood has no maximum
	NotConverged    FitFailure = "not_converged" // no maximum within the iterations
)

// separated is the coefficient on the log-odds scale from which the levels
// count as parted; ten million to one is no finding of a survey.
const separated = 15

// maxLevels bounds the number of thresholds.
const maxLevels = 100

// FitOrdinalLogit fits, by maximum likelihood, how levels depend on predictors
// (one column each, complete cases):
//
//	logit P(Y ≤ j) = ζⱼ − x′β
//
// A positive β makes higher levels more likely, by the same odds at every
// threshold: that is the assumption, beside independent cases. weights are
// frequencies, all 1 where nil; cases of weight 0 are left out. Levels nobody
// answered are merged with their neighbours. Newton steps with the analytic
// Hessian, halved until the likelihood rises, go to full precision; standard
// errors are those of the observed information. Where the maximum does not exist
// Failure says why.
//
// References: McCullagh 1980, JRSS-B 42:109; Pratt 1981, JASA 76:103 (concavity);
// R MASS::polr, ordinal::clm.
func FitOrdinalLogit(levels []int, predictors [][]float64, weights []float64) (OrdinalLogit, error) {
	if len(predictors) > maxPredictors {
		return OrdinalLogit{}, invalid("%d predictors", len(predictors))
	}
	for _, column := range predictors {
		if len(column) != len(levels) {
			return OrdinalLogit{}, invalid("%d values with %d levels", len(column), len(levels))
		}
		if err := checkNumbers("predictor", column...); err != nil {
			return OrdinalLogit{}, err
		}
	}
	if weights != nil && len(weights) != len(levels) {
		return OrdinalLogit{}, invalid("%d weights with %d levels", len(weights), len(levels))
	}
	f := ordinalFit{}
	for i := range levels {
		weight := 1.0
		if weights != nil {
			weight = weights[i]
		}
		if !(weight >= 0 && weight <= 1e15) {
			return OrdinalLogit{}, invalid("weight %v", weight)
		}
		if weight > 0 {
			f.levels, f.weights = append(f.levels, levels[i]), append(f.weights, weight)
			row := make([]float64, len(predictors))
			for j, column := range predictors {
				row[j] = column[i]
			}
			f.rows = append(f.rows, row)
		}
	}
	return f.fit(len(predictors))
}

// ordinalFit holds the cases of a fit; levels become their ranks and rows are
// brought to mean 0 and deviation 1, which leaves the likelihood as it is.
type ordinalFit struct {
	levels         []int
	weights        []float64
	rows           [][]float64
	means, scales  []float64
	gaps           []float64 // smallest difference between values of a predictor
	thresholds     int
	parameters     []float64 // ζ, then β
	logLik         float64
	gradient       []float64
	information    *mat.SymDense
	decomposed     mat.Cholesky
	sumOfWeights   float64
	levelsAnswered []int
}

const (
	maxNewton  = 100
	convergent = 1e-14 // squared length of a Newton step in standard errors
)

func (f *ordinalFit) fit(predictors int) (OrdinalLogit, error) {
	f.rank()
	result := OrdinalLogit{N: f.sumOfWeights, Levels: f.levelsAnswered}
	if len(f.levelsAnswered) > maxLevels {
		return OrdinalLogit{}, invalid("%d levels", len(f.levelsAnswered))
	}
	if len(f.levelsAnswered) < 2 {
		result.Failure = OneLevel
		return result, nil
	}
	if !f.standardize(predictors) {
		result.Failure = PredictorsAlike
		return result, nil
	}
	result.Failure = f.climb()
	if result.Failure == "" {
		logLik := f.logLik
		result.LogLik = &logLik
		result.Thresholds, result.Coefficients = f.coefficients()
	}
	return result, nil
}

// rank replaces levels by their rank among those answered.
func (f *ordinalFit) rank() {
	for _, w := range f.weights {
		f.sumOfWeights += w
	}
	f.levelsAnswered = slices.Compact(slices.Sorted(slices.Values(f.levels)))
	for i, level := range f.levels {
		f.levels[i], _ = slices.BinarySearch(f.levelsAnswered, level)
	}
	f.thresholds = len(f.levelsAnswered) - 1
}

// standardize is not ok where a predictor is constant.
func (f *ordinalFit) standardize(predictors int) bool {
	f.means, f.scales, f.gaps = make([]float64, predictors), make([]float64, predictors), make([]float64, predictors)
	for j := range predictors {
		values := make([]float64, len(f.rows))
		var sum, squares float64
		for i, row := range f.rows {
			values[i] = row[j]
			sum += f.weights[i] * row[j]
		}
		f.means[j] = sum / f.sumOfWeights
		for i, x := range values {
			squares += f.weights[i] * (x - f.means[j]) * (x - f.means[j])
		}
		f.scales[j] = math.Sqrt(squares / f.sumOfWeights)
		values = slices.Compact(slices.Sorted(slices.Values(values)))
		if len(values) < 2 || !(f.scales[j] > 0) {
			return false
		}
		f.gaps[j] = math.Inf(1)
		for i, x := range values[1:] {
			f.gaps[j] = math.Min(f.gaps[j], x-values[i])
		}
		for _, row := range f.rows {
			row[j] = (row[j] - f.means[j]) / f.scales[j]
		}
	}
	return true
}

// climb goes up the likelihood, which is concave, to its maximum.
func (f *ordinalFit) climb() FitFailure {
	f.parameters = f.start()
	f.evaluate(f.parameters)
	for range maxNewton {
		if !f.decompose() {
			return PredictorsAlike
		}
		n := len(f.parameters)
		var step mat.VecDense
		if err := f.decomposed.SolveVecTo(&step, mat.NewVecDense(n, f.gradient)); err != nil {
			return PredictorsAlike
		}
		decrement := mat.Dot(&step, mat.NewVecDense(n, f.gradient))
		from, before := slices.Clone(f.parameters), f.logLik
		length := 1.0
		for ; length > 1e-10; length /= 2 {
			for i := range from {
				f.parameters[i] = from[i] + length*step.AtVec(i)
			}
			// Close to the maximum rounding decides; there the whole step is taken.
			if f.evaluate(f.parameters) && (f.logLik >= before || decrement < 1e-9*math.Max(1, math.Abs(before))) {
				break
			}
		}
		if length <= 1e-10 {
			return NotConverged
		}
		for j, scale := range f.scales {
			beta := math.Abs(f.parameters[f.thresholds+j]) / scale
			if beta*math.Max(scale, f.gaps[j]) > separated {
				return Separation
			}
		}
		if decrement < convergent {
			if !f.decompose() {
				return PredictorsAlike
			}
			return ""
		}
	}
	return NotConverged
}

// start has the thresholds of a model without predictors.
func (f *ordinalFit) start() []float64 {
	counts := make([]float64, f.thresholds+1)
	for i, level := range f.levels {
		counts[level] += f.weights[i]
	}
	parameters := make([]float64, f.thresholds+len(f.scales))
	var below float64
	for j := range f.thresholds {
		below += counts[j]
		parameters[j] = math.Log(below / (f.sumOfWeights - below))
	}
	return parameters
}

// evaluate computes likelihood, gradient and information; not ok where the
// thresholds are out of order or a case has become impossible.
func (f *ordinalFit) evaluate(parameters []float64) bool {
	n := len(parameters)
	zeta, beta := parameters[:f.thresholds], parameters[f.thresholds:]
	for j := range zeta[1:] {
		if !(zeta[j] < zeta[j+1]) {
			return false
		}
	}
	logLik, gradient, information := 0.0, make([]float64, n), mat.NewSymDense(n, nil)
	add := func(i, j int, x float64) { information.SetSym(i, j, information.At(i, j)+x) }
	for i, row := range f.rows {
		var eta float64
		for k, x := range row {
			eta += x * beta[k]
		}
		level, weight := f.levels[i], f.weights[i]
		// Distribution and density at the upper and the lower threshold of the level.
		upper, lower := math.Inf(1), math.Inf(-1)
		if level < f.thresholds {
			upper = zeta[level] - eta
		}
		if level > 0 {
			lower = zeta[level-1] - eta
		}
		distUpper, distLower := expit(upper), expit(lower)
		densUpper, densLower := distUpper*expit(-upper), distLower*expit(-lower)
		probability := distUpper - distLower
		if lower > 0 {
			probability = expit(-lower) - expit(-upper)
		}
		if !(probability > 0) {
			return false
		}
		logLik += weight * math.Log(probability)
		slope := distUpper + distLower - 1
		for k, x := range row {
			gradient[f.thresholds+k] += weight * slope * x
			for l := range k + 1 {
				add(f.thresholds+k, f.thresholds+l, weight*(densUpper+densLower)*x*row[l])
			}
		}
		if level < f.thresholds {
			ratio := densUpper / probability
			gradient[level] += weight * ratio
			add(level, level, weight*ratio*(ratio-(1-2*distUpper)))
			for k, x := range row {
				add(level, f.thresholds+k, -weight*densUpper*x)
			}
		}
		if level > 0 {
			ratio := densLower / probability
			gradient[level-1] -= weight * ratio
			add(level-1, level-1, weight*ratio*(ratio+(1-2*distLower)))
			for k, x := range row {
				add(level-1, f.thresholds+k, -weight*densLower*x)
			}
			if level < f.thresholds {
				add(level-1, level, -weight*ratio*densUpper/probability)
			}
		}
	}
	f.logLik, f.gradient, f.information = logLik, gradient, information
	return true
}

// decompose is not ok where the information is singular.
func (f *ordinalFit) decompose() bool {
	return f.decomposed.Factorize(f.information) && f.decomposed.Cond() < 1/singular
}

// coefficients are brought back to the predictors' own means and scales.
func (f *ordinalFit) coefficients() (thresholds, coefficients []Coefficient) {
	n := len(f.parameters)
	covariance := mat.NewSymDense(n, nil)
	// The condition was checked when the information was decomposed.
	_ = f.decomposed.InverseTo(covariance)
	estimate := func(combination []float64) Coefficient {
		v := mat.NewVecDense(n, combination)
		value, se := mat.Dot(v, mat.NewVecDense(n, f.parameters)), math.Sqrt(mat.Inner(v, covariance, v))
		return Coefficient{Value: value, SE: se, Z: value / se, P: math.Min(1, 2*normalUpper(math.Abs(value/se)))}
	}
	for j := range f.thresholds {
		combination := make([]float64, n)
		combination[j] = 1
		for k := range f.scales {
			combination[f.thresholds+k] = f.means[k] / f.scales[k]
		}
		thresholds = append(thresholds, estimate(combination))
	}
	for k := range f.scales {
		combination := make([]float64, n)
		combination[f.thresholds+k] = 1 / f.scales[k]
		coefficients = append(coefficients, estimate(combination))
	}
	return thresholds, coefficients
}
