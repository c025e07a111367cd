/// <reference lib="webworker" />
/**
 * Lets the kiosk start without a connection. The kiosk's page and everything it
 * loads are stored under the build's version at installation, all or nothing;
 * the build fills in both. Nothing else is touched: requests to the API and to
 * other pages go to the network as if this were not there.
 */
declare const self: ServiceWorkerGlobalScope

interface Precache {
  version: string
  /** Addresses to store; "/kiosk" is the page. */
  files: string[]
}

const { version, files } = JSON.parse('__PRECACHE__') as Precache
const prefix = 'sipas-kiosk-'
const current = prefix + version
const page = '/kiosk'

self.addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(current)
      await cache.addAll(files.map((file) => new Request(file, { cache: 'reload', credentials: 'omit' })))
      // A page that runs holds all it needs in memory; it loads the new version between two citizens.
      await self.skipWaiting()
    })(),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(prefix) && name !== current) await caches.delete(name)
      }
      await self.clients.claim()
    })(),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  const inScope = url.pathname === page || url.pathname.startsWith(page + '/')
  const wanted = request.mode === 'navigate' && inScope ? page : url.pathname
  if (!files.includes(wanted)) return
  event.respondWith(
    (async () => {
      const cache = await caches.open(current)
      return (await cache.match(wanted)) ?? fetch(request)
    })(),
  )
})
