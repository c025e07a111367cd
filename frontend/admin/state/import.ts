import { catalogue } from './catalogue.svelte'
import { Importing, type Memory } from './importing.svelte'
import { api } from './session.svelte'

const key = 'sipas.import'

const memory: Memory = {
  read() {
    try {
      return sessionStorage.getItem(key)
    } catch {
      return null // Storage may be forbidden; then a reloaded page starts anew.
    }
  },
  write(id) {
    try {
      if (id === null) sessionStorage.removeItem(key)
      else sessionStorage.setItem(key, id)
    } catch {
      // Not remembered, then.
    }
  },
}

/** The file this window is importing. */
export const importing = new Importing({ api, memory, onStored: () => void catalogue.load() })
