package demo

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"sipas/survey"
	"sipas/survey/registry"
)

// Start is the first day with responses: the start of the two-tier local government.
const Start survey.Date = "2025-07-01"

// The defaults of [Options].
const (
	DefaultSize              = 60_000
	DefaultUntil survey.Date = "2026-10-01"
)

const communes = 120

// Options fix a province. The zero Options are a province too.
type Options struct {
	Seed  uint64
	Size  int         // responses of citizens; 0 means DefaultSize
	Until survey.Date // the first day without responses, after Start; empty means DefaultUntil
	// SelfSelection above 0 lets dissatisfied moods answer more often: the mood m
	// then has the density 2·φ(m)·Φ(−SelfSelection·m). 0 is off. The truth stays that of everybody served.
	SelfSelection float64
	Honest        bool // nothing is planted, see [Province.Planted]
}

// Province is a synthetic province. Its methods may be called from any goroutine.
type Province struct {
	options   Options
	catalogue registry.Catalogue
	parents   map[string]string // of agencies
	sites     []site
	calendar  calendar
	planted   []survey.Response // in the order of their time
	deserved  map[string]survey.Flag
}

// site is where ratings of one field come from: a point together with a field.
type site struct {
	point     *survey.Point
	field     string // empty: the citizen did not say
	busy      float64
	level     float64 // μ at the middle of the calendar
	drift     float64 // of μ, per month
	form      *form
	kiosk     bool // the point has a tablet
	procedure []string
}

// New fixes a province. It panics on a size below 0 or an Until that is not a day after Start.
func New(o Options) *Province {
	if o.Size == 0 {
		o.Size = DefaultSize
	}
	if o.Until == "" {
		o.Until = DefaultUntil
	}
	if _, err := survey.ParseDate(string(o.Until)); err != nil || o.Until <= Start || o.Size < 0 {
		panic("demo: a province needs a size and an Until after " + string(Start))
	}
	p := &Province{options: o, parents: map[string]string{}, calendar: newCalendar(o.Until)}
	var chacha [32]byte
	binary.LittleEndian.PutUint64(chacha[:], o.Seed)
	b := &builder{
		p:     p,
		rng:   rand.New(rand.NewPCG(o.Seed, 1)),
		codes: rand.NewChaCha8(chacha),
		forms: map[string]*form{},
	}
	b.build()
	p.plant()
	return p
}

// Catalogue gives the agencies, fields, procedures, points, promises and monthly
// volumes. Volumes cover the full months before Until; two communes are late with the newest one.
// The slices are the caller's own, the values in them are shared and must not be changed.
func (p *Province) Catalogue() registry.Catalogue {
	c := p.catalogue
	return registry.Catalogue{
		Agencies:   slices.Clone(c.Agencies),
		Fields:     slices.Clone(c.Fields),
		Procedures: slices.Clone(c.Procedures),
		Points:     slices.Clone(c.Points),
		Targets:    slices.Clone(c.Targets),
		Volumes:    slices.Clone(c.Volumes),
	}
}

// Size is the number of responses, planted ones included.
func (p *Province) Size() int { return p.options.Size + len(p.planted) }

// builder draws the province.
type builder struct {
	p      *Province
	rng    *rand.Rand
	codes  *rand.ChaCha8
	forms  map[string]*form
	shares map[string]float64 // chosen share by agency
	points []pointPlan
}

type pointPlan struct {
	survey.Point
	busy  float64
	kiosk bool
}

func (b *builder) build() {
	b.shares = map[string]float64{}
	b.p.catalogue.Fields = registry.DefaultFields()
	b.p.catalogue.Targets = registry.DefaultTargets()
	b.p.catalogue.Procedures = slices.Clone(procedures)
	b.agency(survey.Agency{ID: rootID, Kind: survey.KindProvince, Level: survey.LevelProvince, Name: rootName, ValidFrom: "2010-01-01"}, 0)
	b.offices()
	b.communes()
	b.sites()
	b.volumes()
}

func (b *builder) agency(a survey.Agency, share float64) {
	b.p.catalogue.Agencies = append(b.p.catalogue.Agencies, a)
	b.p.parents[a.ID] = a.Parent
	if share == 0 {
		share = b.drawShare()
	}
	b.shares[a.ID] = share
}

// drawShare draws a true share: a fifth of the agencies clearly above 90 %, a
// fifth clearly below, the others near it.
func (b *builder) drawShare() float64 {
	switch u := b.rng.Float64(); {
	case u < 0.2:
		return 0.94 + 0.035*b.rng.Float64()
	case u < 0.4:
		return 0.79 + 0.07*b.rng.Float64()
	default:
		return 0.88 + 0.045*b.rng.Float64()
	}
}

