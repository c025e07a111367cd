import { Problem } from '../../lib/api'
import { t } from '../state/language.svelte'

/** The sentence for a failed request: the server's own, or ours where no server spoke. */
export function sentence(problem: unknown): string {
  if (!(problem instanceof Problem)) return t('problem.unexpected')
  if (problem.detail !== '') return problem.detail
  if (problem.code === 'network') return t('problem.network')
  return problem.code === 'unavailable' ? t('problem.unavailable') : t('problem.unexpected')
}

/** What is wrong with one field of a form: the first message whose path is the field or below it. */
export function fieldMessage(problem: unknown, path: string): string | undefined {
  if (!(problem instanceof Problem)) return undefined
  return problem.fields.find((field) => field.path === path || field.path.startsWith(path + '.'))?.message
}
