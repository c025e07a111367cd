import type { Agency, Campaign, Field, Questionnaire } from '../../lib/catalogue'
import { api } from './session.svelte'

let agencies = $state.raw<Agency[]>([])
let fields = $state.raw<Field[]>([])
let questionnaires = $state.raw<Questionnaire[]>([])
let campaigns = $state.raw<Campaign[]>([])
let problem = $state.raw<unknown>(null)
let loaded = $state(false)

/** The lists that filters and forms choose from, read after signing in and after each change made here. */
export const catalogue = {
  get agencies(): Agency[] {
    return agencies
  },
  get fields(): Field[] {
    return fields
  },
  get questionnaires(): Questionnaire[] {
    return questionnaires
  },
  get campaigns(): Campaign[] {
    return campaigns
  },
  /** The topmost agency: its name is the province's. */
  get root(): Agency | undefined {
    return agencies.find((agency) => agency.kind === 'province') ?? agencies[0]
  },
  get loaded(): boolean {
    return loaded
  },
  get problem(): unknown {
    return problem
  },
  async load(): Promise<void> {
    problem = null
    try {
      ;[agencies, fields, questionnaires, campaigns] = await Promise.all([
        api.agencies.all(),
        api.fields.all(),
        api.questionnaires(),
        api.campaigns.all(),
      ])
      loaded = true
    } catch (error) {
      problem = error
    }
  },
}
