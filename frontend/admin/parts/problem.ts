import { Problem } from '../../lib/api'
import { t } from '../state/language.svelte'

/** The sentence for a failed request: the server's own, or ours where no server spoke. */
export function sentence(problem: unknown): string {
  if (!(problem instanceof Problem)) return t('problem.unexpected')
  if (problem.detail !== '') return problem.detail
  if (problem.code === 'network') return t('problem.network')
  return problem.code === 'unavailable' ? t('problem.unavailable') : t('problem.unexpected')
}
