import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Submission } from '../lib/outboxStore'

/** What happens to a request that sends ratings. */
export type Fault =
  | 'lost' // the server takes it; its answer never arrives
  | 'reset' // it never reaches the server
  | 'silent' // nothing ever comes back
  | 'portal' // a captive portal answers 200 with its page
  | 'redirect' // a captive portal sends elsewhere
  | 'foreign' // JSON with status 200 that names no rating
  | { status: number; retryAfter?: number }

/** A line between a kiosk and the server that fails as it is told to. */
export interface Line {
  url: string
  /** No connection at all while true. */
  down: boolean
  /** The fault of the next request that sends ratings; null lets it through. */
  fault: (items: Submission[]) => Fault | null
  /** What the worker's script becomes on the way. */
  worker: (script: string) => string
  /** The ratings of every request that reached the server, in order. */
  readonly sent: Submission[][]
  /** Most requests with ratings that were ever under way together. */
  readonly together: number
  close: () => Promise<void>
}

/** Opens a line to a server. */
export async function openLine(server: string): Promise<Line> {
  const sent: Submission[][] = []
  let underWay = 0
  let together = 0

  async function handle(from: IncomingMessage, to: ServerResponse) {
    const body = await bodyOf(from)
    if (line.down) return from.socket.destroy()
    const path = from.url ?? '/'
    if (from.method !== 'POST' || path !== '/api/v1/responses') return pass(from, to, path, body)

    const items = (JSON.parse(body.toString()) as { responses: Submission[] }).responses
    together = Math.max(together, ++underWay)
    to.once('close', () => underWay--)
    const fault = line.fault(items)
    if (fault === null || fault === 'lost') {
      sent.push(items)
      return pass(from, to, path, body, fault === 'lost')
    }
    if (fault === 'silent') return
    if (fault === 'reset') return from.socket.destroy()
    if (fault === 'redirect') return to.writeHead(302, { Location: 'http://wifi.invalid/' }).end()
    if (fault === 'portal') return to.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>Wi-Fi</title>Xin đăng nhập')
    if (fault === 'foreign') return to.writeHead(200, { 'Content-Type': 'application/json' }).end('{"results":[]}')
    const headers = { 'Content-Type': 'application/problem+json', ...(fault.retryAfter ? { 'Retry-After': fault.retryAfter } : {}) }
    to.writeHead(fault.status, headers).end('{"code":"unavailable"}')
  }

  async function pass(from: IncomingMessage, to: ServerResponse, path: string, body: Buffer, lost = false) {
    const headers = { ...from.headers, 'accept-encoding': 'identity' }
    const onward = request(server + path, { method: from.method ?? 'GET', headers })
    onward.once('error', () => to.destroy())
    onward.once('response', (answer) => {
      void bodyOf(answer).then((bytes) => {
        if (lost) return to.destroy()
        const content = path === '/sw.js' ? Buffer.from(line.worker(bytes.toString())) : bytes
        to.writeHead(answer.statusCode ?? 502, { ...answer.headers, 'content-length': content.length }).end(content)
      })
    })
    onward.end(body)
  }

  const listener = createServer((from, to) => void handle(from, to).catch(() => to.destroy()))
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done))
  const line: Line = {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    down: false,
    fault: () => null,
    worker: (script) => script,
    sent,
    get together() {
      return together
    },
    close: () =>
      new Promise((done) => {
        listener.close(() => done())
        listener.closeAllConnections()
      }),
  }
  return line
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
