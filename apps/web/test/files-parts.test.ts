// The pure parts of the section: sizes, filters, the tree of a folder, what was dropped, and words about where files are.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readChosen, readDrop, together } from '../src/files/dropped.ts'
import { fileErrorWords, isNameRefused } from '../src/files/file-errors.ts'
import { buildTree, chosenPaths, treeRows } from '../src/files/file-tree.ts'
import { amountText, readAmount } from '../src/files/limit-amounts.ts'
import { previewKind } from '../src/files/preview-kind.ts'
import { filterShares, NO_SHARE_FILTER, shareKind } from '../src/files/share-filter.ts'
import { linkOf, splitLink, withLink } from '../src/files/share-links.ts'
import {
  availabilityWords,
  contentWords,
  deviceName,
  hereWords,
  piecesWords,
  sourceName,
  transferFacts,
  whereWords,
} from '../src/files/share-words.ts'
import { durationText, fraction, rateText, sizeText } from '../src/format/sizes.ts'
import { en } from '../src/i18n/en.ts'
import { EMPTY_FILES, movingOf } from '../src/state/files-state.ts'
import { parseErrand, parseRoute, routeToFragment } from '../src/state/route.ts'
import { members, pageFile, share, sharedFile, transfer, WORDS } from './_files.ts'

test('sizes have one decimal from the megabyte on, and never a thousand of a unit', () => {
  const sizes = [0, 1, 999, 1000, 999_499, 999_500, 1_234_567, 999_960_000, 5e12]
  assert.deepEqual(
    sizes.map((bytes) => sizeText(bytes, 'en-GB')),
    [
      ...['0 bytes', '1 byte', '999 bytes', '1 kB', '999 kB', '1.0 MB'],
      ...['1.2 MB', '1.0 GB', '5.0 TB'],
    ],
  )
  assert.equal(sizeText(1_234_567, 'de-DE'), '1,2 MB')
  assert.equal(rateText(2_500_000, 'en-GB'), '2.5 MB/s')
  assert.equal(durationText(0.2, 'en-GB'), '1 sec')
  assert.equal(durationText(185, 'en-GB'), '3 mins')
  assert.equal(durationText(7200, 'de-DE'), '2 Std.')
})

test('a share of a whole is rounded down, so that only what is whole says so', () => {
  assert.equal(fraction(999, 1000), 0.99)
  assert.equal(fraction(1000, 1000), 1)
  assert.equal(fraction(0, 0), 1)
})

test('shares are found by the words of their name and of who shared them, by kind and by where they are', () => {
  const pictures = share({ id: 'a', name: 'Lake at dawn', createdAtMs: 3 })
  const folder = share({ id: 'b', name: 'Plans', isFolder: true, totalBytes: 9, createdAtMs: 2 })
  const away = share({ id: 'c', name: 'Lake map', heldBytes: 0, copies: 0.5, createdAtMs: 1 })
  const gone = share({ id: 'd', name: 'Lake, old', isRemoved: true })
  const all = [pictures, folder, away, gone]
  const found = (change: Partial<typeof NO_SHARE_FILTER>) =>
    filterShares(all, { ...NO_SHARE_FILTER, ...change }, ({ id }) => (id === 'c' ? 'Ben' : 'Ana'))
      .map(({ id }) => id)
      .join('')
  assert.equal(found({}), 'abc')
  assert.equal(found({ search: 'LAKE' }), 'ac')
  assert.equal(found({ search: 'ben lake' }), 'c')
  assert.equal(found({ kind: 'folder' }), 'b')
  assert.equal(found({ shown: 'here' }), 'ab')
  assert.equal(found({ shown: 'away' }), 'c')
  assert.equal(found({ shown: 'removed' }), 'd')
  assert.equal(found({ sort: 'name' }), 'acb')
  assert.equal(found({ sort: 'size' }), 'acb')
  assert.equal(found({ sort: 'copies' }), 'cab')
  assert.equal(shareKind({ isFolder: false, mediaType: 'application/pdf' }), 'other')
})

test('a folder is a tree with its folders first, of which the open ones show what is in them', () => {
  const root = buildTree([
    sharedFile('b.txt'),
    sharedFile('trip/day 10.txt', { heldBytes: 0 }),
    sharedFile('trip/day 2.txt'),
    sharedFile('trip/maps/lake.png'),
  ])
  const shown = (open: readonly string[], search = '') =>
    treeRows(root, new Set(open), search).map(({ node, depth }) => `${depth} ${node.name}`)
  assert.deepEqual(shown([]), ['0 trip', '0 b.txt'])
  assert.deepEqual(shown(['trip']), [
    '0 trip',
    ...['1 maps', '1 day 2.txt', '1 day 10.txt', '0 b.txt'],
  ])
  assert.deepEqual(shown([], 'lake'), ['0 trip', '1 maps', '2 lake.png'])
  assert.deepEqual(shown([], 'nothing'), [])
  const [trip] = root.children
  assert.ok(trip?.kind === 'folder')
  assert.deepEqual([trip.fileCount, trip.sizeBytes, trip.heldBytes], [3, 300, 200])
})

