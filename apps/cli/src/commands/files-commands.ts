/** `hamlet files …`: what is shared, where it lies, and keeping, naming and removing it. */

import type { Command } from 'commander'
import type { HttpClient, Share, ShareDetail } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import {
  copiesWords,
  hereWords,
  percentWords,
  shareState,
  shareTable,
  shortId,
} from '../files/file-words.ts'
import { findShare, listShares } from '../files/find-share.ts'
import type { ShareFlags } from '../files/find-share.ts'
import type { Io } from '../io.ts'
import { writeBlob } from '../files/web-folder.ts'
import { absolutePath } from '../io.ts'
import { Progress } from '../progress.ts'
import { ago, plural, printable, sizeOf } from '../text.ts'

const FILES_SHOWN_MAX = 200
const IN_SPACE = ['--space <space>', 'a share of this space'] as const

/** What a command does with one share. */
type Work = (
  client: HttpClient,
  share: Share,
  args: readonly string[],
) => Promise<{ readonly value: unknown; readonly words: string }>

export function addFilesCommands(program: Command, io: Io): void {
  const files = program.command('files').description('what is shared, here and with whom')
  addCommand<{ removed?: boolean }>(
    files,
    io,
    'list [space]',
    'shares of a space, or of all and those by link',
    list,
    (command) => command.option('--removed', 'those that were removed, too'),
  )
  addCommand<ShareFlags>(files, io, 'info <share>', 'its files, and who holds them', info, (c) =>
    c.option(...IN_SPACE),
  )
  addShareWork(files, io, 'remove <share>', 'remove it, from its space for everybody', remove)
  addShareWork(files, io, 'restore <share>', 'take a removal back', restore)
  addShareWork(files, io, 'rename <share> <name>', 'give it another name', rename)
  addShareWork(files, io, 'pin <share>', 'keep it here whatever the quota says', pin(true))
  addShareWork(files, io, 'unpin <share>', 'keep it here only while there is room', pin(false))
  addShareWork(files, io, 'free <share>', 'free the room it takes here; the share stays', free)
  addCommand<ShareFlags>(
    files,
    io,
    'export <share> <dir>',
    'write what a web server hands out to be a web seed of it; again: only what is missing',
    exportBlobs,
    (command) => command.option(...IN_SPACE),
  )
  addShareWork(files, io, 'link <share>', 'its link, for others', link)
}

function addShareWork(
  files: Command,
  io: Io,
  usage: string,
  description: string,
  work: Work,
): void {
  addCommand<ShareFlags>(
    files,
    io,
    usage,
    description,
    async (session, [text = '', ...rest], flags) => {
      const client = await session.connect()
      const removed = usage.startsWith('restore')
      const share = await findShare(client, text, { ...flags, removed })
      const { value, words } = await work(client, share, rest)
      session.answer(value, () => words)
    },
    (command) => command.option(...IN_SPACE),
  )
}

async function list(
  session: Session,
  [space]: readonly string[],
  { removed }: { readonly removed?: boolean },
): Promise<void> {
  const client = await session.connect()
  const shares = await listShares(client, space, removed === true)
  const spaces = await client.spaces()
  const nameOfSpace = (id: string): string => spaces.find((each) => each.id === id)?.name ?? ''
  session.answer(shares, () => shareTable(session, shares, nameOfSpace))
}

async function info(
  session: Session,
  [text = '']: readonly string[],
  flags: ShareFlags,
): Promise<void> {
  const client = await session.connect()
  const { id } = await findShare(client, text, flags)
  const detail = await client.shareDetail(id)
  session.answer(detail, () => detailWords(session, detail))
}

