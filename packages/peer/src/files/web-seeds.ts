/**
 * Web seeds: web servers that hand out the blobs of a share as files, one blob at `<address><64 hex digits of its root>-<size>`.
 *
 * The idea: a server that knows nothing of Hamlet is one more source. It is asked for ranges and for nothing else; what it sends is
 * verified by the engine like the chunks of a peer, and whoever sends something wrong is not asked again.
 *
 * Invariants:
 * 1. An address is asked only because the person took up the link that names it, or loads or looks at what a member of a space shared with
 *    it, and nothing of the person goes with the question.
 * 2. It leads to public hosts, unless the person who runs this peer allows others (`node-web.ts` resolves once, checks, and connects to
 *    what it checked; no redirects): neither a link nor a member can make this device knock on the doors of its own network.
 */

import { blobKey } from '@hamlet/blobs'
import type { BlobId, WebSeed } from '@hamlet/blobs'
import { PeerError } from '../errors.ts'
import type { WebPort } from '../web-port.ts'

/** Web address of a web seed, as links carry it. */
export const WEB_SEED_LENGTH_MAX = 300
/** Web seeds of one share. */
export const WEB_SEEDS_MAX = 8
/** From the question to the end of a chunk. */
const CHUNK_MS_MAX = 60_000
const WHOLE = 200
const PART = 206

/** The address as it is used; `undefined` for what is none: it ends with a slash, and has no query, fragment, name or password. */
export function webSeedAddress(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed.length > WEB_SEED_LENGTH_MAX || !URL.canParse(trimmed)) return undefined
  const { protocol, username, password, pathname, href } = new URL(trimmed)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  const isPlain = username === '' && password === '' && !/[?#]/.test(href)
  return isWeb && isPlain && pathname.endsWith('/') ? href : undefined
}

/** As the person wrote them. @throws PeerError `WEB_SEED_INVALID` */
export function toWebSeeds(urls: readonly string[]): readonly string[] {
  const addresses = urls.map(webSeedAddress)
  const isEach = addresses.every((address) => address !== undefined)
  if (isEach && addresses.length <= WEB_SEEDS_MAX) return [...new Set(addresses)]
  throw new PeerError(
    'WEB_SEED_INVALID',
    `The web address of a web seed is https://host/folder/, with a slash at its end; at most ${WEB_SEEDS_MAX} of them.`,
  )
}

/** What the addresses may give of a blob; those that are none are left out. */
export function webSeedsOf(web: WebPort, urls: readonly string[], id: BlobId): readonly WebSeed[] {
  const addresses = new Set(
    urls.slice(0, WEB_SEEDS_MAX).flatMap((url) => webSeedAddress(url) ?? []),
  )
  return [...addresses].map((address) => webSeed(web, address, id))
}

function webSeed(web: WebPort, address: string, id: BlobId): WebSeed {
  const url = address + blobKey(id)
  return {
    name: nameOf(address),
    async read(offset, length, signal) {
      const { status, body } = await web({
        method: 'GET',
        url,
        headers: {
          range: `bytes=${offset}-${offset + length - 1}`,
          'accept-encoding': 'identity',
        },
        bytesMax: length,
        timeoutMs: CHUNK_MS_MAX,
        signal,
        isPublicOnly: true,
        isKeptOpen: true,
      })
      // Without ranges the whole file comes, which is as good when that is what was asked for.
      const isAsked = status === PART || (status === WHOLE && offset === 0)
      if (isAsked && body.length === length) return body
      throw new Error(`a web seed answered ${status} with ${body.length} bytes`)
    },
  }
}

/** Host and folder: what a person is shown, and by what two of them are told apart. */
function nameOf(address: string): string {
  return address.replace(/^https?:\/\//, '').replace(/\/$/, '')
}
