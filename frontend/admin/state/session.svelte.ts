import { Api } from '../../lib/api'
import type { Me, Right } from '../../lib/catalogue'
import { language } from './language.svelte'

let me = $state.raw<Me | null>(null)
let ended = $state(false)

/** Who is signed in. `ended` tells a session that ran out from one that never was. */
export const session = {
  get me(): Me | null {
    return me
  },
  get ended(): boolean {
    return ended
  },
  may(right: Right): boolean {
    return me?.rights.includes(right) ?? false
  },
  /** Takes up an earlier session where there is one; throws a Problem without a server. */
  async resume(): Promise<void> {
    me = await api.resume()
  },
  async login(name: string, password: string): Promise<void> {
    me = await api.login(name, password)
    ended = false
  },
  async logout(): Promise<void> {
    try {
      await api.logout()
    } finally {
      me = null
      ended = false
    }
  },
}

export const api = new Api({
  language: () => language.current,
  onSignedOut: () => {
    me = null
    ended = true
  },
})
