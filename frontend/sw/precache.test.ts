// @vitest-environment node
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kioskPrecache } from './precache'

const manifest = {
  'kiosk.html': { file: 'assets/kiosk-1.js', imports: ['_shared.js'], css: ['assets/kiosk-1.css'], assets: ['assets/mark-1.svg'] },
  '_shared.js': { file: 'assets/shared-1.js' },
}
const files: Record<string, string> = {
  '.vite/manifest.json': JSON.stringify(manifest),
  'kiosk.html': '<meta name="build" content="" />',
  'kiosk.webmanifest': '{}',
  'sw.js': "const { version, files } = JSON.parse('__PRECACHE__')",
  'icons/kiosk.svg': '<svg/>',
  'icons/kiosk-192.png': 'png',
  'assets/kiosk-1.js': 'kiosk()',
  'assets/kiosk-1.css': 'body { margin: 0 }',
  'assets/mark-1.svg': '<svg/>',
  'assets/shared-1.js': 'shared()',
}

describe('the build of the kiosk', () => {
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sipas-build-'))
  })

  afterEach(() => rm(dir, { recursive: true }))

  /** The name a build of these files is given, as the page and the worker say it. */
  async function build(changed: Record<string, string> = {}): Promise<{ page: string; worker: string }> {
    for (const [name, content] of Object.entries({ ...files, ...changed })) {
      await mkdir(dirname(join(dir, name)), { recursive: true })
      await writeFile(join(dir, name), content)
    }
    const { writeBundle } = kioskPrecache() as unknown as { writeBundle: (this: { error: (message: string) => never }, options: { dir: string }) => Promise<void> }
    const error = (message: string): never => {
      throw new Error(message)
    }
    await writeBundle.call({ error }, { dir })
    const page = await readFile(join(dir, 'kiosk.html'), 'utf8')
    const worker = await readFile(join(dir, 'sw.js'), 'utf8')
    return { page: /content="(\w+)"/.exec(page)![1]!, worker: /"version":"(\w+)"/.exec(worker)![1]! }
  }

  it('has one name for the page and the worker, the same for the same files', async () => {
    const first = await build()
    expect(first.page).toBe(first.worker)
    expect(await build()).toEqual(first)
  })

  it.each(Object.keys(files).filter((name) => !name.startsWith('.')))('has another name when %s alone changes', async (name) => {
    expect((await build({ [name]: files[name]! + ' ' })).page).not.toBe((await build()).page)
  })

  it('is none without a place for its name', async () => {
    await expect(build({ 'kiosk.html': '<p>' })).rejects.toThrow('no place for the name')
  })
})
