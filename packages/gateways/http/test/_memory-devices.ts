/** Devices of the people in a memory world: linking one makes it the other's person; the number is made up. */

import { HamletError } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'

const CODE_LIFE_MS = 600_000
const codes = new Map<string, MemoryDevices>()

/** The device and its person. */
export interface MemoryOwner {
  id: string
  name: string
  readonly world: { newId(): string; nowMs(): number }
  emit(event: api.HamletEvent): void
}

export class MemoryDevices {
  readonly owner: MemoryOwner
  name = 'memory'
  link: api.DeviceLink = { state: 'none' }
  recovery: api.Recovery = { state: 'none', helpers: 0, arriving: 0 }
  #other: MemoryDevices | undefined

  constructor(owner: MemoryOwner) {
    this.owner = owner
  }

  start(): api.DeviceLink {
    const code = `hamlet:link#${this.owner.world.newId()}`
    codes.set(code, this)
    const expiresAtMs = this.owner.world.nowMs() + CODE_LIFE_MS
    return this.#show({ state: 'waiting', role: 'old', code, expiresAtMs, wordsNeeded: false })
  }

  use(code: string): api.DeviceLink {
    const old = codes.get(code.trim())
    codes.delete(code.trim())
    if (old === undefined) throw new HamletError('LINK_CODE_MALFORMED', 'not a code')
    ;[this.#other, old.#other] = [old, this]
    const number = String(this.owner.world.nowMs() % 1_000_000).padStart(6, '0')
    const wordsNeeded = false
    old.#show({ state: 'comparing', role: 'old', number, name: this.name, wordsNeeded })
    return this.#show({ state: 'comparing', role: 'new', number, name: old.owner.name })
  }

  confirm(): api.DeviceLink {
    const fresh = this.#other
    if (fresh === undefined || this.link.state !== 'comparing') {
      throw new HamletError('LINK_NOT_WAITING', 'no device waits')
    }
    ;[fresh.owner.id, fresh.owner.name] = [this.owner.id, this.owner.name]
    fresh.owner.emit({ type: 'status' })
    fresh.#show({ state: 'done', role: 'new', name: this.owner.name })
    return this.#show({ state: 'done', role: 'old', name: fresh.name })
  }

  cancel(): void {
    const error = { code: 'LINK_REFUSED', message: 'declined' }
    const other = this.#other
    const wasComparing = this.link.state === 'comparing'
    if (wasComparing && other !== undefined) other.#show({ state: 'failed', error })
    this.#other = undefined
    this.#show({ state: 'none' })
  }

  recover(words: string): api.Recovery {
    if (words.trim().split(/\s+/).length !== 24) throw new HamletError('WORDS_COUNT', '24 words')
    this.recovery = {
      ...{ state: 'searching', helpers: 0, arriving: 0 },
      startedAtMs: this.owner.world.nowMs(),
    }
    return this.recovery
  }

  #show(link: api.DeviceLink): api.DeviceLink {
    this.link = link
    this.owner.emit({ type: 'devices' })
    return link
  }
}
