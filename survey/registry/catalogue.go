package registry

import (
	"context"
	"slices"

	"sipas/survey"
)

// The writes below share their errors: forbidden, invalid with every field error
// at once, conflict (exists, rev), not_found, unavailable. Ids cannot be changed:
// they say which document is meant. Nothing is ever deleted; what is over is closed.

// lockTree makes the caller the only one in this process that writes agencies,
// with the tree as the audit log of all nodes has it. What it checks then holds when it writes,
// so that two moves cannot put two agencies below each other; between nodes, moves at the very
// same moment still can, and Snapshot shows them behind the rest. The caller calls unlock; the error is unavailable.
func (r *Registry) lockTree(ctx context.Context) (unlock func(), err error) {
	r.treeMu.Lock()
	if err := r.Refresh(ctx); err != nil {
		r.treeMu.Unlock()
		return nil, err
	}
	return r.treeMu.Unlock, nil
}

// CreateAgency adds an agency. Right: catalogue, over the parent.
func (r *Registry) CreateAgency(ctx context.Context, actor survey.Actor, a survey.Agency) (survey.Agency, error) {
	a = cleanAgency(a)
	if err := r.Permit(actor, survey.RightCatalogue, a.Parent); err != nil {
		return survey.Agency{}, err
	}
	unlock, err := r.lockTree(ctx)
	if err != nil {
		return survey.Agency{}, err
	}
	defer unlock()
	act := Act{Actor: actor, Right: survey.RightCatalogue, Agency: a.Parent, Collection: CollectionAgencies}
	return create(ctx, r, act, r.store.Agencies(), a, func(a survey.Agency) problems {
		return r.Snapshot().checkAgency(a, nil, r.today())
	})
}

// UpdateAgency changes an agency: rename it, move it, end it on a last day with
// the successors that took its work over, let it go on. Points and agencies below stay as they are:
// ratings of days after the last one are refused by the day alone.
// Right: catalogue, over the agency and over its new parent.
func (r *Registry) UpdateAgency(ctx context.Context, actor survey.Actor, a survey.Agency) (survey.Agency, error) {
	a = cleanAgency(a)
	if err := r.Permit(actor, survey.RightCatalogue, a.ID); err != nil {
		return survey.Agency{}, err
	}
	unlock, err := r.lockTree(ctx)
	if err != nil {
		return survey.Agency{}, err
	}
	defer unlock()
	if a.Parent != "" {
		if err := r.Permit(actor, survey.RightCatalogue, a.Parent); err != nil {
			return survey.Agency{}, err
		}
	}
	act := Act{Actor: actor, Right: survey.RightCatalogue, Agency: a.ID, Collection: CollectionAgencies}
	return update(ctx, r, act, r.store.Agencies(), a, func(stored survey.Agency) (problems, bool) {
		return r.Snapshot().checkAgency(a, &stored, r.today()), stored.ValidTo == "" && a.ValidTo != ""
	})
}

// CreateField adds a field. Right: catalogue, over the whole province.
func (r *Registry) CreateField(ctx context.Context, actor survey.Actor, f survey.Field) (survey.Field, error) {
	act := Act{Actor: actor, Right: survey.RightCatalogue, Collection: CollectionFields}
	return create(ctx, r, act, r.store.Fields(), cleanField(f), r.Snapshot().checkField)
}

// UpdateField changes a field. Right: catalogue, over the whole province.
func (r *Registry) UpdateField(ctx context.Context, actor survey.Actor, f survey.Field) (survey.Field, error) {
	f = cleanField(f)
	act := Act{Actor: actor, Right: survey.RightCatalogue, Collection: CollectionFields}
	return update(ctx, r, act, r.store.Fields(), f, func(stored survey.Field) (problems, bool) {
		return r.Snapshot().checkField(f), !stored.Closed && f.Closed
	})
}

// CreateProcedure adds a procedure. Right: catalogue, over the whole province.
func (r *Registry) CreateProcedure(ctx context.Context, actor survey.Actor, p survey.Procedure) (survey.Procedure, error) {
	act := Act{Actor: actor, Right: survey.RightCatalogue, Collection: CollectionProcedures}
	return create(ctx, r, act, r.store.Procedures(), cleanProcedure(p), func(p survey.Procedure) problems {
		return r.Snapshot().checkProcedure(p, nil, r.today())
	})
}

