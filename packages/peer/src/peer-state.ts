/**
 * What a peer must remember besides keys and logs: its names, its spaces, the links it gave out and the joins it has
 * under way. A small file replaced atomically at every change, because losing it would lose something a person did.
 *
 * A CBOR array: version 3; person's name; device's name; spaces (array of 32 B); links (array of `[invite id 32 B,
 * space 32 B, link text, expires at ms]`); joins (array of `[link text, request bytes, started at ms, state,
 * error code, error message]`); arrivals (array of `[ticket, started at ms]`, see `docs/formats/linking.md`); the search
 * for spaces of one's own, `[started at ms, addresses]` or null; the person's recovery public key, 32 B or null; whether
 * the files were ever copied or put back from a backup; spaces in which nobody has confirmed this device's log since;
 * devices of this person that were revoked (arrays of 32 B). Version 1 ends after the joins, version 2 after the key.
 *
 * Invariants:
 * 1. `update` resolves when the change is durable; a crash leaves the file before or after it.
 * 2. Changes are written in the order they were asked for.
 */

import { decodeFields, encodeCbor, idToBytes, NAME_BYTES_MAX } from '@hamlet/core'
import type {
  CborError,
  DeviceId,
  Disk,
  FieldReader,
  InviteId,
  Result,
  SpaceId,
} from '@hamlet/core'
import { readTicket, TICKET_HINT_BYTES_MAX, ticketFields } from '@hamlet/identity/linking'
import type { MeetingTicket } from '@hamlet/identity/linking'
import { PeerError } from './errors.ts'

const STATE_VERSION = 3
const STATE_VERSIONS = [1, 2, STATE_VERSION]
/** Addresses to ask at during a search. */
export const SEARCH_ADDRESSES_MAX = 64
const STATE_FILE = 'state'
const SPACES_MAX = 1_000
const LINKS_MAX = 10_000
const JOINS_MAX = 1_000
const REVOKED_MAX = 1_000
/** Spaces, joins and arrivals. */
const UNCONFIRMED_MAX = 2 * SPACES_MAX + JOINS_MAX
const LINK_BYTES_MAX = 8_192
const ITEMS_MAX = 200_000
const BYTES_MAX = 64 * 1024 * 1024

const JOIN_STATES = ['connecting', 'asked', 'admitted', 'joined', 'declined', 'failed'] as const

export interface SavedLink {
  readonly invite: InviteId
  readonly space: SpaceId
  readonly link: string
  readonly expiresAtMs: number
}

export interface SavedJoin {
  readonly link: string
  /** The signed request: the same bytes again after a restart, so that members see one request. */
  readonly request: Uint8Array
  readonly startedAtMs: number
  readonly state: (typeof JOIN_STATES)[number]
  readonly errorCode: string
  readonly errorMessage: string
}

export interface SavedArrival {
  readonly ticket: MeetingTicket
  readonly startedAtMs: number
}

/** This device looks for whoever shares spaces with its person. */
export interface SavedSearch {
  readonly startedAtMs: number
  /** Multiaddrs that the person gave, or that came with a link code. */
  readonly addresses: readonly string[]
}

export interface PeerState {
  readonly name: string
  readonly deviceName: string
  readonly spaces: readonly SpaceId[]
  readonly links: readonly SavedLink[]
  readonly joins: readonly SavedJoin[]
  readonly arrivals: readonly SavedArrival[]
  readonly search: SavedSearch | undefined
  /** Told by the device this one was linked from; a device that keeps the words derives it. */
  readonly recoveryPublic: Uint8Array | undefined
  /** The files were copied or put back from a backup once: this device may have been in spaces it knows nothing of. */
  readonly wasRestored: boolean
  /** Spaces that wait for somebody to confirm that nothing of this device's log is missing here. */
  readonly unconfirmed: readonly SpaceId[]
  /** Devices of this person that were revoked somewhere and are to be revoked everywhere. */
  readonly revoked: readonly DeviceId[]
}

const EMPTY: PeerState = {
  ...{ name: '', deviceName: '', spaces: [], links: [], joins: [], arrivals: [] },
  ...{ search: undefined, recoveryPublic: undefined },
  ...{ wasRestored: false, unconfirmed: [], revoked: [] },
}

export class PeerStateFile {
  readonly #disk: Disk
  #state: PeerState
  #writing: Promise<void> = Promise.resolve()

