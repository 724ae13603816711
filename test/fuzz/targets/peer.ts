/** Targets of `peer` and `store`: the file of settings and spaces, hints of links, paths on a disk. */

import { decodeCbor, encodeCbor, equalBytes, silentLogger, utf8 } from '@hamlet/core'
import type { SpaceId } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import {
  certifyClient,
  encodeClientCertificate,
  encodeClientOperation,
  signDomain,
} from '@hamlet/identity'
import {
  bytesToText,
  judgeCopyingDecoder,
  judgeRejecting,
  judgeThrowing,
  require,
} from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import {
  isDiskName,
  parseDiskDirectory,
  parseDiskPath,
} from '../../../packages/base/store/src/disk-path.ts'
import {
  ClientBook,
  decodeKnownClients,
  encodeKnownClients,
} from '../../../packages/peer/src/client-book.ts'
import {
  clientOperationDraft,
  clientRevocationDraft,
  readClientRecord,
  readClientRevocation,
} from '../../../packages/peer/src/client-view.ts'
import {
  decodePublished,
  encodePublished,
  ListingBook,
} from '../../../packages/peer/src/listing-book.ts'
import {
  decodeListing,
  decodeListingQuestion,
  encodeListing,
  encodeListingQuestion,
  openListing,
} from '../../../packages/peer/src/listing.ts'
import {
  decodeFilesNotes,
  encodeFilesNotes,
  FilesBook,
} from '../../../packages/peer/src/files/files-book.ts'
import type { FilesNotes } from '../../../packages/peer/src/files/files-book.ts'
import {
  decodeCreditNotes,
  encodeCreditNotes,
} from '../../../packages/peer/src/files/credit-notes.ts'
import {
  decodeTrackerNotes,
  encodeTrackerNotes,
  TrackerBook,
} from '../../../packages/peer/src/files/tracker-book.ts'
import {
  decodeTrackerChallenge,
  decodeTrackerError,
  decodeTrackerPeers,
  decodeTrackerRefusals,
  decodeTrackerToken,
} from '../../../packages/peer/src/files/tracker-wire.ts'
import {
  decodePreparedNotes,
  encodePreparedNotes,
  PreparedBook,
} from '../../../packages/peer/src/files/prepared-book.ts'
import {
  encodeUploadLog,
  readUploadLog,
  UploadLog,
} from '../../../packages/peer/src/files/upload-log.ts'
import type { UploadRecord } from '../../../packages/peer/src/files/upload-log.ts'
import { hintsByDevice } from '../../../packages/peer/src/link-hints.ts'
import {
  encodeOperationRecords,
  OperationBook,
  readOperationRecords,
} from '../../../packages/peer/src/operation-book.ts'
import {
  decodePeerState,
  encodePeerState,
  PeerStateFile,
} from '../../../packages/peer/src/peer-state.ts'
import type { PeerState } from '../../../packages/peer/src/peer-state.ts'
import {
  decodeMark,
  decodeSeal,
  encodeMark,
  encodeSeal,
} from '../../../packages/peer/src/seal-files.ts'
import { crypto, filled, filledId, goldenHex, identity, NOW_MS, texts } from '../_material.ts'

const SOURCE = 'packages/peer/src'

const STATE = encodePeerState({
  name: 'Ada',
  deviceName: 'Laptop',
  spaces: [filledId(1)],
  links: [{ invite: filledId(2), space: filledId(1), link: 'hamlet:join#x', expiresAtMs: NOW_MS }],
  joins: [
    {
      link: 'hamlet:join#y',
      request: filled(3),
      startedAtMs: NOW_MS,
      state: 'failed',
      errorCode: 'SPACE_LINK_MALFORMED',
      errorMessage: 'not a link',
    },
  ],
  arrivals: [
    {
      ticket: {
        ...{ space: filledId(4), founder: filledId(5), name: 'Home', hints: ['/ip4/1.2.3.4/x'] },
        secrets: [filled(6)],
      },
      startedAtMs: NOW_MS,
    },
  ],
  search: { startedAtMs: NOW_MS, addresses: ['/ip4/1.2.3.4/tcp/1/p2p/x'] },
  recoveryPublic: filled(7),
  wasRestored: true,
  unconfirmed: [filledId(1), filledId(4)],
  revoked: [filledId(8)],
})
const EMPTY = encodePeerState({
  ...{ name: '', deviceName: '', spaces: [], links: [], joins: [], arrivals: [] },
  ...{ search: undefined, recoveryPublic: undefined },
  ...{ wasRestored: false, unconfirmed: [], revoked: [] },
})

