import { Problem } from '../../lib/api'
import { t } from '../state/language.svelte'

/** The sentence for a refused form of one control: what is wrong with the control, where the server names it. */
export function sentenceOf(problem: unknown, path: string): string {
  const own = problem instanceof Problem ? problem.fields.find((field) => field.path === path) : undefined
  return own?.message ?? sentence(problem)
}

/** The sentence for a failed request: the server's own, or ours where no server spoke. */
export function sentence(problem: unknown): string {
  if (!(problem instanceof Problem)) return t('problem.unexpected')
  if (problem.detail !== '') return problem.detail
  if (problem.code === 'network') return t('problem.network')
  return problem.code === 'unavailable' ? t('problem.unavailable') : t('problem.unexpected')
}
