package stats

// Clustering says how alike the answers within clusters are. A nil field is not defined by the data.
type Clustering struct {
	Share           *float64 // of all answers together
	Between, Within *float64 // mean squares
	MeanSize        *float64 // n₀, the cluster size that counts in the analysis of variance
	Correlation     *float64 // between two answers of one cluster; may be negative
	DesignEffect    *float64 // of clusters of the average size
	Variance        *float64 // of Share with the clusters as units, drawn with replacement
}

// IntraclassCorrelation estimates the correlation of answers within clusters by one-way analysis
// of variance. With k successes of n answers in each of m clusters, p = k/n, N = Σn and P = Σk/N:
//
//	MSB = Σ n·(p − P)²/(m−1),  MSW = Σ n·p·(1−p)/(N−m),  n₀ = (N − Σn²/N)/(m−1)
//	ρ = (MSB − MSW)/(MSB + (n₀−1)·MSW)
//	deff = 1 + (N/m − 1)·ρ,  V = m/(m−1) · Σ n²·(p − P)²/N²
//
// Clusters without answers do not count. For planning take a negative ρ as 0. Everything is nil
// without answers; all but Share and Within with one cluster; Within, ρ and deff where no cluster
// has two answers; ρ and deff where all answers are the same.
//
// References: Donner 1986, Int Stat Rev 54:67; Kish 1965, Survey Sampling, chapter 5; R anova(lm).
func IntraclassCorrelation(successes, sizes []int64) (Clustering, error) {
	if len(successes) != len(sizes) {
		return Clustering{}, invalid("%d counts of successes for %d clusters", len(successes), len(sizes))
	}
	var m, all, squares, satisfied float64
	for i, n := range sizes {
		if err := checkCount(successes[i], n); err != nil {
			return Clustering{}, err
		}
		if n > 0 {
			m++
			all += float64(n)
			squares += float64(n) * float64(n)
			satisfied += float64(successes[i])
		}
	}
	if all == 0 {
		return Clustering{}, nil
	}
	share := satisfied / all
	var between, within, weighted float64 // sums of squares
	for i, n := range sizes {
		if n == 0 {
			continue
		}
		size := float64(n)
		p := float64(successes[i]) / size
		between += size * (p - share) * (p - share)
		within += size * p * (1 - p)
		weighted += size * size * (p - share) * (p - share)
	}
	c := Clustering{Share: &share}
	if all > m {
		c.Within = definite(within / (all - m))
	}
	if m < 2 {
		return c, nil
	}
	c.Between = definite(between / (m - 1))
	c.MeanSize = definite((all - squares/all) / (m - 1))
	c.Variance = definite(m / (m - 1) * weighted / (all * all))
	if c.Within == nil {
		return c, nil
	}
	if whole := *c.Between + (*c.MeanSize-1)**c.Within; whole > 0 {
		rho := (*c.Between - *c.Within) / whole
		c.Correlation, c.DesignEffect = definite(rho), definite(1+(all/m-1)*rho)
	}
	return c, nil
}