test('what is chosen of a folder is named by as few paths as possible, and everything by none', () => {
  const root = buildTree([sharedFile('a/1'), sharedFile('a/2'), sharedFile('b/3'), sharedFile('4')])
  const chosen = (...paths: readonly string[]) => chosenPaths(root, (path) => paths.includes(path))
  assert.deepEqual(chosen('a/1', 'a/2', 'b/3', '4'), undefined)
  assert.deepEqual(chosen('a/1', 'a/2', '4'), ['a', '4'])
  assert.deepEqual(chosen('b/3'), ['b'])
  assert.deepEqual(chosen(), [])
})

test('chosen files are one item each, those of a chosen folder one item with their paths', () => {
  const inFolder = pageFile('lake.png', 10, 'trip/maps/lake.png')
  const items = readChosen([pageFile('b.txt'), inFolder])
  assert.deepEqual(
    items.map(({ name, isFolder, files }) => [name, isFolder, files.map(({ path }) => path)]),
    [
      ['b.txt', false, ['b.txt']],
      ['trip', true, ['maps/lake.png']],
    ],
  )
})

test('items that are shared together keep their names, and of two alike one gets a number', () => {
  const items = readChosen([
    pageFile('a.txt'),
    pageFile('A.txt'),
    pageFile('.env'),
    pageFile('.env'),
  ])
  const { isFolder, files } = together('3 files', items)
  assert.equal(isFolder, true)
  assert.deepEqual(
    files.map(({ path }) => path),
    ['a.txt', 'A (2).txt', '.env', '.env (2)'],
  )
})

/** An entry as a browser hands it out: children in portions, and what cannot be read as an error. */
function entry(name: string, content: File | 'unreadable' | readonly object[]): object {
  if (!Array.isArray(content)) {
    const file = (resolve: (file: unknown) => void, reject: (error: unknown) => void): void => {
      if (content === 'unreadable') reject(new Error('gone'))
      else resolve(content)
    }
    return { name, isFile: true, isDirectory: false, file }
  }
  const createReader = () => {
    const rest = [...(content as object[])]
    return { readEntries: (resolve: (found: object[]) => void) => resolve(rest.splice(0, 2)) }
  }
  return { name, isFile: false, isDirectory: true, createReader }
}

test('a dropped folder is read to its last file, and what cannot be read is named', async () => {
  const entries = [
    entry('trip', [
      entry('1.txt', pageFile('1.txt')),
      entry('2.txt', 'unreadable'),
      entry('deep', [entry('3.txt', pageFile('3.txt'))]),
      entry('empty', []),
    ]),
    entry('b.txt', pageFile('b.txt')),
    entry('nothing', []),
  ]
  const items = entries.map((each) => ({ kind: 'file', webkitGetAsEntry: () => each }))
  const dropped = await readDrop({ items } as unknown as DataTransfer)
  assert.deepEqual(
    dropped.items.map(({ name, files }) => [name, files.map(({ path }) => path)]),
    [
      ['trip', ['1.txt', 'deep/3.txt']],
      ['b.txt', ['b.txt']],
    ],
  )
  assert.deepEqual(dropped.unread, ['2.txt'])
})

function where(change: Parameters<typeof share>[0], devices?: number): string {
  return whereWords(share(change), devices, WORDS)
}

test('where a share is, is said in words that are true', () => {
  assert.equal(where({}, 5), 'Only here')
  assert.equal(where({ heldBytes: 0 }, 5), 'On 1 of 5 devices')
  assert.equal(where({ wholeCopies: 3 }, 5), 'On 3 of 5 devices')
  assert.equal(where({ wholeCopies: 5 }, 5), 'On all 5 devices')
  assert.equal(where({ wholeCopies: 2 }), 'On 2 devices')
  assert.equal(where({ wholeCopies: 0, copies: 1.5 }, 5), en.files.where.spread)
  assert.equal(where({ wholeCopies: 0, copies: 0.4 }, 5), 'Only 40% of it is anywhere')
  assert.equal(hereWords(share(), WORDS), undefined)
  assert.equal(hereWords(share({ heldBytes: 0 }), WORDS), 'not here')
  assert.equal(hereWords(share({ heldBytes: 123 }), WORDS), '12% here')
  assert.equal(
    contentWords({ isFolder: true, fileCount: 2, totalBytes: 3e6 }, WORDS),
    'Folder, 2 files, 3.0 MB',
  )
})