  private constructor(disk: Disk, state: PeerState) {
    this.#disk = disk
    this.#state = state
  }

  /** @throws PeerError `PEER_STATE_CORRUPT` */
  static async open(disk: Disk): Promise<PeerStateFile> {
    const bytes = await disk.readAll(STATE_FILE)
    if (bytes === undefined) return new PeerStateFile(disk, EMPTY)
    const decoded = decodePeerState(bytes)
    if (decoded.ok) return new PeerStateFile(disk, decoded.value)
    throw new PeerError('PEER_STATE_CORRUPT', 'The file of settings and spaces is damaged.', {
      cause: decoded.error,
    })
  }

  get value(): PeerState {
    return this.#state
  }

  /** Applies the change at once; resolves when it is on disk. */
  async update(change: (state: PeerState) => Partial<PeerState>): Promise<void> {
    this.#state = { ...this.#state, ...change(this.#state) }
    const write = this.#writing.then(() =>
      this.#disk.write(STATE_FILE, encodePeerState(this.#state)),
    )
    this.#writing = write.catch(() => undefined)
    await write
  }
}

export function encodePeerState(state: PeerState): Uint8Array {
  return encodeCbor([
    STATE_VERSION,
    state.name,
    state.deviceName,
    state.spaces.map(idToBytes),
    state.links.map((link) => [
      idToBytes(link.invite),
      idToBytes(link.space),
      link.link,
      link.expiresAtMs,
    ]),
    state.joins.map((join) => [
      join.link,
      join.request,
      join.startedAtMs,
      join.state,
      join.errorCode,
      join.errorMessage,
    ]),
    state.arrivals.map(({ ticket, startedAtMs }) => [ticketFields(ticket), startedAtMs]),
    state.search === undefined ? null : [state.search.startedAtMs, state.search.addresses],
    state.recoveryPublic ?? null,
    state.wasRestored,
    state.unconfirmed.map(idToBytes),
    state.revoked.slice(-REVOKED_MAX).map(idToBytes),
  ])
}

export function decodePeerState(bytes: Uint8Array): Result<PeerState, CborError> {
  const limits = { bytesMax: BYTES_MAX, itemsMax: ITEMS_MAX }
  return decodeFields(
    bytes,
    'peer state',
    (fields) => {
      const version = fields.oneOf(STATE_VERSIONS)
      const state = {
        ...EMPTY,
        name: fields.text(NAME_BYTES_MAX),
        deviceName: fields.text(NAME_BYTES_MAX),
        spaces: fields.list(SPACES_MAX, (item) => item.id<SpaceId>()),
        links: fields.list(LINKS_MAX, (item) => item.tuple(readLink)),
        joins: fields.list(JOINS_MAX, (item) => item.tuple(readJoin)),
      }
      if (version === 1) return state
      const found = {
        ...state,
        arrivals: fields.list(SPACES_MAX, (item) => item.tuple(readArrival)),
        search: fields.optional(() => fields.tuple(readSearch)),
        recoveryPublic: fields.optional(() => fields.bytes(32)),
      }
      if (version === 2) return found
      return {
        ...found,
        wasRestored: fields.boolean(),
        unconfirmed: fields.list(UNCONFIRMED_MAX, (item) => item.id<SpaceId>()),
        revoked: fields.list(REVOKED_MAX, (item) => item.id<DeviceId>()),
      }
    },
    limits,
  )
}

function readLink(fields: FieldReader): SavedLink {
  return {
    invite: fields.id<InviteId>(),
    space: fields.id<SpaceId>(),
    link: fields.text(LINK_BYTES_MAX),
    expiresAtMs: fields.uint(),
  }
}

function readArrival(fields: FieldReader): SavedArrival {
  return { ticket: fields.tuple(readTicket), startedAtMs: fields.uint() }
}

function readSearch(fields: FieldReader): SavedSearch {
  return {
    startedAtMs: fields.uint(),
    addresses: fields.list(SEARCH_ADDRESSES_MAX, (item) => item.text(TICKET_HINT_BYTES_MAX, 1)),
  }
}

function readJoin(fields: FieldReader): SavedJoin {
  return {
    link: fields.text(LINK_BYTES_MAX),
    request: fields.bytesUpTo(LINK_BYTES_MAX),
    startedAtMs: fields.uint(),
    state: fields.oneOf(JOIN_STATES),
    errorCode: fields.text(64),
    errorMessage: fields.text(1_024),
  }
}
