/** Where a share is and how far a transfer has come, in words that are true. Pure. */

import type { Member, Share, Transfer, TransferSource } from '@hamlet/http/api'
import { nameOr } from '../format/people.ts'
import { durationText, percentText, rateText, sizeText } from '../format/sizes.ts'
import type { Texts } from '../i18n/en.ts'
import { isWhole } from './share-filter.ts'

export interface ShareWords {
  readonly texts: Texts
  readonly locale: string
}

/** `devices`: of the space; undefined when it is not known, or there is no space. */
export function whereWords(
  share: Pick<Share, 'wholeCopies' | 'copies' | 'heldBytes' | 'totalBytes'>,
  devices: number | undefined,
  { texts, locale }: ShareWords,
): string {
  const { where } = texts.files
  const { wholeCopies, copies } = share
  if (wholeCopies === 0) {
    return copies >= 1 ? where.spread : where.partly(percentText(copies, 1, locale))
  }
  if (wholeCopies === 1 && isWhole(share)) return where.onlyHere
  if (devices === undefined || wholeCopies > devices) return where.known(wholeCopies)
  return wholeCopies === devices ? where.everywhere(devices) : where.some(wholeCopies, devices)
}

/** Undefined when all of it is here, which goes without saying. */
export function hereWords(
  share: Pick<Share, 'heldBytes' | 'totalBytes'>,
  { texts, locale }: ShareWords,
): string | undefined {
  if (isWhole(share)) return undefined
  const { where } = texts.files
  if (share.heldBytes === 0) return where.notHere
  return where.partHere(percentText(share.heldBytes, share.totalBytes, locale))
}

/** `Folder, 12 files, 3.4 MB`. */
export function contentWords(
  share: Pick<Share, 'isFolder' | 'fileCount' | 'totalBytes'>,
  { texts, locale }: ShareWords,
): string {
  const size = sizeText(share.totalBytes, locale)
  return share.isFolder ? texts.files.folder(share.fileCount, size) : size
}

/** Everything about a transfer that fits in one line. */
export function transferFacts(
  transfer: Transfer,
  { texts, locale }: ShareWords,
): readonly string[] {
  const { files } = texts
  const { heldBytes, wantedBytes, downBytesPerSecond, upBytesPerSecond, secondsLeft } = transfer
  const facts: string[] = []
  if (transfer.state !== 'serving' && transfer.state !== 'done') {
    facts.push(files.of(sizeText(heldBytes, locale), sizeText(wantedBytes, locale)))
  }
  if (downBytesPerSecond > 0) facts.push(files.down(rateText(downBytesPerSecond, locale)))
  if (upBytesPerSecond > 0) facts.push(files.up(rateText(upBytesPerSecond, locale)))
  if (secondsLeft !== undefined && transfer.state === 'loading') {
    facts.push(files.left(durationText(secondsLeft, locale)))
  }
  return facts
}

export function piecesWords(transfer: Transfer, { texts, locale }: ShareWords): string {
  const whole = transfer.pieces.filter((percent) => percent >= 100).length
  const percent = percentText(transfer.heldBytes, transfer.wantedBytes, locale)
  return texts.share.pieces(percent, whole, transfer.pieces.length)
}

export function availabilityWords(copies: number, { texts, locale }: ShareWords): string {
  const { availability } = texts.share
  if (copies < 1) return availability.low(percentText(copies, 1, locale))
  const rounded = Math.floor(copies * 10) / 10
  if (rounded === 1) return availability.one
  return availability.many(new Intl.NumberFormat(locale).format(rounded))
}

export type MembersById = ReadonlyMap<string, Member>

/** `You`, the name of a member, or that it is somebody. */
export function personName(person: string | undefined, members: MembersById, texts: Texts): string {
  const member = members.get(person ?? '')
  if (member === undefined) return texts.files.somebody
  return member.self ? texts.common.you : nameOr(member.name, texts)
}

export function sourceName(source: TransferSource, members: MembersById, texts: Texts): string {
  if (source.kind === 'web') return texts.share.webSource(source.id)
  return deviceName(source.person, false, members, texts)
}

export function deviceName(
  person: string | undefined,
  isThisDevice: boolean,
  members: MembersById,
  texts: Texts,
): string {
  if (isThisDevice) return texts.share.thisDevice
  const member = members.get(person ?? '')
  if (member === undefined) return texts.share.someDevice
  return texts.share.deviceOf(member.self ? texts.common.you : nameOr(member.name, texts))
}
