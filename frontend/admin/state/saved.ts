import { textIn, type Text } from '../../lib/language'
import { catalogue } from './catalogue.svelte'
import { language, t } from './language.svelte'
import { notice } from './notice.svelte'
import { router } from './router.svelte'

/**
 * What follows when a record of the catalogue is stored: the lists to choose from are read
 * again, and a new one leads back to its list, ready for the next.
 */
export function saved(list: string): (record: { name: Text | string }, created: boolean) => void {
  return ({ name }, created) => {
    void catalogue.load()
    if (!created) return notice.say(t('form.saved'))
    notice.carry(t('form.created', { name: typeof name === 'string' ? name : textIn(language.current, name) }))
    router.go(list)
  }
}
