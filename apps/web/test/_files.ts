/** Shares, files and transfers for tests of pure parts, made from as little as each test is about. */

import type { Member, Share, SharedFile, Transfer } from '@hamlet/http/api'
import { en } from '../src/i18n/en.ts'
import type { ShareWords } from '../src/files/share-words.ts'

export const WORDS: ShareWords = { texts: en, locale: 'en-GB' }

export function share(change: Partial<Share> = {}): Share {
  return {
    id: '1'.repeat(64),
    name: 'Holiday',
    isFolder: false,
    isPublic: false,
    fileCount: 1,
    totalBytes: 1000,
    heldBytes: 1000,
    mediaType: 'image/png',
    createdAtMs: 1000,
    isRemoved: false,
    isPinned: false,
    wholeCopies: 1,
    copies: 1,
    ...change,
  }
}

export function sharedFile(path: string, change: Partial<SharedFile> = {}): SharedFile {
  return {
    path,
    sizeBytes: 100,
    heldBytes: 100,
    mediaType: 'text/plain',
    priority: 'normal',
    blob: `${'2'.repeat(64)}-100`,
    ...change,
  }
}

export function transfer(change: Partial<Transfer> = {}): Transfer {
  return {
    share: '1'.repeat(64),
    name: 'Holiday',
    direction: 'down',
    state: 'loading',
    wantedBytes: 1000,
    heldBytes: 500,
    uploadedBytes: 0,
    downBytesPerSecond: 0,
    upBytesPerSecond: 0,
    availability: 1,
    pieces: [100, 0],
    sources: [],
    ...change,
  }
}

export function members(...known: readonly (readonly [string, Partial<Member>])[]) {
  return new Map(known.map(([person, member]) => [person, member as Member]))
}

/** A file as a page gets it, with so many bytes; `folderPath` when it was chosen with its folder. */
export function pageFile(name: string, sizeBytes = 10, folderPath = ''): File {
  const file = new File([new Uint8Array(sizeBytes).fill(1)], name)
  return Object.defineProperty(file, 'webkitRelativePath', { value: folderPath })
}
