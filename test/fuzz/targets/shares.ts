/** Targets of shares: manifests, links, file names, entries. */

import { posix } from 'node:path'
import { base64UrlToBytes, encodeCbor, hexToBytes, utf8 } from '@hamlet/core'
import {
  checkFileName,
  checkPath,
  decodeFiles,
  decodeManifest,
  decodeShareLink,
  encodeManifest,
  encodeShareLink,
  FILES_TYPES,
  filesDraft,
  localPaths,
  mendFileName,
} from '@hamlet/files'
import type { FilesContent } from '@hamlet/files'
import { bytesToText, judgeDecoder, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { filled, filledId, golden, texts } from '../_material.ts'
import { decodeTyped } from '../_typed.ts'

const SOURCE = 'packages/features/files/src'
const MANIFESTS = JSON.parse(golden('features/files/test/golden/manifest-v1.json')) as Record<
  string,
  string
>
const LINKS = JSON.parse(golden('features/files/test/golden/share-link-v1.json')) as Record<
  string,
  string
>

const manifests: FuzzTarget = {
  name: 'shares/manifest',
  decoders: [`${SOURCE}/shares/manifest.ts#decodeManifest`],
  form: 'cbor',
  seeds: Object.values(MANIFESTS).map(hexToBytes),
  words: texts('..', 'a/b', '/', 'CON'),
  run: (input) =>
    judgeDecoder(input, decodeManifest, { codes: /^SHARE_MALFORMED$/, encode: encodeManifest }),
}

const linkTexts: FuzzTarget = {
  name: 'shares/link-text',
  decoders: [`${SOURCE}/links/share-link.ts#decodeShareLink`],
  form: 'text',
  seeds: texts(...Object.values(LINKS), `https://a.example/#share=${LINKS['public']?.slice(13)}`),
  words: texts('hamlet:share#', '#share=', 'https://'),
  run: (input) =>
    judgeDecoder(input, (bytes) => decodeShareLink(bytesToText(bytes)), {
      codes: /^SHARE_LINK_MALFORMED$/,
    }),
}

/** What is behind the `#`, so that inputs reach the fields. */
const links: FuzzTarget = {
  name: 'shares/link',
  decoders: [`${SOURCE}/links/share-link.ts#decodeShareLink`],
  form: 'cbor',
  seeds: Object.values(LINKS).map((text) => base64UrlToBytes(text.slice(text.indexOf('#') + 1))!),
  run: (input) =>
    judgeDecoder(input, (bytes) => decodeShareLink(linkText(bytes)), {
      codes: /^SHARE_LINK_MALFORMED$/,
      encode: (link) => base64UrlToBytes(encodeShareLink(link).slice('hamlet:share#'.length))!,
    }),
}

function linkText(bytes: Uint8Array): string {
  return `hamlet:share#${Buffer.from(bytes).toString('base64url')}`
}

const names: FuzzTarget = {
  name: 'shares/names',
  decoders: [
    `${SOURCE}/names/file-name.ts#checkFileName`,
    `${SOURCE}/names/file-path.ts#localPaths`,
  ],
  form: 'text',
  seeds: texts('a/b.txt', 'Büro\na/Büro', 'x\nX\nx (2)', '家族/📷.jpg'),
  words: texts('..', '/', '\\', 'con', '\u202e', '\u0301', '\n', ' (2)', '.txt', '\u0000'),
  run(input) {
    const paths = bytesToText(input).split('\n')
    for (const path of paths) require(checkFileName(mendFileName(path)).ok, 'not mended')
    const written = localPaths(paths)
    require(written.ok || !paths.every((path) => checkPath(path).ok), 'good paths were refused')
    if (!written.ok) return 'refused'
    require(new Set(written.value).size === paths.length, 'two files under one path')
    for (const path of written.value) {
      require(posix.join('/box', path) === `/box/${path}`, `leads elsewhere: ${path}`)
      require(utf8(path).length <= 4096, 'a path too long')
    }
    return 'accepted'
  },
}

const CONTENTS: readonly FilesContent[] = [
  {
    kind: 'share',
    root: filled(1),
    sizeBytes: 200,
    key: filled(2),
    name: 'Holiday',
    totalBytes: 1000,
    fileCount: 3,
    isFolder: true,
    mediaType: '',
  },
  { kind: 'rename', share: filledId(1), name: 'Summer' },
  { kind: 'remove', share: filledId(1) },
  { kind: 'restore', share: filledId(1) },
  { kind: 'seeds', share: filledId(1), webSeeds: ['https://files.example/'] },
  { kind: 'held', holdings: [{ share: filledId(1), heldBytes: 5, isPinned: true }] },
]

function encodeTyped(content: FilesContent): Uint8Array {
  const { type, value } = filesDraft(content)
  return encodeCbor([type, value])
}

/** An input is `[type, value]`, as a content is. */
const contents: FuzzTarget = {
  name: 'shares/content',
  decoders: [`${SOURCE}/entries/content.ts#decodeFiles`],
  form: 'cbor',
  seeds: CONTENTS.map(encodeTyped),
  words: texts(...FILES_TYPES.keys()),
  run: (input) => judgeDecoder(input, decodeTyped(decodeFiles), { encode: encodeTyped }),
}

export const targets: readonly FuzzTarget[] = [manifests, linkTexts, links, names, contents]
