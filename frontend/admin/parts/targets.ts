import { deliveries, type Delivery, type TargetScope } from '../../lib/catalogue'
import { catalogue } from '../state/catalogue.svelte'
import { t } from '../state/language.svelte'
import { fieldItems, nameOfId } from './choices'
import type { Choice } from './Combobox.svelte'

/** Stands for all members of a scope. */
export const all = '*'

/** What a promise of a scope can apply to, one by one; empty where it can only be for all. */
export function memberItems(scope: TargetScope, chosen: string[]): Choice[] {
  const everything = { value: all, label: t('plan.members.all') }
  if (scope === 'field' || scope === 'sector') return [everything, ...fieldItems(catalogue.fields, chosen)]
  if (scope !== 'delivery') return []
  return [everything, ...deliveries.map((delivery) => ({ value: delivery, label: t(`delivery.${delivery}`) }))]
}

/** A member of a promise in words. */
export function memberName(scope: TargetScope, member: string): string {
  if (member === all) return t('plan.members.all')
  return scope === 'delivery' ? t(`delivery.${member as Delivery}`) : nameOfId(catalogue.fields, member)
}