function detailWords(session: Session, detail: ShareDetail): string {
  const { name, id, files, createdAtMs } = detail
  const nowMs = session.io.nowMs()
  const head = [
    `${session.paint(printable(name), 'bold')}  ${shortId(id)}`,
    `${shareState(detail)}, shared ${ago(createdAtMs, nowMs)}; here: ${hereWords(detail)}; ` +
      `${copiesWords(detail)} copies on ${plural(detail.holders.length, 'device')}`,
  ]
  const holders = detail.holders.map(({ device, isThisDevice, isConnected, heldBytes, atMs }) => [
    shortId(device),
    isThisDevice ? 'this device' : isConnected ? 'connected' : `seen ${ago(atMs, nowMs)}`,
    percentWords(heldBytes, detail.totalBytes),
  ])
  return [
    ...head,
    '',
    files === undefined ? 'The list of its files is not here yet.' : filesWords(session, files),
    session.table(['DEVICE', '', 'HOLDS'], holders, 'Nobody is known to hold it.'),
  ].join('\n')
}

function filesWords(session: Session, files: NonNullable<ShareDetail['files']>): string {
  const rows = files
    .slice(0, FILES_SHOWN_MAX)
    .map(({ path, sizeBytes, heldBytes, priority }) => [
      printable(path),
      sizeOf(sizeBytes),
      hereWords({ heldBytes, totalBytes: sizeBytes }),
      priority === 'normal' ? '' : priority,
    ])
  const table = session.table(['FILE', 'SIZE', 'HERE', ''], rows, 'There is no file in it.')
  const more = files.length - rows.length
  return more === 0 ? table : `${table}… and ${more} more; --json lists all\n`
}

/** Content-addressed files: a file that is there with its size is whole, since it got its name when it was. */
async function exportBlobs(
  session: Session,
  [text = '', directory = '']: readonly string[],
  flags: ShareFlags,
): Promise<void> {
  const client = await session.connect()
  const share = await findShare(client, text, flags)
  const folder = absolutePath(session.io, directory)
  const blobs = await client.shareBlobs(share.id)
  const totalBytes = blobs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const progress = new Progress(session, 'Writing')
  const { signal } = session.io
  let done = 0
  try {
    for (const { blob, sizeBytes } of blobs) {
      await writeBlob(folder, blob, sizeBytes, client.readShareBlob(share.id, blob, { signal }))
      done += sizeBytes
      progress.update(done, totalBytes, `${sizeOf(done)} of ${sizeOf(totalBytes)}`)
    }
  } finally {
    progress.end()
  }
  session.answer({ share: share.id, path: folder, files: blobs.length, bytes: totalBytes }, () => {
    const sealed = share.isPublic ? 'readable for everybody' : 'sealed'
    return `${plural(blobs.length, 'file')}, ${sizeOf(totalBytes)}, ${sealed}, in ${folder}`
  })
}

async function remove(client: HttpClient, share: Share) {
  await client.removeShare(share.id)
  const words =
    share.space === undefined
      ? `${printable(share.name)} is gone from this device.`
      : `${printable(share.name)} is removed from its space. Take it back with: hamlet files restore ${shortId(share.id)}`
  return { value: { share: share.id, removed: true }, words }
}

async function restore(client: HttpClient, { id }: Share) {
  const share = await client.restoreShare(id)
  return { value: share, words: `${printable(share.name)} is shared again.` }
}

async function rename(client: HttpClient, { id, name }: Share, [to = '']: readonly string[]) {
  const share = await client.renameShare(id, to)
  return { value: share, words: `${printable(name)} is called ${printable(share.name)} now.` }
}

function pin(isPinned: boolean): Work {
  return async (client, { id }) => {
    const share = await client.pinShare(id, isPinned)
    const kept = isPinned ? 'is kept here, whatever the quota says' : 'is kept while there is room'
    return { value: share, words: `${printable(share.name)} ${kept}.` }
  }
}

async function free(client: HttpClient, { id }: Share) {
  const share = await client.forgetShareBytes(id)
  return { value: share, words: `${printable(share.name)} takes no room here any more.` }
}

async function link(client: HttpClient, { id }: Share) {
  const links = await client.shareLink(id)
  return { value: links, words: `${links.link}\n${links.webLink}` }
}