func (b *builder) point(agency string, name survey.Text, fields []string, delivery survey.Delivery, questionnaire string, busy float64, kiosk bool) {
	code, err := survey.NewPointCode(b.codes)
	if err != nil {
		panic(err) // a ChaCha8 never runs dry
	}
	if fields == nil {
		fields = []string{}
	}
	b.points = append(b.points, pointPlan{
		Point: survey.Point{Code: code, Agency: agency, Name: name, Fields: fields, Delivery: delivery, Questionnaire: questionnaire},
		busy:  busy, kiosk: kiosk,
	})
}

func (b *builder) offices() {
	for _, o := range offices {
		a := survey.Agency{ID: o.id, Parent: cmp.Or(o.parent, rootID), Kind: o.kind, Level: survey.LevelProvince,
			Name: o.name, Sector: o.sector, ValidFrom: "2025-03-01"}
		b.agency(a, o.share)
		if o.id == "trung-tam-phuc-vu-hanh-chinh-cong" {
			for _, d := range centreDesks {
				b.point(o.id, d.name, d.fields, survey.DeliveryCounter, d.form, d.busy, true)
			}
			b.point(o.id, text("Trả kết quả qua bưu chính", "Results by post"), []string{"dat-dai", "ho-tich", "tu-phap"}, survey.DeliveryPost, "quick", 1, false)
			continue
		}
		desk := text("Bộ phận Một cửa", "One-stop desk")
		if o.kind == survey.KindProvider {
			desk = text("Khu vực đón tiếp", "Reception")
		}
		b.point(o.id, desk, o.fields, survey.DeliveryCounter, o.form, o.busy*0.7, o.busy >= 1)
		if o.online {
			b.point(o.id, text("Dịch vụ công trực tuyến", "Online services"), o.fields, survey.DeliveryOnline, "short", o.busy*0.3, false)
		}
	}
}

func (b *builder) communes() {
	var names []string
	for _, first := range firstSyllables {
		for _, second := range secondSyllables {
			names = append(names, first+" "+second)
		}
	}
	b.rng.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	ids := make([]string, communes)
	for i := range communes {
		vi, en := "Xã", "commune"
		busy := 0.35 + 0.9*b.rng.ExpFloat64()
		fields := []string{"ho-tich", "chung-thuc", "dat-dai", "bao-tro-xa-hoi", "nong-nghiep"}
		switch {
		case i < 28:
			vi, en = "Phường", "ward"
			busy += 1.2
			fields = []string{"ho-tich", "chung-thuc", "dat-dai", "bao-tro-xa-hoi", "dang-ky-kinh-doanh", "xay-dung"}
		case i == 28:
			vi, en = "Đặc khu", "special zone"
			fields = append(fields, "van-hoa")
		}
		name := text(vi+" "+names[i], names[i]+" "+en)
		ids[i] = slug(vi + " " + names[i])
		b.agency(survey.Agency{ID: ids[i], Parent: rootID, Kind: survey.KindCommune, Level: survey.LevelCommune, Name: name, ValidFrom: Start}, 0)
		questionnaire := "quick"
		switch i % 12 {
		case 3:
			questionnaire = "full"
		case 7:
			questionnaire = "short"
		}
		b.point(ids[i], text("Trung tâm Phục vụ hành chính công "+strings.ToLower(vi), "Public administration service centre"),
			fields, survey.DeliveryCounter, questionnaire, busy*0.7, i%3 != 2)
		if i%4 == 0 {
			b.point(ids[i], text("Quầy chứng thực", "Certification desk"), []string{"chung-thuc"}, survey.DeliveryCounter, "quick", busy*0.25, false)
		}
		if i%3 == 0 {
			b.point(ids[i], text("Nộp hồ sơ trực tuyến", "Online filing"), []string{"ho-tich", "chung-thuc", "dat-dai"}, survey.DeliveryOnline, "quick", busy*0.2, false)
		}
		if i%10 == 5 {
			b.point(ids[i], text("Bàn hướng dẫn", "Help desk"), nil, survey.DeliveryCounter, "quick", busy*0.15, false)
		}
	}
	// The districts went on 30 June 2025; their work went to the communes.
	each := communes / len(districts)
	for i, d := range districts {
		name := "Huyện " + d
		b.agency(survey.Agency{ID: slug(name), Parent: rootID, Kind: survey.KindDistrict, Level: survey.LevelDistrict,
			Name: text(name, d+" district"), ValidFrom: "2010-01-01", ValidTo: Start.AddDays(-1),
			Successors: slices.Sorted(slices.Values(ids[i*each : (i+1)*each]))}, 0)
	}
}

