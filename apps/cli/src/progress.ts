/** How far a long command is: one line on a terminal that is written over, nothing anywhere else. */

import type { Session } from './command.ts'

const BAR_CELLS = 24
const STEP_MS = 100
const CLEAR_LINE = '\r\u001b[K'

export class Progress {
  readonly #session: Session
  readonly #what: string
  readonly #isShown: boolean
  #shownMs = Number.NEGATIVE_INFINITY

  /** `what`: a word before the bar, such as "Publishing". */
  constructor(session: Session, what: string) {
    this.#session = session
    this.#what = what
    this.#isShown = session.io.stderr.isTerminal && !session.isJson
  }

  /** `total` is 0 while it is not known; `words` stand behind the bar. */
  update(done: number, total: number, words = ''): void {
    const nowMs = this.#session.io.nowMs()
    if (!this.#isShown || nowMs - this.#shownMs < STEP_MS) return
    this.#shownMs = nowMs
    this.#session.io.stderr.write(
      `${CLEAR_LINE}${this.#what} ${barOf(done, total)}${words && `  ${words}`}`,
    )
  }

  /** Takes the line away: what comes next stands alone. */
  end(): void {
    if (this.#shownMs > Number.NEGATIVE_INFINITY) this.#session.io.stderr.write(CLEAR_LINE)
    this.#shownMs = Number.NEGATIVE_INFINITY
  }
}

function barOf(done: number, total: number): string {
  if (total <= 0) return `${done}`
  const part = Math.min(1, done / total)
  const cells = Math.floor(part * BAR_CELLS)
  return `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}] ${Math.floor(part * 100)} %`
}
