const everyHour = 3600_000
let notify: (() => void) | undefined
let ready = false

/** Calls once when a newer version of the kiosk is stored on this device; loading the page anew then shows it. */
export function onUpdate(call: () => void) {
  notify = call
  if (ready) call()
}

/** Stores the kiosk on this device for starts without a connection, and looks for a newer version every hour. */
export function watchForUpdates() {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined
  if (workers === undefined) return
  // The first worker takes over a page that is of its own version.
  let first = workers.controller === null
  workers.addEventListener('controllerchange', () => {
    if (first) {
      first = false
      return
    }
    ready = true
    notify?.()
  })
  void (async () => {
    try {
      const registration = await workers.register('/sw.js', { scope: '/kiosk', updateViaCache: 'none' })
      setInterval(() => void registration.update().catch(() => {}), everyHour)
    } catch {
      // No connection at the very first start, or a browser without workers: the page itself runs on.
    }
  })()
}