/** A file of an older version is written again as one of version 3. */
function encodeAgain(value: PeerState, input: Uint8Array): Uint8Array {
  return input[1] !== 3 ? input : encodePeerState(value)
}

const state: FuzzTarget = {
  name: 'peer/state',
  decoders: [`${SOURCE}/peer-state.ts#decodePeerState`, `${SOURCE}/peer-state.ts#open`],
  form: 'cbor',
  seeds: [STATE, EMPTY],
  async run(input) {
    const verdict = judgeCopyingDecoder(input, decodePeerState, {
      codes: /^CBOR_/,
      encode: (value) => encodeAgain(value, input),
    })
    const opened = await judgeRejecting(
      () => PeerStateFile.open(createMemoryDisk({ files: new Map([['state', input]]) })),
      /^PEER_STATE_CORRUPT$/,
      (file) => require(equalBytes(encodeAgain(file.value, input), input), 'another state'),
    )
    require(opened === verdict, 'the file and its decoder disagree')
    return verdict
  },
}

const mark: FuzzTarget = {
  name: 'peer/mark',
  decoders: [`${SOURCE}/seal-files.ts#decodeMark`],
  form: 'cbor',
  seeds: [
    encodeMark({ generation: 3, lengths: [[filledId(1), 7]] }),
    encodeMark({ generation: 0, lengths: [] }),
  ],
  run(input) {
    return judgeCopyingDecoder(input, decodeMark, { codes: /^CBOR_/, encode: encodeMark })
  },
}

const seal: FuzzTarget = {
  name: 'peer/seal',
  decoders: [`${SOURCE}/seal-files.ts#decodeSeal`],
  form: 'cbor',
  seeds: [
    encodeSeal({ generation: 3, places: ['12/99', '13/100'] }),
    encodeSeal({ generation: 1, places: [undefined, '13/100'] }),
  ],
  run(input) {
    return judgeCopyingDecoder(input, decodeSeal, { codes: /^CBOR_/, encode: encodeSeal })
  },
}

const hints: FuzzTarget = {
  name: 'peer/link-hints',
  decoders: [`${SOURCE}/link-hints.ts#hintsByDevice`],
  form: 'text',
  seeds: texts('/ip4/9.9.9.9/tcp/1/p2p/a\n/ip4/9.9.9.9/tcp/2/p2p/a\n/ip4/8.8.8.8/tcp/1/p2p/b'),
  words: texts('/p2p/', '\n', '/'),
  run(input) {
    const list = bytesToText(input).split('\n')
    const grouped = hintsByDevice(list)
    require([...grouped.values()].flat().length === list.length, 'a hint was lost')
    return 'accepted'
  },
}

const paths: FuzzTarget = {
  name: 'peer/disk-path',
  decoders: [
    'packages/base/store/src/disk-path.ts#parseDiskPath',
    'packages/base/store/src/disk-path.ts#parseDiskDirectory',
    'packages/base/store/src/disk-path.ts#isDiskName',
  ],
  form: 'text',
  seeds: texts('logs/00000000.seg', 'a', 'spaces/ab/forks/cd'),
  words: texts('/', '..', '.', '.tmp', '\\', '%2e', 'CON'),
  run(input) {
    const text = bytesToText(input)
    parseDiskDirectory('')
    return judgeThrowing(
      () => parseDiskPath(text),
      /^STORE_PATH$/,
      (names) => {
        require(names.join('/') === text && names.every(isDiskName), 'another path')
        require(!/(^|\/)\.{0,2}(\/|$)|[^a-z0-9._/-]/.test(text), 'a path that leads out')
        require(parseDiskDirectory(text).length === names.length, 'another directory')
      },
    )
  },
}

const certificate = encodeClientCertificate(
  certifyClient(identity.personKeys!.rootSigner, {
    ...{ person: identity.person, algorithm: 'ed25519', createdAtMs: NOW_MS },
    publicKey: identity.deviceSigner.publicKey,
  }),
)

const clients: FuzzTarget = {
  name: 'peer/clients',
  decoders: [`${SOURCE}/client-book.ts#decodeKnownClients`, `${SOURCE}/client-book.ts#open`],
  form: 'cbor',
  seeds: [
    { certificates: [], revoked: [] },
    { certificates: [certificate], revoked: [{ publicKey: filled(1), atMs: NOW_MS }] },
  ].map(encodeKnownClients),
  async run(input) {
    const verdict = judgeCopyingDecoder(input, decodeKnownClients, {
      codes: /^CBOR_/,
      encode: encodeKnownClients,
    })
    const opened = await judgeRejecting(
      () => ClientBook.open(createMemoryDisk({ files: new Map([['clients', input]]) })),
      /^CLIENTS_CORRUPT$/,
      (book) => require(equalBytes(encodeKnownClients(book.value), input), 'other clients'),
    )
    require(opened === verdict, 'the file and its decoder disagree')
    return verdict
  },
}

