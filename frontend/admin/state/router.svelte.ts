import { t } from './language.svelte'

let path = $state(location.pathname)
let search = $state(location.search)
let holding: (() => boolean) | null = null

/** Whether the page may be left; where something unsaved would be lost, the person decides. */
const free = () => !holding?.() || confirm(t('form.leave'))

function unload(event: BeforeUnloadEvent) {
  if (holding?.()) event.preventDefault()
}

function read() {
  path = location.pathname
  search = location.search
}

/** Where the administration stands: the address is the state, so every view can be shared and Back works. */
export const router = {
  get path(): string {
    return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
  },
  get search(): string {
    return search
  },
  /** Goes to an address of the administration; with replace, Back does not return to the present one. */
  go(url: string, { replace = false } = {}): void {
    if (url === location.pathname + location.search || !free()) return
    if (replace) history.replaceState(null, '', url)
    else history.pushState(null, '', url)
    read()
  },
  /** Asks before a link or closing the window leaves a page that has something unsaved. Gives a function that ends it. */
  hold(unsaved: () => boolean): () => void {
    holding = unsaved
    return () => {
      if (holding === unsaved) holding = null
    }
  },
}

/** Follows plain links inside /admin without loading the page again. Gives a function that stops it. */
export function listen(): () => void {
  const click = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.pathname !== '/admin' && !link.pathname.startsWith('/admin/')) return
    if (link.hash !== '' && link.pathname === location.pathname && link.search === location.search) return
    event.preventDefault()
    router.go(link.pathname + link.search)
  }
  addEventListener('popstate', read)
  addEventListener('beforeunload', unload)
  document.addEventListener('click', click)
  return () => {
    removeEventListener('popstate', read)
    removeEventListener('beforeunload', unload)
    document.removeEventListener('click', click)
  }
}
