/**
 * One answer of the server that follows its question. The last answer stays while
 * the next is on its way; an answer that comes late for an older question is dropped.
 */
export class Loading<T> {
  #value = $state.raw<T | null>(null)
  #problem = $state.raw<unknown>(null)
  #busy = $state(false)
  #ask: ((signal: AbortSignal) => Promise<T>) | null = null
  #abort: AbortController | null = null

  /** The newest answer, or null before the first and after a failure. */
  get value(): T | null {
    return this.#value
  }

  /** Why there is no answer. */
  get problem(): unknown {
    return this.#problem
  }

  get busy(): boolean {
    return this.#busy
  }

  /** Asks; the question before, if still open, is given up. */
  load(ask: (signal: AbortSignal) => Promise<T>): void {
    this.#ask = ask
    void this.#run()
  }

  /** Asks the same again. */
  retry = (): void => {
    void this.#run()
  }

  stop(): void {
    this.#abort?.abort()
  }

  async #run(): Promise<void> {
    if (this.#ask === null) return
    this.#abort?.abort()
    const abort = new AbortController()
    this.#abort = abort
    this.#busy = true
    this.#problem = null
    try {
      const value = await this.#ask(abort.signal)
      if (!abort.signal.aborted) this.#value = value
    } catch (error) {
      if (abort.signal.aborted) return
      this.#value = null
      this.#problem = error
    } finally {
      if (this.#abort === abort) this.#busy = false
    }
  }
}