// UpdateProcedure changes a procedure, but not its field: responses name both. Right: catalogue, over the whole province.
func (r *Registry) UpdateProcedure(ctx context.Context, actor survey.Actor, p survey.Procedure) (survey.Procedure, error) {
	p = cleanProcedure(p)
	act := Act{Actor: actor, Right: survey.RightCatalogue, Collection: CollectionProcedures}
	return update(ctx, r, act, r.store.Procedures(), p, func(stored survey.Procedure) (problems, bool) {
		return r.Snapshot().checkProcedure(p, &stored, r.today()), !stored.Closed && p.Closed
	})
}

// CreatePoint adds a service point under a code it draws; a code given is
// ignored. Right: points, over the agency, which must not have ended.
func (r *Registry) CreatePoint(ctx context.Context, actor survey.Actor, p survey.Point) (survey.Point, error) {
	p = cleanPoint(p)
	p.FormerFields, p.PublicCode, p.FormerCodes, p.Reprint = nil, "", nil, false
	act := Act{Actor: actor, Right: survey.RightPoints, Agency: p.Agency, Collection: CollectionPoints}
	check := func(p survey.Point) problems { return r.Snapshot().checkPoint(p, nil, r.today()) }
	for {
		code, err := r.newPointCode()
		if err != nil {
			return survey.Point{}, err
		}
		p.Code = code
		stored, err := create(ctx, r, act, r.store.Points(), p, check)
		if !survey.IsCode(err, survey.CodeConflict) {
			return stored, err
		}
		// Of 2^45 codes this one is taken: draw another.
	}
}

// UpdatePoint changes a service point: rename it, change its fields or its form,
// close it, open it again. Its agency cannot change: moving is a new point and the old one closed.
// FormerFields and everything about its public code are kept by the server; what is given is ignored.
// Right: points, over the agency.
func (r *Registry) UpdatePoint(ctx context.Context, actor survey.Actor, p survey.Point) (survey.Point, error) {
	p = cleanPoint(p)
	stored, err := r.store.Points().Find(ctx, p.Code)
	if err != nil {
		return survey.Point{}, err
	}
	act := Act{Actor: actor, Right: survey.RightPoints, Agency: stored.Agency, Collection: CollectionPoints}
	if err := r.Permit(actor, act.Right, act.Agency); err != nil {
		return survey.Point{}, err
	}
	// What is taken over below is that of the revision.
	if stored, err = current(ctx, r, r.store.Points(), p); err != nil {
		return survey.Point{}, err
	}
	p.PublicCode, p.FormerCodes, p.Reprint = stored.PublicCode, stored.FormerCodes, stored.Reprint
	p.FormerFields = nil
	for _, field := range slices.Concat(stored.FormerFields, stored.Fields) {
		if !p.Offered(field) {
			p.FormerFields = append(p.FormerFields, field)
		}
	}
	return update(ctx, r, act, r.store.Points(), p, func(stored survey.Point) (problems, bool) {
		return r.Snapshot().checkPoint(p, &stored, r.today()), stored.Closed == "" && p.Closed != ""
	})
}

// newPointCode draws a code that no point has or ever had, as this node knows
// them. Nodes that draw within the two seconds that news take could draw alike, once in 2^45 times.
func (r *Registry) newPointCode() (string, error) {
	for {
		code, err := survey.NewPointCode(r.random)
		if err != nil {
			return "", err
		}
		if _, taken := r.Snapshot().Point(code); !taken {
			return code, nil
		}
	}
}

// Days for which a replaced code can be honoured.
const (
	DefaultGraceDays = 30
	MaxGraceDays     = 365
)

