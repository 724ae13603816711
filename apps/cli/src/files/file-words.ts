/** Shares, transfers and standings in words and rows. */

import type { KnownTracker, PersonStanding, Share, Transfer } from '@hamlet/http'

import type { Session } from '../command.ts'
import { ago, plural, printable, sizeOf } from '../text.ts'
import { rateWords, timeLeftWords } from './rates.ts'

const ID_LENGTH = 8
const STATES: Readonly<Record<Transfer['state'], string>> = {
  waiting: 'waiting for somebody who has it',
  loading: 'loading',
  paused: 'paused',
  done: 'done',
  failed: 'failed',
  serving: 'serving',
}

export function shortId(id: string): string {
  return id.slice(0, ID_LENGTH)
}

/** `12 files, 3.4 MB` */
export function shareState({ fileCount, totalBytes }: Share): string {
  return `${plural(fileCount, 'file')}, ${sizeOf(totalBytes)}`
}

export function shareTable(
  session: Session,
  shares: readonly Share[],
  nameOfSpace: (space: string) => string,
): string {
  const nowMs = session.io.nowMs()
  return session.table(
    ['ID', 'NAME', 'FILES', 'SIZE', 'HERE', 'COPIES', 'IN', 'SHARED'],
    shares.map((share) => [
      shortId(share.id),
      printable(share.name) + marks(share),
      String(share.fileCount),
      sizeOf(share.totalBytes),
      hereWords(share),
      copiesWords(share),
      share.space === undefined ? '(link)' : printable(nameOfSpace(share.space)),
      ago(share.createdAtMs, nowMs),
    ]),
    'Nothing is shared here. Share something with: hamlet share PATH',
  )
}

function marks({ isRemoved, isPinned, isPublic }: Share): string {
  const told = [isPinned && 'pinned', isPublic && 'public', isRemoved && 'removed']
  const words = told.filter((each) => each !== false)
  return words.length === 0 ? '' : ` (${words.join(', ')})`
}

export function hereWords(part: {
  readonly heldBytes: number
  readonly totalBytes: number
}): string {
  const { heldBytes, totalBytes } = part
  if (heldBytes >= totalBytes) return 'all'
  return heldBytes === 0 ? 'nothing' : percentWords(heldBytes, totalBytes)
}

/** How many could be lost: whole ones, and what is spread. */
export function copiesWords({ copies }: Share): string {
  return Number.isInteger(copies) ? String(copies) : copies.toFixed(1)
}

/** Never 100 before everything is there. */
export function percentWords(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((100 * part) / whole)} %`
}

/** `refusedNames`: what those are called who sent something wrong, by their ids. */
export function transferTable(
  session: Session,
  transfers: readonly Transfer[],
  refusedNames: ReadonlyMap<string, string>,
): string {
  return session.table(
    ['ID', 'NAME', 'STATE', 'DONE', 'DOWN', 'UP', 'LEFT', 'FROM'],
    transfers.map((transfer) => [
      shortId(transfer.share),
      printable(transfer.name),
      stateWords(transfer),
      transfer.direction === 'up'
        ? sizeOf(transfer.uploadedBytes)
        : percentWords(transfer.heldBytes, transfer.wantedBytes),
      speedWords(transfer.downBytesPerSecond),
      speedWords(transfer.upBytesPerSecond),
      transfer.secondsLeft === undefined ? '' : timeLeftWords(transfer.secondsLeft),
      sourceWords(transfer, refusedNames),
    ]),
    'Nothing is loading and nobody takes anything.',
  )
}

function stateWords({ state, reason }: Transfer): string {
  if (state === 'waiting' && reason !== undefined) return diskWords(reason)
  return reason === undefined ? STATES[state] : `${STATES[state]}: ${printable(reason)}`
}

/** Why a transfer waits though somebody has it. */
export function diskWords(reason: string): string {
  return reason === 'STORE_FULL' ? 'waiting: the disk is full' : `waiting: ${printable(reason)}`
}

function speedWords(bytesPerSecond: number): string {
  return bytesPerSecond > 0 ? rateWords(bytesPerSecond) : ''
}

function sourceWords(
  { sources, direction, availability, state }: Transfer,
  refusedNames: ReadonlyMap<string, string>,
): string {
  if (direction === 'up') return ''
  const banned = sources.filter((source) => source.state === 'banned')
  const missing = state !== 'done' && availability < 1 ? ', not everything is there' : ''
  const lying = banned.map(({ id }) => `, ${refusedNames.get(id) ?? shortId(id)} sent away`)
  return `${plural(sources.length - banned.length, 'device')}${lying.join('')}${missing}`
}

export function standingTable(
  session: Session,
  standings: readonly PersonStanding[],
  nameOf: (person: string) => string,
): string {
  return session.table(
    ['PERSON', 'GAVE', 'TOOK', 'BALANCE', 'CONTRIBUTION', 'RELIABILITY', 'SINCE', ''],
    standings.map((standing) => [
      printable(nameOf(standing.person)) + (standing.isSelf ? ' (you)' : ''),
      sizeOf(standing.givenBytes),
      sizeOf(standing.takenBytes),
      signedSize(standing.balanceBytes),
      standing.contribution.toFixed(2),
      standing.reliability.toFixed(2),
      ago(standing.memberSinceMs, session.io.nowMs()),
      standing.frauds.some(({ isForgiven }) => !isForgiven) ? 'proven fraud' : '',
    ]),
    'Nobody is in this space.',
  )
}

export function signedSize(bytes: number): string {
  return bytes < 0 ? `-${sizeOf(-bytes)}` : sizeOf(bytes)
}

export function trackerTable(session: Session, trackers: readonly KnownTracker[]): string {
  const nowMs = session.io.nowMs()
  return session.table(
    ['TRACKER', 'STATE', 'ASKED', 'ANNOUNCED'],
    trackers.map(({ url, state, reason, checkedAtMs, announced }) => [
      printable(url),
      reason === undefined ? state : `${state}: ${printable(reason)}`,
      checkedAtMs === undefined ? 'never' : ago(checkedAtMs, nowMs),
      String(announced),
    ]),
    'No tracker is used. Use one with: hamlet tracker register URL',
  )
}
