/** The catalogue's documents, as the server sends them. */
import type { Text } from './language'

export interface Listing<T> {
  items: T[]
  total: number
}

export type Role = 'admin' | 'manager' | 'viewer'
export type Right = 'results' | 'catalogue' | 'points' | 'kiosks' | 'volumes' | 'users' | 'audit' | 'import'

export interface Me {
  id: string
  name: string
  grants: { role: Role; agency: string }[]
  rights: Right[]
  synthetic: boolean
  version: string
}

export interface Agency {
  id: string
  parent: string
  kind: string
  level: string
  name: Text
  validFrom: string
  validTo: string
}

export interface Field {
  id: string
  name: Text
  order: number
  closed: boolean
}

export interface Questionnaire {
  id: string
  version: number
  title: Text
  items: { id: string; type: string; text: Text; factor?: string }[]
}

export const deliveries = ['counter', 'online', 'post'] as const
export type Delivery = (typeof deliveries)[number]

export const captures = ['kiosk', 'qr', 'link', 'paper', 'import'] as const
export type Capture = (typeof captures)[number]

/** A point's code as people read it: K7QX2-M9A4T. What is no code stays as it is. */
export function showPointCode(code: string): string {
  return code.length === 10 ? `${code.slice(0, 5)}-${code.slice(5)}` : code
}

/** What a person may change of a point. `closed` is the first day without ratings, empty while open. */
export interface PointDraft {
  agency: string
  name: Text
  fields: string[]
  delivery: Delivery
  questionnaire: string
  closed: string
}

export interface Point extends PointDraft {
  code: string
  shownCode: string
  agencyName: Text
  rev: number
  formUrl: string
  posterUrl: string
  qrSvgUrl: string
  qrPngUrl: string
}

/** The newest version of every questionnaire, in the order of the list. */
export function newestQuestionnaires(all: Questionnaire[]): Questionnaire[] {
  const newest = new Map<string, Questionnaire>()
  for (const questionnaire of all) {
    const known = newest.get(questionnaire.id)
    if (known === undefined || known.version < questionnaire.version) newest.set(questionnaire.id, questionnaire)
  }
  return [...newest.values()]
}

/** A criterion of the questionnaires: an item that belongs to a factor and is not the factor's own item. */
export interface Criterion {
  id: string
  factor: string
  text: Text
}

/** Every criterion that some questionnaire asks, in order of appearance. */
export function criteriaOf(questionnaires: Questionnaire[]): Criterion[] {
  const criteria = new Map<string, Criterion>()
  for (const questionnaire of newestQuestionnaires(questionnaires)) {
    for (const { id, factor, text } of questionnaire.items) {
      if (factor && factor !== id && !criteria.has(id)) criteria.set(id, { id, factor, text })
    }
  }
  return [...criteria.values()]
}

/** The ids of an agency and of everything below it. */
export function subtree(agencies: Agency[], root: string): Set<string> {
  const ids = new Set([root])
  for (let size = 0; size !== ids.size; ) {
    size = ids.size
    for (const agency of agencies) if (ids.has(agency.parent)) ids.add(agency.id)
  }
  return ids
}

/** Roles that may write points; the server's table of roles decides, this only spares useless choices. */
const pointRoles: Role[] = ['admin', 'manager']

/** The agencies a person may create points for. */
export function agenciesForPoints(me: Me, agencies: Agency[]): Agency[] {
  const grants = me.grants.filter((grant) => pointRoles.includes(grant.role))
  if (grants.some((grant) => grant.role === 'admin' || grant.agency === '')) return agencies
  const allowed = new Set(grants.flatMap((grant) => [...subtree(agencies, grant.agency)]))
  return agencies.filter((agency) => allowed.has(agency.id))
}