// ReplaceCode gives a point another public code, which is good at once, and
// honours the one before for so many days from today on; with 0 it ends now. The point stays the same: its
// ratings, results and kiosks do not notice. It has to be printed again until NotePrinted says so.
// Invalid outside of 0 to MaxGraceDays, at path graceDays. Right: points, over the agency.
func (r *Registry) ReplaceCode(ctx context.Context, actor survey.Actor, code string, rev int64, graceDays int) (survey.Point, error) {
	return r.changeCode(ctx, actor, code, rev, survey.ActionRecode, func(p *survey.Point) error {
		if graceDays < 0 || graceDays > MaxGraceDays {
			return &survey.Error{Code: survey.CodeInvalid, Message: "the days of grace are out of bounds", Fields: []survey.FieldError{
				{Path: "graceDays", Reason: survey.ReasonRange, Params: map[string]any{"min": 0, "max": MaxGraceDays}}}}
		}
		fresh, err := r.newPointCode()
		if err != nil {
			return err
		}
		p.FormerCodes = append(slices.Clone(p.FormerCodes), survey.FormerCode{Code: p.Public(), Ends: r.today().AddDays(graceDays)})
		p.PublicCode, p.Reprint = fresh, true
		return nil
	})
}

// NotePrinted takes down that the sheets at the point were changed for new ones.
// Right: points, over the agency.
func (r *Registry) NotePrinted(ctx context.Context, actor survey.Actor, code string, rev int64) (survey.Point, error) {
	return r.changeCode(ctx, actor, code, rev, survey.ActionUpdate, func(p *survey.Point) error {
		p.Reprint = false
		return nil
	})
}

// changeCode changes what a point, given by its own code, keeps about its public one.
func (r *Registry) changeCode(ctx context.Context, actor survey.Actor, code string, rev int64, action survey.AuditAction,
	change func(*survey.Point) error) (survey.Point, error) {
	stored, err := r.store.Points().Find(ctx, code)
	if err != nil {
		return survey.Point{}, err
	}
	act := Act{Actor: actor, Right: survey.RightPoints, Agency: stored.Agency, Collection: CollectionPoints, Action: action}
	if err := r.Permit(actor, act.Right, act.Agency); err != nil {
		return survey.Point{}, err
	}
	asked := survey.Point{Code: code, Versioned: survey.Versioned{Rev: rev}}
	point, err := current(ctx, r, r.store.Points(), asked)
	if err != nil {
		return survey.Point{}, err
	}
	if err := change(&point); err != nil {
		return survey.Point{}, err
	}
	return Update(ctx, r, act, r.store.Points(), point)
}

// CreateTarget adds a target. Right: catalogue, over the whole province.
func (r *Registry) CreateTarget(ctx context.Context, actor survey.Actor, t survey.Target) (survey.Target, error) {
	act := Act{Actor: actor, Right: survey.RightCatalogue, Collection: CollectionTargets}
	return create(ctx, r, act, r.store.Targets(), cleanTarget(t), func(t survey.Target) problems { return r.Snapshot().checkTarget(t, false) })
}

// UpdateTarget changes a target. Right: catalogue, over the whole province.
func (r *Registry) UpdateTarget(ctx context.Context, actor survey.Actor, t survey.Target) (survey.Target, error) {
	t = cleanTarget(t)
	act := Act{Actor: actor, Right: survey.RightCatalogue, Collection: CollectionTargets}
	return update(ctx, r, act, r.store.Targets(), t, func(stored survey.Target) (problems, bool) {
		return r.Snapshot().checkTarget(t, false), !stored.Closed && t.Closed
	})
}

// PutVolume adds the monthly sheet of an agency where v.Rev is 0 (conflict with
// reason exists where there is one), else replaces it. Right: volumes, over the agency.
func (r *Registry) PutVolume(ctx context.Context, actor survey.Actor, v survey.Volume) (survey.Volume, error) {
	v = cleanVolume(v)
	act := Act{Actor: actor, Right: survey.RightVolumes, Agency: v.Agency, Collection: CollectionVolumes}
	check := func(v survey.Volume) problems { return r.Snapshot().checkVolume(v, r.today()) }
	if v.Rev == 0 {
		return create(ctx, r, act, r.store.Volumes(), v, check)
	}
	return update(ctx, r, act, r.store.Volumes(), v, func(survey.Volume) (problems, bool) { return check(v), false })
}

