import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** The built program. */
export const binary = resolve(import.meta.dirname, '../../bin/sipas')

export const admin = { name: 'admin', password: 'e2e-password-2026' }

export interface Server {
  url: string
  /** The folder of its data. */
  data: string
  /** Whether the server has printed or logged the text. */
  said: (text: string) => boolean
  /** Ends the server and removes its data. */
  stop: () => Promise<void>
}

/**
 * Starts the built server on a free port with a fresh data folder and waits until
 * it is ready; flags are added to its command. It fails with the server's own output when it is not.
 */
export async function startServer(...flags: string[]): Promise<Server> {
  if (!existsSync(binary)) throw new Error(`${binary} is missing: build the server first (make build)`)
  const data = await mkdtemp(join(tmpdir(), 'sipas-e2e-'))
  const listen = `127.0.0.1:${await freePort()}`
  const url = `http://${listen}`
  const child = spawn(binary, ['serve', '--listen', listen, '--data', data, ...flags], {
    env: { ...process.env, SIPAS_PUBLIC_URL: url, SIPAS_ADMIN_NAME: admin.name, SIPAS_ADMIN_PASSWORD: admin.password },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const ended = new Promise<void>((done) => child.once('close', () => done()))

  const stop = async () => {
    if (child.exitCode === null) child.kill('SIGTERM')
    await ended
    await rm(data, { recursive: true, force: true })
  }
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output}`)
      return (await fetch(url + '/readyz').catch(() => null))?.ok ?? false
    }, `the server was not ready in time:\n`)
  } catch (error) {
    await stop()
    throw error instanceof Error ? new Error(error.message + output) : error
  }
  return { url, data, said: (text) => output.includes(text), stop }
}

/** Asks the API as the administrator: the method, the path below /api/v1, what is sent. An answer that is no success fails. */
export type Api = <T>(method: string, path: string, body?: unknown) => Promise<T>

/** Signs the administrator in. */
export async function signedIn({ url }: Server): Promise<Api> {
  let token = ''
  const api: Api = async <T>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: body === undefined ? null : JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }
  token = (await api<{ accessToken: string }>('POST', '/session', admin)).accessToken
  return api
}

/** Asks again until the answer is true; fails with the message after a minute. */
export async function until(condition: () => Promise<boolean>, message: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(message)
    await new Promise((again) => setTimeout(again, 100))
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (typeof address === 'object' && address ? done(address.port) : fail(new Error('no port'))))
    })
  })
}
