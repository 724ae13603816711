/**
 * Where the files of a published log come from, and the one rule for asking: a partial file may have been replaced by
 * the full one meanwhile.
 */

import { TlogError } from './errors.ts'
import { BUNDLE_BYTES_MAX } from './limits.ts'
import { TILE_BYTES, TILE_WIDTH, decodeTile, fullTilePath, tilePath } from './tile-layout.ts'
import { decodeBundle } from './entry-bundle.ts'
import type { Disk } from '@hamlet/core'
import type { TileId } from './tile-layout.ts'

/**
 * Reads one file of a published log by its path (`checkpoint`, `tile/0/000.p/17`); `undefined` when it is not there.
 * A disk, a web server, a peer: nothing it returns is trusted.
 */
export type TileFetch = (
  path: string,
  options: { readonly bytesMax: number; readonly signal?: AbortSignal },
) => Promise<Uint8Array | undefined>

/** Files on a disk, as `publishLog` leaves them. */
export function diskTiles(disk: Disk, directory = ''): TileFetch {
  const prefix = directory === '' ? '' : `${directory}/`
  return (path) => disk.readAll(prefix + path)
}

/** The hashes of a tile, nothing verified. @throws TlogError `TLOG_MISSING`, `TLOG_MALFORMED` with the `path` */
export async function fetchTile(
  fetch: TileFetch,
  tile: TileId,
  signal?: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const { bytes, path, width } = await fetchEither(fetch, tile, TILE_BYTES, signal)
  const hashes = decodeTile(bytes, width)
  if (!hashes) throw malformed(path, `expected ${width} hashes, got ${bytes.length} bytes`)
  return hashes.slice(0, tile.width)
}

/** The entries of a bundle, nothing verified. @throws as {@link fetchTile} */
export async function fetchBundle(
  fetch: TileFetch,
  tile: TileId,
  signal?: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const { bytes, path, width } = await fetchEither(fetch, tile, BUNDLE_BYTES_MAX, signal)
  const entries = decodeBundle(bytes, width)
  if (!entries) throw malformed(path, `expected ${width} entries in ${bytes.length} bytes`)
  return entries.slice(0, tile.width)
}

interface Fetched {
  readonly bytes: Uint8Array
  readonly path: string
  readonly width: number
}

async function fetchEither(
  fetch: TileFetch,
  tile: TileId,
  bytesMax: number,
  signal: AbortSignal | undefined,
): Promise<Fetched> {
  const options = signal === undefined ? { bytesMax } : { bytesMax, signal }
  const path = tilePath(tile)
  const bytes = await fetch(path, options)
  if (bytes) return { bytes, path, width: tile.width }
  const fullPath = fullTilePath(tile.level, tile.index)
  const full = tile.width < TILE_WIDTH ? await fetch(fullPath, options) : undefined
  if (full) return { bytes: full, path: fullPath, width: TILE_WIDTH }
  throw new TlogError('TLOG_MISSING', `${path} is missing`, { fields: { path } })
}

function malformed(path: string, what: string): TlogError {
  return new TlogError('TLOG_MALFORMED', `${path} is not of its form: ${what}`, {
    fields: { path },
  })
}
