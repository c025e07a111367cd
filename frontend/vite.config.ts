import { svelte } from '@sveltejs/vite-plugin-svelte'
import { parse } from 'acorn'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { kioskPrecache } from './sw/precache.ts'

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
    include: ['{lib,admin,form,kiosk,sw}/**/*.test.ts'],
  },
})