const OPERATION_IDS = new Map([1, 2].map((byte) => [filledId(byte) as string, NOW_MS] as const))

/** Whatever the file is, it is read; what is in it is not taken up again. */
const operations: FuzzTarget = {
  name: 'peer/operations',
  decoders: [
    `${SOURCE}/operation-book.ts#readOperationRecords`,
    `${SOURCE}/operation-book.ts#open`,
  ],
  form: 'bytes',
  seeds: [new Uint8Array(0), encodeOperationRecords(crypto, OPERATION_IDS, 7)],
  smokeInputs: 1000,
  async run(input) {
    const read = readOperationRecords(crypto, input)
    require(read.atMsById.size * 48 <= input.length, 'more than was written')
    const disk = createMemoryDisk({ files: new Map([['operations', input]]) })
    const clock = { wall: () => NOW_MS, monotonic: () => 0, after: () => () => undefined }
    const book = await OperationBook.open({ disk, crypto, clock })
    for (const [id, atMs] of read.atMsById) {
      require((await book.spend(id, atMs)) !== 'new', 'taken up a second time')
    }
    await book.close()
    return read.atMsById.size > 0 || input.length === 0 ? 'accepted' : 'refused'
  },
}

const operationText = encodeClientOperation({
  ...{ operation: 'add_expense', space: filledId(1), person: identity.person },
  ...{ device: identity.device, atMs: NOW_MS, nonce: '0'.repeat(32), data: {} },
})

const clientRecord: FuzzTarget = {
  name: 'peer/client-operation',
  decoders: [
    `${SOURCE}/client-view.ts#readClientRecord`,
    `${SOURCE}/client-view.ts#readClientRevocation`,
  ],
  form: 'cbor',
  seeds: [
    goldenHex('peer/test/golden/client-operation-v1.hex'),
    encodeCbor(clientRevocationDraft(filled(1)).value),
    encodeCbor(
      clientOperationDraft({
        ...{ certificate, operation: operationText, entries: [filledId(3), filledId(4)] },
        signature: signDomain(identity.deviceSigner, 'client-operation', operationText),
      }).value,
    ),
  ],
  run(input) {
    const decoded = decodeCbor(input)
    if (!decoded.ok) return 'refused'
    const record = readClientRecord(decoded.value)
    const revocation = readClientRevocation(decoded.value)
    require(!record.ok || !revocation.ok, 'two things at once')
    if (record.ok) {
      require(equalBytes(
        encodeCbor(clientOperationDraft(record.value).value),
        input,
      ), 'other bytes')
    }
    return record.ok || revocation.ok ? 'accepted' : 'refused'
  },
}

const LISTING = goldenHex('peer/test/golden/listing-v1.hex')

/** Nothing but what the publisher signed opens. */
const listing: FuzzTarget = {
  name: 'peer/listing',
  decoders: [`${SOURCE}/listing.ts#decodeListing`, `${SOURCE}/listing.ts#openListing`],
  form: 'cbor',
  seeds: [LISTING],
  smokeInputs: 500,
  run(input) {
    const verdict = judgeCopyingDecoder(input, decodeListing, {
      codes: /^LISTING_MALFORMED$/,
      encode: encodeListing,
    })
    const opened = openListing(crypto, input, NOW_MS + 1)
    require(opened.ok === equalBytes(input, LISTING), 'opens what nobody signed, or not what was')
    return verdict
  },
}

const listingQuestion: FuzzTarget = {
  name: 'peer/listing-question',
  decoders: [`${SOURCE}/listing.ts#decodeListingQuestion`],
  form: 'cbor',
  seeds: [encodeListingQuestion('gardens'), encodeListingQuestion('a')],
  run: (input) =>
    judgeCopyingDecoder(input, decodeListingQuestion, {
      codes: /^LISTING_MALFORMED$/,
      encode: encodeListingQuestion,
    }),
}

