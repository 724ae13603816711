/**
 * Who else wrote a version: the entries that carry it beside the first, which is its author's.
 *
 * Two devices that make the same bill when it is due, or import the same file, write one version with two entries. Whoever
 * had one of them had the version, and may have closed a period over it; that the other came to light later, and was
 * first, changes nothing about that. Of each log the first such entry is kept.
 */

import type { CborValue, DeviceId } from '@hamlet/core'
import type { ViewReader } from '@hamlet/space/view'
import type { LedgerId, VersionId } from '../party.ts'
import { CARRIERS_PREFIX, carrierPrefix } from './keys.ts'
import { fieldsOf } from './records.ts'
import type { Authorship } from './records.ts'

export type Carrier = Pick<Authorship, 'device' | 'log' | 'seq'>
export type CarriersByVersion = ReadonlyMap<VersionId, readonly Carrier[]>

const VERSION_DIGITS = 64
const NOBODY: readonly Carrier[] = []

/** Of all versions of expenses. */
export function readCarriers(view: ViewReader): Promise<CarriersByVersion> {
  return readBelow(view, CARRIERS_PREFIX)
}

/** In memory, by version. */
export class LedgerCarriers {
  readonly #view: ViewReader
  readonly #carriers = new Map<VersionId, readonly Carrier[]>()

  constructor(view: ViewReader) {
    this.#view = view
  }

  of(version: VersionId): readonly Carrier[] {
    return this.#carriers.get(version) ?? NOBODY
  }

  async load(): Promise<void> {
    this.#put(await readCarriers(this.#view))
  }

  async take(expenses: ReadonlySet<LedgerId>): Promise<void> {
    for (const id of expenses) this.#put(await readBelow(this.#view, carrierPrefix(id)))
  }

  #put(carriers: CarriersByVersion): void {
    for (const [version, some] of carriers) this.#carriers.set(version, some)
  }
}

/** `former`: what is stored of the same log. */
export function encodeCarrier(
  { device, log, seq }: Carrier,
  former: CborValue | undefined,
): CborValue {
  const first = former === undefined ? seq : Math.min(seq, decodeCarrier(log, former).seq)
  return [first, device === log ? null : device]
}

function decodeCarrier(log: DeviceId, stored: CborValue): Carrier {
  const [seq, device] = fieldsOf(stored, 2)
  return { log, seq: seq as number, device: (device ?? log) as DeviceId }
}

async function readBelow(view: ViewReader, prefix: string): Promise<CarriersByVersion> {
  const carriers = new Map<VersionId, Carrier[]>()
  for await (const [key, stored] of view.range(prefix)) {
    const [version, log] = key.slice(-(2 * VERSION_DIGITS + 1)).split('/')
    const some = carriers.get(version as VersionId) ?? []
    some.push(decodeCarrier(log as DeviceId, stored))
    carriers.set(version as VersionId, some)
  }
  return carriers
}
