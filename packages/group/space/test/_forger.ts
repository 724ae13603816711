/** A member's device with software of its own: it signs whatever it is told to. */

import { createMemoryDisk } from '@hamlet/store'
import { idToBytes } from '@hamlet/core'
import { Log } from '@hamlet/log'
import type { LogRange } from '@hamlet/log'
import {
  composeEntry,
  decodeEntry,
  encodeContent,
  encodeCore,
  encodeOperation,
  entryLeafLength,
  sealContent,
} from '@hamlet/space'
import type { ControlOperation, EncodedEntry, EntryCore, Space } from '@hamlet/space'
import assert from 'node:assert/strict'
import { crypto } from './_world.ts'
import type { Peer } from './_world.ts'

export class Forger {
  readonly #peer: Peer
  readonly #space: Space
  readonly #log: Log

  private constructor(peer: Peer, space: Space, log: Log) {
    this.#peer = peer
    this.#space = space
    this.#log = log
  }

  /** Starts from the device's log as `space` holds it. */
  static async open(peer: Peer, space: Space): Promise<Forger> {
    const log = await Log.open({
      disk: createMemoryDisk(),
      crypto,
      directory: 'forged',
      publicKey: idToBytes(peer.device),
      namespace: idToBytes(space.id),
      signer: peer.identity.deviceSigner,
      leafLength: entryLeafLength,
    })
    const range = space.rangeFrom(peer.device, 0, { bytesMax: 1_000_000 })
    if (range !== undefined) assert.ok((await log.accept(range)).ok)
    return new Forger(peer, space, log)
  }

  /** A place after the last entry, having seen all that `space` has applied; `fields` replace parts of it. */
  place(fields: Partial<EntryCore> = {}): EntryCore {
    const seq = this.#log.length
    const last = seq === 0 ? undefined : this.#entry(seq - 1)
    const deps = [...this.#space.appliedLengths()]
      .filter(([device, length]) => device !== this.#peer.device && length > 0)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([device, length]) => {
        const { id, time } = this.#space.entryAt(device, length - 1)!
        return { device, seq: length - 1, id, time }
      })
    const latest = Math.max(0, ...[last, ...deps].map((entry) => entry?.time.milliseconds ?? 0))
    return {
      space: this.#space.id,
      device: this.#peer.device,
      seq,
      previous: last?.id,
      deps: deps.map(({ device, seq, id }) => ({ device, seq, id })),
      time: { milliseconds: latest + 1, counter: 0 },
      epoch: undefined,
      ...fields,
    }
  }

  control(operation: ControlOperation, fields: Partial<EntryCore> = {}): Promise<LogRange> {
    return this.payload(encodeOperation(operation), fields)
  }

  content(text: string, secret: Uint8Array, fields: Partial<EntryCore>): Promise<LogRange> {
    const header = this.place(fields)
    const core = encodeCore(header)
    const content = encodeContent({ type: 'chat.message', value: [text] })
    return this.#append(header, sealContent(crypto, secret, new Uint8Array(16), core, content))
  }

  payload(payload: Uint8Array, fields: Partial<EntryCore> = {}): Promise<LogRange> {
    return this.#append(this.place(fields), payload)
  }

  /** Many entries in one commit, each dated as `timeMsOf` says; from the second on without dependencies. */
  async flood(count: number, timeMsOf: (index: number) => number): Promise<void> {
    let header = this.place()
    const blocks: Uint8Array[] = []
    for (let i = 0; i < count; i++) {
      header = { ...header, time: { milliseconds: timeMsOf(i), counter: i } }
      const { entry, block } = composeEntry(crypto, header, encodeCore(header), new Uint8Array(20))
      blocks.push(block)
      header = { ...header, seq: header.seq + 1, previous: entry.id, deps: [] }
    }
    await this.#log.append(blocks)
  }

  /** What was written so far, from an entry on. */
  range(from: number, blocksMax: number): LogRange {
    return this.#log.rangeFrom(from, { bytesMax: 1_000_000, blocksMax })!
  }

  async #append(header: EntryCore, payload: Uint8Array): Promise<LogRange> {
    const { block } = composeEntry(crypto, header, encodeCore(header), payload)
    await this.#log.append([block])
    const from = this.#log.length - 1
    return this.#log.rangeFrom(from, { bytesMax: 1_000_000, blocksMax: 10 })!
  }

  #entry(seq: number): EncodedEntry {
    const decoded = decodeEntry(this.#log.get(seq), crypto)
    assert.ok(decoded.ok)
    return decoded.value
  }
}