const published: FuzzTarget = {
  name: 'peer/published',
  decoders: [`${SOURCE}/listing-book.ts#decodePublished`, `${SOURCE}/listing-book.ts#open`],
  form: 'cbor',
  seeds: [[], [{ listing: LISTING, invite: filledId(1) }]].map(encodePublished),
  async run(input) {
    const verdict = judgeCopyingDecoder(input, decodePublished, {
      codes: /^CBOR_/,
      encode: encodePublished,
    })
    const opened = await judgeRejecting(
      () => ListingBook.open(createMemoryDisk({ files: new Map([['listings', input]]) })),
      /^LISTINGS_CORRUPT$/,
      (book) => require(equalBytes(encodePublished(book.value), input), 'others'),
    )
    require(opened === verdict, 'the file and its decoder disagree')
    return verdict
  },
}

const NOTES: FilesNotes = {
  links: [
    { link: 'hamlet:share#abc', atMs: NOW_MS, name: 'Holiday' },
    { link: `${'1'.repeat(64)}-5`, atMs: 0, name: undefined },
  ],
  wanted: new Map([
    ['2'.repeat(64), { isPaused: true, rest: 'skip', priorities: new Map([['a/b', 'high']]) }],
  ]),
  pinned: new Set(['3'.repeat(64)]),
  own: new Set(['4'.repeat(64)]),
  limits: { downBytesPerSecond: 1, upBytesPerSecond: 2, quotaBytes: 3 },
}
const NO_NOTES = { links: [], wanted: new Map(), pinned: new Set(), own: new Set() } as const

const notes: FuzzTarget = {
  name: 'peer/files',
  decoders: [
    `${SOURCE}/files/files-book.ts#decodeFilesNotes`,
    `${SOURCE}/files/files-book.ts#open`,
  ],
  form: 'cbor',
  seeds: [NOTES, { ...NOTES, ...NO_NOTES } as FilesNotes].map(encodeFilesNotes),
  async run(input) {
    const verdict = judgeCopyingDecoder(input, decodeFilesNotes, {
      codes: /^CBOR_/,
      encode: encodeFilesNotes,
    })
    const opened = await judgeRejecting(
      () => FilesBook.open(createMemoryDisk({ files: new Map([['files', input]]) })),
      /^FILES_CORRUPT$/,
      (book) => require(equalBytes(encodeFilesNotes(book.value), input), 'others'),
    )
    require(opened === verdict, 'the file and its decoder disagree')
    return verdict
  },
}

const UPLOAD_AT_MS = 1_800_000_000_000
const UPLOAD_RECORDS: readonly UploadRecord[] = [
  {
    ...{ kind: 'begun', atMs: UPLOAD_AT_MS },
    input: { space: '7'.repeat(64), name: 'Holiday', isFolder: true, isPublic: true },
  },
  { kind: 'small', atMs: UPLOAD_AT_MS, path: 'a', bytes: new Uint8Array(3) },
  {
    ...{ kind: 'stored', atMs: UPLOAD_AT_MS },
    blob: { root: new Uint8Array(32), plainBytes: 3, key: undefined },
    files: [{ path: 'a', sizeBytes: 3, offset: 0 }],
  },
  { kind: 'finishing', atMs: UPLOAD_AT_MS, key: undefined },
]

/** As much of it as is whole; that is written the same again. */
function decodeWholeRecords(bytes: Uint8Array) {
  const { records, lengthBytes } = readUploadLog(bytes)
  require(equalBytes(encodeUploadLog(records), bytes.subarray(0, lengthBytes)), 'others')
  return records.length > 0 ? ('accepted' as const) : ('refused' as const)
}

const uploads: FuzzTarget = {
  name: 'peer/uploads',
  decoders: [`${SOURCE}/files/upload-log.ts#readUploadLog`, `${SOURCE}/files/upload-log.ts#open`],
  form: 'bytes',
  seeds: [UPLOAD_RECORDS, UPLOAD_RECORDS.slice(0, 2)].map(encodeUploadLog),
  async run(input) {
    const verdict = decodeWholeRecords(input)
    const id = '8'.repeat(32)
    const disk = createMemoryDisk({ files: new Map([[`uploads/${id}`, input]]) })
    const opened = await UploadLog.open(disk, id)
    require((opened !== undefined) ===
      (verdict === 'accepted'), 'the file and its decoder disagree')
    opened?.log.close()
    return verdict
  },
}

