/** The catalogue's documents, as the server sends them. */
import type { Span } from './hours'
import type { Language, Text } from './language'

export interface Listing<T> {
  items: T[]
  total: number
}

export const roles = ['admin', 'manager', 'viewer'] as const
export type Role = (typeof roles)[number]
export type Right = 'results' | 'catalogue' | 'points' | 'kiosks' | 'volumes' | 'flags' | 'users' | 'audit' | 'import'

export interface Me {
  id: string
  name: string
  grants: Grant[]
  rights: Right[]
  synthetic: boolean
  version: string
}

/** The kinds of agency in the order lists show them. */
export const agencyKinds = ['province', 'department', 'commune', 'vertical', 'provider', 'district'] as const
export type AgencyKind = (typeof agencyKinds)[number]

export const agencyLevels = ['province', 'commune', 'district'] as const
export type AgencyLevel = (typeof agencyLevels)[number]

/** What a person may change of an agency. Days are "yyyy-mm-dd"; `validTo` is its last day, empty while it exists. */
export interface AgencyDraft {
  parent: string
  kind: string
  level: string
  name: Text
  sector: string
  validFrom: string
  validTo: string
  successors: string[]
}

export interface Agency extends AgencyDraft {
  id: string
  depth: number
  rev: number
}

export interface FieldDraft {
  name: Text
  order: number
  closed: boolean
}

export interface Field extends FieldDraft {
  id: string
  rev: number
}

export interface ProcedureDraft {
  field: string
  name: Text
  closed: boolean
}

export interface Procedure extends ProcedureDraft {
  id: string
  rev: number
}

export const targetScopes = ['agency', 'sector', 'field', 'procedure', 'delivery'] as const
export type TargetScope = (typeof targetScopes)[number]

/** "tối thiểu" is at least, "trên" is above. */
export const comparators = ['ge', 'gt'] as const
export type Comparator = (typeof comparators)[number]

/** A promise of a reform plan. `members` are fields, sectors or deliveries, "*" all; `percent` has at most two decimals. */
export interface PlanTargetDraft {
  scope: TargetScope
  members: string[]
  name: Text
  comparator: Comparator
  percent: number
  deadline: number
  source: string
  closed: boolean
}

export interface PlanTarget extends PlanTargetDraft {
  id: string
  rev: number
}

export const campaignKinds = ['continuous', 'sampled'] as const
export type CampaignKind = (typeof campaignKinds)[number]

/** What was drawn at random within each stratum of a sample. */
export const samplingUnits = ['person', 'point', 'agency'] as const
export type SamplingUnit = (typeof samplingUnits)[number]

/** A part of the frame that is sampled on its own. `clusters` is 0 where it is not known, and always for persons. */
export interface Stratum {
  id: string
  name: Text
  agencies: string[]
  population: number
  clusters: number
  planned: number
}

/** A span of days in which citizens are invited to rate. `unit` and `strata` are those of a sampled one, else empty. */
export interface CampaignDraft {
  name: Text
  kind: CampaignKind
  agency: string
  questionnaire: string
  from: string
  to: string
  unit: SamplingUnit | ''
  strata: Stratum[]
  closed: boolean
}

/** `open`: citizens may rate in it today. */
export interface Campaign extends CampaignDraft {
  id: string
  open: boolean
  rev: number
}

/** The monthly sheet of an agency: files on which it returned a result, by field. */
export interface Volume {
  agency: string
  agencyName: Text
  month: string
  files: Record<string, number>
  total: number
  rev: number
}

export interface Grant {
  role: Role
  /** The top of the subtree; empty is the whole province. */
  agency: string
}

export interface UserDraft {
  name: string
  grants: Grant[]
  disabled: boolean
}

export interface User extends UserDraft {
  id: string
  rev: number
}

/** How a kiosk behaves. */
export interface KioskSettings {
  /** How the screen looks to a citizen who changes nothing. */
  theme: 'light' | 'contrast'
  /** The languages offered; Vietnamese is always one of them. */
  languages: string[]
  /** Whether questions can be read out, where the tablet has a voice for the language. */
  voice: boolean
  /** Whether a touch is answered by a tone. */
  sound: boolean
  /** Of voice and tone, 10–100. */
  volume: number
  /** Of the inviting line on the first screen, 60–100. */
  brightness: number
}

