import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.e2e.ts'],
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    // What a page will show is waited for as long as a busy machine needs.
    expect: { poll: { timeout: 30_000 } },
    // Two measure times, all drive browsers on machines that do other things, too: a second try, which the report names.
    retry: 1,
  },
})