// fieldShift moves μ for a field.
var fieldShift = map[string]float64{
	"dat-dai": -0.27, "xay-dung": -0.2, "dau-tu": -0.12, "moi-truong": -0.05, "ho-tich": 0.12, "chung-thuc": 0.2,
	"bao-tro-xa-hoi": 0.03, "dang-ky-kinh-doanh": 0.08, "giao-thong": -0.05, "cu-tru": 0.1, "y-te": -0.05, "thue": -0.02,
}

// fieldBusy is how often a field is asked for, against the usual 1.
var fieldBusy = map[string]float64{
	"dat-dai": 2, "ho-tich": 1.8, "chung-thuc": 2.5, "cu-tru": 2, "dang-ky-kinh-doanh": 1.3, "nong-nghiep": 0.5, "dau-tu": 0.5, "moi-truong": 0.4,
}

const (
	onlineShift  = 0.1
	unknownShift = -0.08
	unknownShare = 0.06 // of ratings at a point with several fields: the citizen does not choose
)

func (b *builder) sites() {
	p := b.p
	p.catalogue.Points = make([]survey.Point, len(b.points))
	ofField := map[string][]string{}
	for _, proc := range procedures {
		ofField[proc.Field] = append(ofField[proc.Field], proc.ID)
	}
	byAgency := map[string][]int{}
	var agencies []string
	for i, plan := range b.points {
		p.catalogue.Points[i] = plan.Point
		point := &p.catalogue.Points[i]
		fields := map[string]float64{}
		total := 0.0
		for _, f := range point.Fields {
			fields[f] = cmp.Or(fieldBusy[f], 1)
			total += fields[f]
		}
		list := slices.Clone(point.Fields)
		if len(point.Fields) != 1 {
			list = append(list, "")
			fields[""] = 1
			if len(point.Fields) > 1 {
				fields[""] = total * unknownShare / (1 - unknownShare)
				total += fields[""]
			} else {
				total = 1
			}
		}
		for _, f := range list {
			s := site{point: point, field: f, busy: plan.busy * fields[f] / total, form: b.form(point.Questionnaire), kiosk: plan.kiosk, procedure: ofField[f]}
			s.level = fieldShift[f]
			if f == "" {
				s.level = unknownShift
			}
			if point.Delivery == survey.DeliveryOnline {
				s.level += onlineShift
			}
			if byAgency[point.Agency] == nil {
				agencies = append(agencies, point.Agency)
			}
			byAgency[point.Agency] = append(byAgency[point.Agency], len(p.sites))
			p.sites = append(p.sites, s)
		}
	}
	for _, a := range agencies {
		base := p.solve(byAgency[a], b.shares[a])
		drift := 0.012 * b.rng.NormFloat64()
		for _, i := range byAgency[a] {
			p.sites[i].level += base
			p.sites[i].drift = drift
		}
	}
}

func (b *builder) form(id string) *form {
	if b.forms[id] == nil {
		b.forms[id] = newForm(id)
	}
	return b.forms[id]
}

// volumes draws the monthly sheets: the expected ratings over a response rate of
// the agency's own, between 6 and 25 %.
func (b *builder) volumes() {
	p := b.p
	byAgency := map[string][]*site{}
	for i := range p.sites {
		if s := &p.sites[i]; s.field != "" {
			byAgency[s.point.Agency] = append(byAgency[s.point.Agency], s)
		}
	}
	var whole []calendarMonth
	var names []survey.Month
	month := Start.Month()
	total := 0.0
	for _, m := range p.calendar.months(survey.Period{}) {
		for i := range p.sites {
			total += m.mass(&p.sites[i])
		}
		if month.Next().First() <= p.options.Until {
			whole, names = append(whole, m), append(names, month)
		}
		month = month.Next()
	}
	late := 0
	for _, a := range p.catalogue.Agencies {
		sites := byAgency[a.ID]
		if sites == nil {
			continue
		}
		rate := 0.06 + 0.19*b.rng.Float64()
		noise := rand.New(rand.NewPCG(p.options.Seed, b.rng.Uint64()))
		months := len(whole)
		if a.Kind == survey.KindCommune && late < 2 {
			late++
			months--
		}
		for i := range max(months, 0) {
			expected := map[string]float64{}
			for _, s := range sites {
				expected[s.field] += float64(p.options.Size) * whole[i].mass(s) / total
			}
			files := map[string]int64{}
			for _, f := range slices.Sorted(maps.Keys(expected)) {
				files[f] = 5 + int64(expected[f]/rate*(0.85+0.3*noise.Float64()))
			}
			p.catalogue.Volumes = append(p.catalogue.Volumes, survey.Volume{Agency: a.ID, Month: names[i], Files: files})
		}
	}
}

// slug writes a name as an id: "Phường Hòa Lạc" is phuong-hoa-lac.
func slug(name string) string { return strings.ReplaceAll(registry.Fold(name), " ", "-") }
