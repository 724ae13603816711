/** Short notices at the edge of the page. They leave by themselves, except those that report a failure. */

import type { AppState, Notice } from './app-state.ts'
import type { Observed } from './observable.ts'

const NOTICE_MS = 6000
const NOTICES_MAX = 3

export class NoticeBoard {
  readonly #state: Observed<AppState>
  #lastId = 0

  constructor(state: Observed<AppState>) {
    this.#state = state
  }

  show(notice: Omit<Notice, 'id'>, visibleMs = NOTICE_MS): number {
    const id = ++this.#lastId
    this.#state.update((state) => {
      const others = state.notices.filter((other) => other.text !== notice.text)
      return { ...state, notices: [...others, { ...notice, id }].slice(-NOTICES_MAX) }
    })
    if (notice.tone === 'plain') setTimeout(() => this.dismiss(id), visibleMs)
    return id
  }

  dismiss(id: number): void {
    this.#state.update((state) => {
      const notices = state.notices.filter((notice) => notice.id !== id)
      return notices.length === state.notices.length ? state : { ...state, notices }
    })
  }
}
