/**
 * What is said to trackers and by them: web addresses, runs of chunks, answers. Formats: `docs/formats/tracker.md`.
 *
 * The idea: a tracker is anybody. Of an answer only what is used here is read, each field within its limit; what is more is
 * left aside, as it may be newer.
 *
 * Invariant: the decoders take any bytes and give what they stand for, or `undefined`.
 */

/** Web address of a tracker. */
export const TRACKER_URL_LENGTH_MAX = 300
/** An answer of a tracker. */
export const TRACKER_ANSWER_BYTES_MAX = 1024 * 1024
/** Peers that are taken out of one answer. */
export const TRACKER_PEERS_MAX = 200
/** Addresses of one peer that are told, and taken out of an answer, and the length of each. */
export const TRACKER_ADDRESSES_MAX = 8
export const TRACKER_ADDRESS_LENGTH_MAX = 200
/** Runs of chunks of one blob that are told; of more, only their sum. */
export const TRACKER_RUNS_MAX = 1024

const CHALLENGE_LENGTH_MAX = 200
const TOKEN_LENGTH_MAX = 2048
const REFUSED_MAX = 1000
const TIME_MAX = 2 ** 52
const DEVICE = /^[0-9a-f]{64}$/
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/
/** What may stand in a header or in lines that are signed. */
const PLAIN = /^[A-Za-z0-9._~-]+$/

export interface TrackerToken {
  readonly token: string
  /** By the clock of the tracker. */
  readonly expiresAtMs: number
}

export interface TrackerPeer {
  readonly device: string
  readonly addresses: readonly string[]
}

/**
 * `https://host[:port]`, as a tracker is known by; `undefined` for what is no address of one. Without encryption only this machine is
 * asked, and what the person named so.
 */
export function trackerOrigin(text: string, isByPerson: boolean): string | undefined {
  if (text.length > TRACKER_URL_LENGTH_MAX || !URL.canParse(text.trim())) return undefined
  const url = new URL(text.trim())
  const isBare = url.pathname === '/' && url.search === '' && url.hash === ''
  if (!isBare || url.username !== '' || url.password !== '') return undefined
  if (url.protocol === 'https:') return url.origin
  return url.protocol === 'http:' && (isByPerson || isThisMachine(url)) ? url.origin : undefined
}

/** The address of the tracker as a multiaddr, where it is a number. */
export function trackerMultiaddr(origin: string): string | undefined {
  const { hostname } = new URL(origin)
  if (hostname === 'localhost') return '/ip4/127.0.0.1/tcp/1024'
  if (hostname.startsWith('[')) return `/ip6/${hostname.slice(1, -1)}/tcp/1024`
  return /^[\d.]+$/.test(hostname) ? `/ip4/${hostname}/tcp/1024` : undefined
}

/** Base64 of this is what an announcement carries; runs are in order and apart from each other. */
export function encodeChunkRuns(
  runs: Iterable<{ readonly first: number; readonly count: number }>,
): Uint8Array | undefined {
  const bytes: number[] = []
  let [end, length] = [0, 0]
  for (const { first, count } of runs) {
    if (++length > TRACKER_RUNS_MAX) return undefined
    pushNumber(bytes, first - end)
    pushNumber(bytes, count)
    end = first + count
  }
  return Uint8Array.from(bytes)
}

export function decodeTrackerChallenge(bytes: Uint8Array): string | undefined {
  const challenge = asObject(parse(bytes))?.['challenge']
  return isPlain(challenge, CHALLENGE_LENGTH_MAX) ? challenge : undefined
}

export function decodeTrackerToken(bytes: Uint8Array): TrackerToken | undefined {
  const { token, expiresAtMs } = asObject(parse(bytes)) ?? {}
  if (!isPlain(token, TOKEN_LENGTH_MAX) || !isTime(expiresAtMs)) return undefined
  return { token, expiresAtMs }
}

/** What of an announcement was refused. */
export function decodeTrackerRefusals(
  bytes: Uint8Array,
): readonly { readonly topic: string; readonly code: string }[] | undefined {
  const refused = asObject(parse(bytes))?.['refused']
  if (!Array.isArray(refused) || refused.length > REFUSED_MAX) return undefined
  const read = refused.map((each) => {
    const { topic, code } = asObject(each) ?? {}
    return isText(topic, DEVICE) && isText(code, CODE) ? { topic, code } : undefined
  })
  return read.every((each) => each !== undefined) ? read : undefined
}

/** Devices; peers of other kinds are left out. */
export function decodeTrackerPeers(bytes: Uint8Array): readonly TrackerPeer[] | undefined {
  const peers = asObject(parse(bytes))?.['peers']
  if (!Array.isArray(peers)) return undefined
  return peers.slice(0, TRACKER_PEERS_MAX).flatMap((each): TrackerPeer[] => {
    const { peer, addresses } = asObject(each) ?? {}
    if (!isText(peer, DEVICE) || !Array.isArray(addresses)) return []
    const texts = addresses.filter(
      (address): address is string =>
        typeof address === 'string' && address.length <= TRACKER_ADDRESS_LENGTH_MAX,
    )
    return [{ device: peer, addresses: texts.slice(0, TRACKER_ADDRESSES_MAX) }]
  })
}

/** The code of what went wrong. */
export function decodeTrackerError(bytes: Uint8Array): string | undefined {
  const code = asObject(asObject(parse(bytes))?.['error'])?.['code']
  return isText(code, CODE) ? code : undefined
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length > TRACKER_ANSWER_BYTES_MAX) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value)
}

function isPlain(value: unknown, lengthMax: number): value is string {
  return isText(value, PLAIN) && value.length <= lengthMax
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= TIME_MAX
}

function isThisMachine({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[\d.]+$/.test(hostname)
}

/** Unsigned LEB128. */
function pushNumber(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
}
