import { parse } from 'acorn'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/**
 * Tells the kiosk's worker what to store: the page and everything it loads, by
 * Vite's manifest, and a version that changes with any of it; the page is told the version, too. The build stops when
 * the worker is not a classic script or the page would load something later on,
 * which would be missing without a connection.
 */
export function kioskPrecache(): Plugin {
  interface ManifestEntry {
    file: string
    imports?: string[]
    dynamicImports?: string[]
    css?: string[]
    assets?: string[]
  }
  const icons = ['icons/kiosk.svg', 'icons/kiosk-192.png']
  return {
    name: 'sipas:kiosk-precache',
    apply: 'build',
    async writeBundle({ dir }) {
      const built = (file: string) => join(dir!, file)
      const manifest = JSON.parse(await readFile(built('.vite/manifest.json'), 'utf8')) as Record<string, ManifestEntry>
      const files = new Set<string>()
      const visit = (name: string) => {
        const entry = manifest[name]
        if (entry === undefined) this.error(`${name} is not in the manifest`)
        if (files.has(entry.file)) return
        if (entry.dynamicImports !== undefined) this.error(`${name} loads something later on`)
        files.add(entry.file)
        for (const file of [...(entry.css ?? []), ...(entry.assets ?? [])]) files.add(file)
        entry.imports?.forEach(visit)
      }
      visit('kiosk.html')
      // The manifest names the page's script; the page itself has the address /kiosk.
      const names = [...files, ...icons].sort()
      const version = createHash('sha256')
      for (const name of ['kiosk.html', 'kiosk.webmanifest', 'sw.js', ...names]) version.update(await readFile(built(name)))
      const build = version.digest('hex').slice(0, 16)
      const precache = {
        version: build,
        files: ['/kiosk', '/kiosk.webmanifest', ...names.map((name) => '/' + name)],
      }
      const worker = await readFile(built('sw.js'), 'utf8')
      const filled = worker.replace('__PRECACHE__', JSON.stringify(precache))
      if (filled === worker) this.error('the worker has no place for the list of files')
      parse(filled, { ecmaVersion: 2022, sourceType: 'script' })
      const page = await readFile(built('kiosk.html'), 'utf8')
      const named = page.replace('<meta name="build" content="" />', `<meta name="build" content="${build}" />`)
      if (named === page) this.error('the page has no place for the name of its build')
      await Promise.all([writeFile(built('sw.js'), filled), writeFile(built('kiosk.html'), named)])
    },
  }
}