// CreateKiosk adds a kiosk at a point under an id it draws; an id given is
// ignored. It has no device yet: see identity.Service. Right: kiosks, over the point's agency; the
// point must not be closed.
func (r *Registry) CreateKiosk(ctx context.Context, actor survey.Actor, k survey.Kiosk) (survey.Kiosk, error) {
	k = r.Snapshot().cleanKiosk(k)
	k = survey.Kiosk{Name: k.Name, Point: k.Point, Points: []string{k.Point}, Settings: k.Settings.OrDefault()}
	act := Act{Actor: actor, Right: survey.RightKiosks, Agency: r.Snapshot().KioskAgency(k), Collection: CollectionKiosks}
	check := func(k survey.Kiosk) problems { return r.Snapshot().checkKiosk(k, nil, r.today()) }
	for {
		id, err := survey.NewKioskID(r.random)
		if err != nil {
			return survey.Kiosk{}, err
		}
		k.ID = id
		stored, err := create(ctx, r, act, r.store.Kiosks(), k, check)
		if !survey.IsCode(err, survey.CodeConflict) {
			return stored, err
		}
		// Of 2^40 ids this one is taken: draw another.
	}
}

// UpdateKiosk changes a kiosk's name, its settings, the point it stands at and
// whether it is closed. Its device stays enrolled when it moves; a closed one may not send until it is opened
// again. Settings without any language are those not given: the stored ones stay. The points it
// stood at, Enrolments and Revoked are kept by the server; what is given is ignored.
// Right: kiosks, over the agency of its point and over that of a new one.
func (r *Registry) UpdateKiosk(ctx context.Context, actor survey.Actor, k survey.Kiosk) (survey.Kiosk, error) {
	k = r.Snapshot().cleanKiosk(k)
	stored, err := r.store.Kiosks().Find(ctx, k.ID)
	if err != nil {
		return survey.Kiosk{}, err
	}
	s := r.Snapshot()
	act := Act{Actor: actor, Right: survey.RightKiosks, Agency: s.KioskAgency(stored), Collection: CollectionKiosks}
	if err := r.Permit(actor, act.Right, act.Agency); err != nil {
		return survey.Kiosk{}, err
	}
	if _, known := s.Point(k.Point); known {
		if err := r.Permit(actor, act.Right, s.KioskAgency(k)); err != nil {
			return survey.Kiosk{}, err
		}
	}
	// What is taken over below is that of the revision.
	if stored, err = current(ctx, r, r.store.Kiosks(), k); err != nil {
		return survey.Kiosk{}, err
	}
	k.Points = cleanList(stored.Points)
	if !slices.Contains(k.Points, k.Point) {
		k.Points = append(k.Points, k.Point)
	}
	k.Enrolments, k.Revoked, k.StaffPIN = stored.Enrolments, stored.Revoked, stored.StaffPIN
	if k.Settings.Languages == nil {
		k.Settings = stored.Settings.OrDefault()
	}
	return update(ctx, r, act, r.store.Kiosks(), k, func(stored survey.Kiosk) (problems, bool) {
		return s.checkKiosk(k, &stored, r.today()), !stored.Closed && k.Closed
	})
}

func (r *Registry) today() survey.Date { return survey.DateOf(r.now()) }

// create is Create with the check between the rights and the store.
func create[T survey.Record, P stamped[T]](ctx context.Context, r *Registry, act Act, col survey.Collection[T], doc T,
	check func(T) problems) (T, error) {
	var none T
	if err := r.Permit(act.Actor, act.Right, act.Agency); err != nil {
		return none, err
	}
	if p := check(doc); len(p) > 0 {
		return none, p.err()
	}
	return Create[T, P](ctx, r, act, col, doc)
}

// update is Update with the check between the revision and the store. The check
// also says whether the act closes the document.
func update[T survey.Record, P stamped[T]](ctx context.Context, r *Registry, act Act, col survey.Collection[T], doc T,
	check func(stored T) (errs problems, closes bool)) (T, error) {
	var none T
	if err := r.Permit(act.Actor, act.Right, act.Agency); err != nil {
		return none, err
	}
	stored, err := current[T, P](ctx, r, col, doc)
	if err != nil {
		return none, err
	}
	errs, closes := check(stored)
	if len(errs) > 0 {
		return none, errs.err()
	}
	if closes {
		act.Action = survey.ActionClose
	}
	return Update[T, P](ctx, r, act, col, doc)
}
