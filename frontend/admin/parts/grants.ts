import type { Grant } from '../../lib/catalogue'
import { catalogue } from '../state/catalogue.svelte'
import { t } from '../state/language.svelte'
import { nameOfId } from './choices'

/** A grant in words: "Quản lý – Sở Y tế". */
export function grantName({ role, agency }: Grant): string {
  return `${t(`role.${role}`)} – ${agency === '' ? t('user.province') : nameOfId(catalogue.agencies, agency)}`
}
