import { svelte } from '@sveltejs/vite-plugin-svelte'
import { parse } from 'acorn'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const backend = process.env['SIPAS_BACKEND'] ?? 'http://127.0.0.1:8080'

/**
 * The server inlines the phone form's script as a classic script. This stops the
 * build when the script is no longer one: it must import and export nothing and
 * be plain ES2015, which old phones can read.
 */
function formIsClassicScript(): Plugin {
  return {
    name: 'sipas:form-is-classic-script',
    apply: 'build',
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk' && chunk.facadeModuleId === here('./form/form.ts')) {
          parse(chunk.code, { ecmaVersion: 2015, sourceType: 'script' })
          return
        }
      }
      this.error('form/form.ts is not among the chunks')
    },
  }
}

/**
 * Tells the kiosk's worker what to store: the page and everything it loads, by
 * Vite's manifest, and a version that changes with any of it. The build stops when
 * the worker is not a classic script or the page would load something later on,
 * which would be missing without a connection.
 */
function kioskPrecache(): Plugin {
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
      const precache = {
        version: version.digest('hex').slice(0, 16),
        files: ['/kiosk', '/kiosk.webmanifest', ...names.map((name) => '/' + name)],
      }
      const worker = await readFile(built('sw.js'), 'utf8')
      const filled = worker.replace('__PRECACHE__', JSON.stringify(precache))
      if (filled === worker) this.error('the worker has no place for the list of files')
      parse(filled, { ecmaVersion: 2022, sourceType: 'script' })
      await writeFile(built('sw.js'), filled)
    },
  }
}

export default defineConfig({
  plugins: [svelte(), formIsClassicScript(), kioskPrecache()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    // Everything is a file of our own origin: the pages' policy allows nothing else.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    chunkSizeWarningLimit: 1600,
    rollupOptions: {
      input: {
        admin: here('./admin.html'),
        docs: here('./docs.html'),
        form: here('./form/form.ts'),
        kiosk: here('./kiosk.html'),
        sw: here('./sw/sw.ts'),
      },
      output: {
        // A worker is known by its address: it has no hash and stands at the root.
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/q', '/s', '/poster', '/healthz', '/readyz'].map((path) => [path, backend]),
    ),
  },
  // Component tests mount in jsdom and need Svelte's browser build.
  resolve: process.env['VITEST'] ? { conditions: ['browser'] } : {},
  test: {
    environment: 'jsdom',
    include: ['{lib,admin,form,kiosk}/**/*.test.ts'],
  },
})
