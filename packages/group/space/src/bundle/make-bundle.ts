/**
 * Making a signed bundle: the entries of some types that count here, each with what opens it alone.
 *
 * Every readable entry has to be opened to see of which type it is, so this costs what building a view anew costs; the bundle
 * itself holds nothing of the others but hashes. Two devices with the same logs and heads make the same bytes.
 */

import { compareBytes } from '@hamlet/core'
import type { DeviceId, PersonId } from '@hamlet/core'
import { encodeDeviceCertificate } from '@hamlet/identity'
import { openEntry } from '../content-reader.ts'
import type { DeviceTrack } from '../device-track.ts'
import { encodeEntry } from '../entry.ts'
import { SpaceError } from '../errors.ts'
import { payloadOpening } from '../payload.ts'
import type { SpaceCore } from '../space-core.ts'
import { RANK_BY_ROLE } from '../types.ts'
import type { ContentEntry, Entry, Role } from '../types.ts'
import { BUNDLE_BYTES_MAX, BUNDLE_ENTRIES_MAX, encodeBundle } from './bundle-format.ts'
import type { BundleLog } from './bundle-format.ts'
import { orderOf } from './open-bundle.ts'

const PAUSE_ENTRIES = 500

export interface BundleInput {
  /** Content types, each with the least role an author needs for it to count. */
  readonly types: ReadonlyMap<string, Role>
  /** Awaited after every so many entries, so that others get their turn. */
  readonly pause?: () => Promise<void>
}

interface Found {
  readonly entry: Entry
  readonly type: string
}

/** @throws SpaceError `SPACE_BUNDLE_TOO_LARGE`, `SPACE_DAMAGED`; LogError `LOG_DAMAGED` */
export async function makeBundle(core: SpaceCore, input: BundleInput): Promise<Uint8Array> {
  const certificates = certificatesOf(core)
  const logs: BundleLog[] = []
  const used = new Set<string>()
  let count = 0
  for (const track of core.tracks.values()) {
    const found = await findEntries(core, track, input)
    if (found.length === 0) continue
    count += found.length
    for (const { type } of found) used.add(type)
    if (count > BUNDLE_ENTRIES_MAX) throw tooLarge(`${BUNDLE_ENTRIES_MAX} entries`)
    logs.push(makeLog(core, track, found, certificates.get(track.device)!))
  }
  logs.sort((a, b) => compareBytes(orderOf(a), orderOf(b)))
  const bytes = encodeBundle({ space: core.id, types: [...used].sort(), logs })
  if (bytes.length > BUNDLE_BYTES_MAX) throw tooLarge(`${BUNDLE_BYTES_MAX} bytes`)
  return bytes
}

async function findEntries(
  core: SpaceCore,
  track: DeviceTrack,
  { types, pause }: BundleInput,
): Promise<readonly Found[]> {
  const found: Found[] = []
  const { applied } = track
  for (let from = track.base; from < applied; from += PAUSE_ENTRIES) {
    for (const entry of track.entries(from, Math.min(from + PAUSE_ENTRIES, applied))) {
      const content = contentOf(core, track, entry)
      const least = content && types.get(content.type)
      if (content === undefined || least === undefined) continue
      const isAllowed = RANK_BY_ROLE[content.role] >= RANK_BY_ROLE[least]
      if (isAllowed) found.push({ entry, type: content.type })
    }
    await pause?.()
  }
  return found
}

/** `undefined` unless the entry counts, is content and can be read here. */
function contentOf(
  core: SpaceCore,
  track: DeviceTrack,
  entry: Entry,
): Pick<ContentEntry, 'type' | 'role'> | undefined {
  const opened = openEntry(core, track, entry)
  return opened.kind === 'content' ? opened.content : undefined
}

function makeLog(
  core: SpaceCore,
  track: DeviceTrack,
  found: readonly Found[],
  certificate: Uint8Array,
): BundleLog {
  const { crypto } = core.ports
  const entries = found.map(({ entry }) => {
    const secret = core.keys.secret(entry.epoch!)!
    const block = encodeEntry(entry)
    const leaf = block.subarray(0, block.length - entry.payload.length)
    return { leaf, payload: entry.payload, opening: payloadOpening(crypto, secret, entry.payload) }
  })
  const { head, proof } = track.log.leafSetProof(found.map(({ entry }) => entry.seq))
  return { certificate, fork: track.log.fork, head, entries, proof }
}

/** Of each device the certificate of the person it belongs to; of several the least, whoever asks. */
export function certificatesOf(core: SpaceCore): ReadonlyMap<DeviceId, Uint8Array> {
  const found = new Map<DeviceId, Uint8Array>()
  const owners = new Map<DeviceId, PersonId | undefined>()
  for (const certificate of core.graph.certificates()) {
    const { device, person } = certificate
    if (!owners.has(device)) owners.set(device, core.deviceOwner(device))
    const owner = owners.get(device)
    if (owner !== undefined && owner !== person) continue
    const bytes = encodeDeviceCertificate(certificate)
    const known = found.get(device)
    if (known === undefined || compareBytes(bytes, known) < 0) found.set(device, bytes)
  }
  return found
}

function tooLarge(most: string): SpaceError {
  return new SpaceError('SPACE_BUNDLE_TOO_LARGE', `more than ${most} in one bundle`)
}