const prepared: FuzzTarget = {
  name: 'peer/prepared',
  decoders: [
    `${SOURCE}/files/prepared-book.ts#decodePreparedNotes`,
    `${SOURCE}/files/prepared-book.ts#open`,
  ],
  form: 'cbor',
  seeds: [
    new Map(),
    new Map([
      [
        '9'.repeat(32),
        {
          ...{ space: '7'.repeat(64) as SpaceId, atMs: UPLOAD_AT_MS, isNamed: false },
          attachment: {
            ...{ name: 'cat.png', mediaType: 'image/png', sizeBytes: 3 },
            ...{ root: new Uint8Array(32), key: new Uint8Array(32) },
          },
        },
      ],
    ]),
  ].map(encodePreparedNotes),
  async run(input) {
    const verdict = judgeCopyingDecoder(input, decodePreparedNotes, {
      codes: /^CBOR_/,
      encode: encodePreparedNotes,
    })
    const disk = createMemoryDisk({ files: new Map([['prepared', input]]) })
    const book = await PreparedBook.open(disk, silentLogger)
    const isSame = equalBytes(encodePreparedNotes(book.value), input)
    require(isSame || verdict !== 'accepted', 'the file and its decoder disagree')
    return verdict
  },
}

const TRACKER = 'https://tracker.example'

const trackerNotes: FuzzTarget = {
  name: 'peer/trackers',
  decoders: [
    `${SOURCE}/files/tracker-book.ts#decodeTrackerNotes`,
    `${SOURCE}/files/tracker-book.ts#open`,
  ],
  form: 'cbor',
  seeds: [
    { trackers: new Set<string>(), shares: new Map<string, Set<string>>() },
    { trackers: new Set([TRACKER]), shares: new Map([['5'.repeat(64), new Set([TRACKER])]]) },
  ].map(encodeTrackerNotes),
  async run(input) {
    const verdict = judgeCopyingDecoder(input, decodeTrackerNotes, {
      codes: /^CBOR_/,
      encode: encodeTrackerNotes,
    })
    const opened = await judgeRejecting(
      () => TrackerBook.open(createMemoryDisk({ files: new Map([['trackers', input]]) })),
      /^TRACKERS_CORRUPT$/,
      (book) => require(equalBytes(encodeTrackerNotes(book.value), input), 'others'),
    )
    require(opened === verdict, 'the file and its decoder disagree')
    return verdict
  },
}

const creditNotes: FuzzTarget = {
  name: 'peer/credit-notes',
  decoders: [`${SOURCE}/files/credit-notes.ts#decodeCreditNotes`],
  form: 'cbor',
  seeds: [
    { unsigned: [], allowances: new Map() },
    {
      unsigned: [
        {
          peer: '8'.repeat(64),
          ...{ unsignedBytes: 5, forgivenBytes: 0, signedBytes: 70_000, sentAtMs: NOW_MS },
        },
      ],
      allowances: new Map([['9'.repeat(64), { bytes: 100, atMs: NOW_MS }]]),
    },
  ].map(encodeCreditNotes),
  run: (input) =>
    judgeCopyingDecoder(input, decodeCreditNotes, { codes: /^CBOR_/, encode: encodeCreditNotes }),
}

const TRACKER_DECODERS = [
  decodeTrackerChallenge,
  decodeTrackerToken,
  decodeTrackerRefusals,
  decodeTrackerPeers,
  decodeTrackerError,
] as const

const trackerAnswers: FuzzTarget = {
  name: 'peer/tracker-answers',
  decoders: TRACKER_DECODERS.map(({ name }) => `${SOURCE}/files/tracker-wire.ts#${name}`),
  form: 'text',
  seeds: [
    { challenge: 'abc', expiresAtMs: 1 },
    { token: 'a.b.c', expiresAtMs: NOW_MS },
    { expiresAtMs: 1, refused: [{ topic: '6'.repeat(64), code: 'ADDRESS_REFUSED' }] },
    { peers: [{ peer: '7'.repeat(64), addresses: ['/ip4/1.2.3.4/tcp/4001'] }, { peer: 'x' }] },
    { error: { code: 'RATE_LIMITED', message: 'later' } },
  ].map((answer) => utf8(JSON.stringify(answer))),
  run(input) {
    const read = TRACKER_DECODERS.map((decode) => decode(input))
    for (const { device, addresses } of decodeTrackerPeers(input) ?? []) {
      require(/^[0-9a-f]{64}$/.test(device) && addresses.length <= 8, 'a peer beyond the limits')
    }
    return read.some((each) => each !== undefined) ? 'accepted' : 'refused'
  },
}

export const targets: readonly FuzzTarget[] = [
  ...[state, mark, seal, hints, paths],
  ...[clients, operations, clientRecord, listing, listingQuestion, published, notes],
  ...[trackerNotes, creditNotes, trackerAnswers, uploads, prepared],
]
