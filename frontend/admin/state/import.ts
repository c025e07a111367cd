import { catalogue } from './catalogue.svelte'
import { Importing, type Memory } from './importing.svelte'
import { api, session } from './session.svelte'

/** Files are a person's own: whoever signs in next in this window does not meet them. */
const key = () => `sipas.import.${session.me?.id ?? ''}`

const memory: Memory = {
  read() {
    try {
      return sessionStorage.getItem(key())
    } catch {
      return null // Storage may be forbidden; then a reloaded page starts anew.
    }
  },
  write(id) {
    try {
      if (id === null) sessionStorage.removeItem(key())
      else sessionStorage.setItem(key(), id)
    } catch {
      // Not remembered, then.
    }
  },
}

/** The file this window is importing. */
export const importing = new Importing({ api, memory, onStored: () => void catalogue.load() })
