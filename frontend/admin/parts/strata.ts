import type { SamplingUnit, Stratum } from '../../lib/catalogue'
import { parseCount } from '../../lib/format'
import type { Item } from '../state/form.svelte'
import { t } from '../state/language.svelte'
import { missing, nameDraft, nameOf, noName, type NameDraft } from './draft'

/** A stratum as it stands in a form: numbers as they are typed. */
export interface StratumDraft {
  id: string
  name: NameDraft
  agencies: string[]
  population: string
  clusters: string
  planned: string
}

export const noStratum: StratumDraft = { id: '', name: noName, agencies: [], population: '', clusters: '', planned: '' }

export function stratumDraft({ id, name, agencies, population, clusters, planned }: Stratum): StratumDraft {
  return {
    id,
    name: nameDraft(name),
    agencies,
    population: String(population),
    clusters: clusters === 0 ? '' : String(clusters),
    planned: String(planned),
  }
}

/** The stratum as it is sent. Persons have no clusters. */
export function stratumOf(draft: StratumDraft, unit: SamplingUnit | ''): Stratum {
  return {
    id: draft.id.trim(),
    name: nameOf(draft.name),
    agencies: draft.agencies,
    population: parseCount(draft.population) ?? 0,
    clusters: unit === 'person' ? 0 : (parseCount(draft.clusters) ?? 0),
    planned: parseCount(draft.planned) ?? 0,
  }
}

/** The strata in words, for comparing two versions. */
export function sayStrata(strata: StratumDraft[]): string {
  return strata
    .map(({ name, agencies, population, clusters, planned }) => [name.vi, agencies.join(' '), population, clusters, planned].join(' · '))
    .join('; ')
}

const number = (text: string) => missing(text) ?? (parseCount(text) === null ? t('form.number') : undefined)

/** The items that the strata of a draft bring to its form. */
export function strataItems<D extends { strata: StratumDraft[] }>(strata: StratumDraft[]): Item<D>[] {
  return strata.flatMap((_, i) => {
    const of = (draft: D) => draft.strata[i] ?? noStratum
    const at = `strata.${i}.`
    // Every stratum has the same items: which one is meant stands before.
    const named = (item: string) => `${t('stratum.number', { n: i + 1 })} – ${item}`
    return [
      { path: at + 'name.vi', label: () => named(t('form.name.vi')), own: (draft: D) => missing(of(draft).name.vi) },
      { path: at + 'name.en', label: () => named(t('form.name.en')) },
      { path: at + 'id', label: () => named(t('stratum.id')) },
      { path: at + 'population', label: () => named(t('stratum.population')), own: (draft: D) => number(of(draft).population) },
      { path: at + 'planned', label: () => named(t('stratum.planned')), own: (draft: D) => number(of(draft).planned) },
      {
        path: at + 'clusters',
        label: () => named(t('stratum.clusters')),
        own: (draft: D) => (of(draft).clusters.trim() === '' ? undefined : number(of(draft).clusters)),
      },
      {
        path: at + 'agencies',
        label: () => named(t('stratum.agencies')),
        own: (draft: D) => (of(draft).agencies.length === 0 ? t('form.required') : undefined),
      },
    ]
  })
}
