/** Files brought in through the browser: what the server says of them, and the pure parts of sending and reporting. */
import type { Text } from './language'

/** The kinds of file, in the order a new province needs them. All are tables but the last, which a kiosk exports. */
export const importKinds = ['agencies', 'fields', 'points', 'volumes', 'responses', 'kiosk-queue'] as const
export type ImportKind = (typeof importKinds)[number]

export interface ImportColumn {
  name: string
  meaning: Text
  required: boolean
  example: string
}

/** What is wrong with one cell of a file. The message is in the user's language. */
export interface ImportProblem {
  line: number
  column: string
  reason: string
  message: string
}

export interface ImportReport {
  dryRun: boolean
  lines: number
  created: number
  updated: number
  unchanged: number
  rejected: number
  /** The first thousand; problemCount counts all. */
  problems: ImportProblem[]
  problemCount: number
}

/** A file on the server: arriving in parts, then run as often as wished, dry or not. */
export interface Import {
  id: string
  kind: ImportKind
  fileName: string
  size: number
  partSize: number
  parts: number
  received: number[]
  state: 'receiving' | 'running' | 'done' | 'failed'
  dryRun: boolean
  progress: { lines: number; total: number | null }
  createdAt: string
  expiresAt: string
  report: ImportReport | null
  problem: { detail: string; errors?: { path: string; message: string }[] } | null
}

/** The largest file the server takes, in bytes. */
export const maxImportSize = 64 * 1024 * 1024

/** The parts the server still lacks, by number and by their bytes in the file. */
export function missingParts(of: Pick<Import, 'size' | 'partSize' | 'parts' | 'received'>): { n: number; from: number; to: number }[] {
  const received = new Set(of.received)
  const missing = []
  for (let n = 1; n <= of.parts; n++) {
    if (!received.has(n)) missing.push({ n, from: (n - 1) * of.partSize, to: Math.min(of.size, n * of.partSize) })
  }
  return missing
}

/** How much of the file has arrived, 0–1. */
export function sentShare(of: Pick<Import, 'size' | 'partSize' | 'parts' | 'received'>): number {
  const left = missingParts(of).reduce((bytes, part) => bytes + part.to - part.from, 0)
  return of.size === 0 ? 1 : (of.size - left) / of.size
}

/** A cell of a CSV file. What a spreadsheet would take for a formula is kept from being one. */
function csvCell(value: string | number): string {
  const text = /^[=+\-@\t\r]/.test(String(value)) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows as CSV that spreadsheets open as UTF-8: with a byte order mark and CRLF. */
export function csv(rows: (string | number)[][]): string {
  return '\ufeff' + rows.map((row) => row.map(csvCell).join(',') + '\r\n').join('')
}
