package registry

import (
	"context"
	"encoding/hex"
	"io"
	"strconv"
	"time"

	"sipas/survey"
)

// loadPrefix begins the id of the audit entry of a bulk load.
const loadPrefix = "load/"

// Catalogue is a bulk of documents for Load.
type Catalogue struct {
	Agencies   []survey.Agency
	Fields     []survey.Field
	Procedures []survey.Procedure
	Points     []survey.Point // with their codes
	Targets    []survey.Target
	Volumes    []survey.Volume
}

// Load adds documents in bulk, as the system, at revision 1: for demo data and
// imports. Keys already there keep their document, so a load that was interrupted
// can be repeated; agencies come last, so where there are some the load was complete. Everything is validated before the first write, with every
// field error at once under paths such as "points.3.agency"; whether something is closed or lies
// ahead does not matter here. One audit entry per collection names no document but carries the digest of all.
func (r *Registry) Load(ctx context.Context, c Catalogue) error {
	c = Catalogue{
		Agencies: cleaned(c.Agencies, cleanAgency), Fields: cleaned(c.Fields, cleanField),
		Procedures: cleaned(c.Procedures, cleanProcedure), Points: cleaned(c.Points, cleanPoint),
		Targets: cleaned(c.Targets, cleanTarget), Volumes: cleaned(c.Volumes, cleanVolume),
	}
	if len(c.Agencies) > 0 {
		unlock, err := r.lockTree(ctx)
		if err != nil {
			return err
		}
		defer unlock()
	}
	s := r.Snapshot().with(c)
	var p problems
	p.each("agencies", len(c.Agencies), func(i int) problems { return s.checkAgency(c.Agencies[i], nil, "") })
	p.each("fields", len(c.Fields), func(i int) problems { return s.checkField(c.Fields[i]) })
	p.each("procedures", len(c.Procedures), func(i int) problems { return s.checkProcedure(c.Procedures[i], nil, "") })
	p.each("points", len(c.Points), func(i int) problems {
		errs := s.checkPoint(c.Points[i], nil, "")
		if code, err := survey.ParsePointCode(c.Points[i].Code); err != nil || code != c.Points[i].Code {
			errs.add("code", survey.ReasonCodeFormat)
		} else if owner, ok := r.Snapshot().Point(code); ok && owner.Code != code {
			errs.add("code", survey.ReasonExists)
		}
		return errs
	})
	p.each("targets", len(c.Targets), func(i int) problems { return s.checkTarget(c.Targets[i], true) })
	p.each("volumes", len(c.Volumes), func(i int) problems { return s.checkVolume(c.Volumes[i], "") })
	if err := p.err(); err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return load(ctx, r, CollectionFields, r.fields, c.Fields) },
		func() error { return load(ctx, r, CollectionProcedures, r.procedures, c.Procedures) },
		func() error { return load(ctx, r, CollectionPoints, r.points, c.Points) },
		func() error { return load(ctx, r, CollectionTargets, r.targets, c.Targets) },
		func() error { return load(ctx, r, CollectionVolumes, r.volumes, c.Volumes) },
		func() error { return load(ctx, r, CollectionAgencies, r.agencies, c.Agencies) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return r.Refresh(ctx)
}

// each collects the errors of n documents under path.
func (p *problems) each(path string, n int, check func(i int) problems) {
	for i := range n {
		for _, e := range check(i) {
			p.with(path+"."+strconv.Itoa(i)+"."+e.Path, e.Reason, e.Params)
		}
	}
}

// cleaned gives clean copies at revision 1.
func cleaned[T survey.Record, P stamped[T]](docs []T, clean func(T) T) []T {
	all := make([]T, len(docs))
	for i, doc := range docs {
		all[i] = clean(doc)
		P(&all[i]).Stamp(1, nil)
	}
	return all
}

func load[T survey.Record](ctx context.Context, r *Registry, collection string, m *mirror[T], docs []T) error {
	if len(docs) == 0 {
		return nil
	}
	sum, err := digest(docs)
	if err != nil {
		return err
	}
	id := make([]byte, 8)
	if _, err := io.ReadFull(r.random, id); err != nil {
		return &survey.Error{Code: survey.CodeInternal, Message: "no randomness for an audit entry", Err: err}
	}
	if err := m.col.CreateAll(ctx, docs); err != nil {
		return err
	}
	return r.appendAudit(ctx, survey.AuditEntry{
		ID:         loadPrefix + collection + "/" + hex.EncodeToString(id),
		At:         r.now().UTC().Truncate(time.Millisecond),
		Actor:      survey.System.User,
		Action:     survey.ActionCreate,
		Collection: collection,
		Rev:        1,
		Digest:     sum,
	})
}