export interface KioskDraft {
  name: string
  point: string
  closed: boolean
  settings: KioskSettings
}

/** A tablet of a point. `device` is the one that may send now. */
export interface Kiosk extends KioskDraft {
  id: string
  pointShown: string
  pointName: Text
  agency: string
  agencyName: Text
  points: string[]
  state: 'none' | 'waiting' | 'enrolled' | 'revoked' | 'closed'
  /** A PIN opens the staff screen of its tablet. */
  hasPin: boolean
  device: { enrolledAt: string; seenAt: string; heartbeat: KioskHeartbeat | null } | null
  rev: number
}

/** What a kiosk's tablet last said of itself. */
export interface KioskHeartbeat {
  at: string
  /** It spoke in the last minutes; else it is silent since `at`. */
  online: boolean
  /** It is silent while its point is open. */
  missed: boolean
  waiting: number
  aside: number
  oldest: string | null
  lastRating: string | null
  build: string
  /** Its page is of the server's build. */
  newest: boolean
  /** Milliseconds its clock is behind the server's. */
  clockOffset: number | null
  storageKept: boolean | null
  battery: { percent: number; charging: boolean } | null
  /** What the server told it applies on its screen. */
  inForce: boolean
}

/** A code for enrolling a tablet: shown this once, good once, for ten minutes. */
export interface EnrolmentCode {
  code: string
  shownCode: string
  expiresAt: string
  url: string
  /** SVG of a QR code that brings the tablet there with the code. */
  qr: string
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
  /** The first day with ratings; empty: open since ever. */
  opens: string
  /** The first day without ratings any more; empty: open. */
  closed: string
  /** Whether citizens are asked for the one-time code of a receipt. */
  receiptCode: ReceiptUse
  /** The weekly opening hours; empty: not known. */
  hours: Span[]
}

export const receiptUses = ['none', 'optional', 'required'] as const
export type ReceiptUse = (typeof receiptUses)[number]

/** What can be done with the codes of a batch, and how its chip looks. */
export const receiptStates = { good: 'good', expired: 'quiet', revoked: 'bad' } as const

/** A number of one-time codes made at once; days are "yyyy-mm-dd". Of fewer than ten codes it is not told how many were used. */
export interface ReceiptBatch {
  id: string
  count: number
  madeOn: string
  lastDay: string
  note: string
  state: keyof typeof receiptStates
  revokedOn: string
  used: number | null
  unused: number | null
}

/** The codes as a table, or as labels to print; of labels no more than `labelsMost` at a time. */
export type ReceiptFormat = 'csv' | 'labels'
export const labelsMost = 500

export interface ReceiptOrder {
  count: number
  days: number
  note: string
  format: ReceiptFormat
  language: Language
}

/** `code` names the point for good; `publicCode` is what its QR code carries, shown as `shownCode`. */
export interface Point extends PointDraft {
  code: string
  publicCode: string
  shownCode: string
  /** Codes that were replaced; `ends` is the first day on which one is not good any more. */
  formerCodes: { code: string; shownCode: string; ends: string }[]
  /** Whether sheets with the present code have yet to be hung up. */
  reprint: boolean
  agencyName: Text
  rev: number
  formUrl: string
  posterUrl: string
  qrSvgUrl: string
  qrPngUrl: string
}

/** What a point's QR code is printed on, in the server's words. */
export const sheetFormats = ['a4', 'a5', 'stickers', 'card'] as const
export type SheetFormat = (typeof sheetFormats)[number]

/** The address of a point's form for a campaign, and its QR code. */
export interface Invitation {
  campaign: string
  url: string
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

/** Roles that may write something of an agency; the server's table of roles decides, this only spares useless choices. */
const managingRoles: Role[] = ['admin', 'manager']

/** The agencies whose points, kiosks and volumes a person may write, and whose ratings judge. */
export function managedAgencies(me: Me, agencies: Agency[]): Agency[] {
  const grants = me.grants.filter((grant) => managingRoles.includes(grant.role))
  if (grants.some((grant) => grant.role === 'admin' || grant.agency === '')) return agencies
  const allowed = new Set(grants.flatMap((grant) => [...subtree(agencies, grant.agency)]))
  return agencies.filter((agency) => allowed.has(agency.id))
}