test('a transfer says how far it is, how fast and for how long, and from whom', () => {
  const moving = transfer({ downBytesPerSecond: 2e6, secondsLeft: 61, pieces: [100, 100, 40] })
  assert.deepEqual(transferFacts(moving, WORDS), [
    ...['500 bytes of 1 kB', '2.0 MB/s coming in', 'about 1 min left'],
  ])
  assert.deepEqual(transferFacts({ ...moving, state: 'done', downBytesPerSecond: 0 }, WORDS), [])
  assert.equal(piecesWords(moving, WORDS), '50% is here: 2 of 3 stretches are whole.')
  assert.match(availabilityWords(0.87, WORDS), /only 87% of it/)
  assert.equal(availabilityWords(1.04, WORDS), en.share.availability.one)
  assert.match(availabilityWords(2.55, WORDS), /have 2\.5 copies/)
  const known = members(['p', { name: 'Ben', self: false }])
  const source = {
    id: 'd',
    bytes: 1,
    bytesPerSecond: 1,
    heldThousandths: 1,
    state: 'idle',
  } as const
  const nameOf = (change: object) => sourceName({ kind: 'member', ...source, ...change }, known, en)
  assert.equal(nameOf({ person: 'p' }), 'A device of Ben')
  assert.equal(nameOf({}), 'A device')
  assert.equal(nameOf({ kind: 'web', id: 'example.org' }), 'Web server example.org')
  assert.equal(deviceName('p', true, known, en), 'This device')
})

test('what moves is summed up for one line', () => {
  const job = { id: 1, name: 'a', fileCount: 1, left: [] } as const
  const moving = movingOf({
    ...EMPTY_FILES,
    uploads: [
      { ...job, totalBytes: 10, sentBytes: 4, state: 'sending' },
      { ...job, totalBytes: 10, sentBytes: 4, state: 'failed' },
    ],
    transfers: [transfer({ downBytesPerSecond: 7 }), transfer({ state: 'done' })],
  })
  assert.deepEqual(moving, {
    ...{ uploads: 1, uploadSent: 4, uploadTotal: 10, downloads: 1, held: 500, wanted: 1000 },
    ...{ downBytesPerSecond: 7, stuck: 1 },
  })
})

test('only kinds that run nothing are shown', () => {
  assert.equal(previewKind('image/png'), 'image')
  assert.equal(previewKind('video/mp4'), 'video')
  assert.equal(previewKind('audio/flac'), 'audio')
  assert.equal(previewKind('text/plain'), 'text')
  for (const type of ['image/svg+xml', 'text/html', 'application/pdf', 'text/css', '']) {
    assert.equal(previewKind(type), undefined, type)
  }
})

test('limits are read with a comma or a point, nothing is no limit, and words are refused', () => {
  assert.deepEqual(
    ['', '2.5', ' 2,5 ', '0', 'fast', '-1', '1e3'].map((text) => readAmount(text, 1e6)),
    [0, 2_500_000, 2_500_000, 0, undefined, undefined, undefined],
  )
  assert.equal(amountText(2_500_000, 1e6, 'de-DE'), '2,5')
  assert.equal(amountText(0, 1e6, 'en-GB'), '')
})

test('a web address of files becomes the link that the peer takes', () => {
  assert.equal(linkOf(' http://127.0.0.1:7710/#share=abc '), 'hamlet:share#abc')
  assert.equal(linkOf('hamlet:share#abc'), 'hamlet:share#abc')
  const text = withLink('The plan', 'hamlet:share#a-b_c')
  assert.deepEqual(splitLink(text), { words: 'The plan', link: 'hamlet:share#a-b_c' })
  assert.deepEqual(splitLink('look: hamlet:share#abc now'), {
    words: 'look:\nnow',
    link: 'hamlet:share#abc',
  })
  assert.deepEqual(splitLink('no hamlet:share here'), { words: 'no hamlet:share here' })
  assert.deepEqual(parseErrand('#share=abc'), { kind: 'share', payload: 'abc' })
  const space = 'a'.repeat(64)
  assert.deepEqual(parseRoute(`#/s/${space}/files`), { at: 'files', space })
  assert.equal(routeToFragment({ at: 'files', space }), `#/s/${space}/files`)
})

test('errors about files say what it means for the files, and only a name concerns one file alone', () => {
  assert.equal(fileErrorWords('DISK_FULL', en), en.fileErrors.disk)
  assert.equal(fileErrorWords('STORE_FULL', en), en.fileErrors.disk)
  assert.equal(fileErrorWords('BLOB_QUOTA', en), en.fileErrors.quota)
  assert.equal(fileErrorWords('SHARE_LINK_MALFORMED', en), en.fileErrors.link)
  assert.equal(fileErrorWords('FILE_NOT_HERE', en), en.fileErrors.nobody)
  assert.equal(fileErrorWords('FILE_NOT_FOUND', en), en.fileErrors.gone)
  assert.equal(fileErrorWords('SOMETHING_ELSE', en), en.fileErrors.other)
  assert.equal(isNameRefused('FILE_NAME_EMPTY'), true)
  assert.equal(isNameRefused('UPLOAD_FILE_EXISTS'), false)
  assert.equal(isNameRefused('BLOB_QUOTA'), false)
})
