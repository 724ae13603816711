/** `hamlet share` and `hamlet get`: files of this machine to others, and files of others to this machine. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { checkFileName, localPaths, mendFileName } from '@hamlet/files/names'
import type { HttpClient, Share, ShareDetail, SharedFile, Transfer } from '@hamlet/http'

import { addCommand, collect } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { forEachAtOnce } from '../files/at-once.ts'
import { shareState, shortId } from '../files/file-words.ts'
import { takeShare } from '../files/find-share.ts'
import { findLocalFiles } from '../files/local-files.ts'
import type { LocalShare } from '../files/local-files.ts'
import { Speed, wayWords } from '../files/rates.ts'
import { refusedNames } from '../files/source-names.ts'
import { Staging } from '../files/staging.ts'
import type { PlacedFile } from '../files/staging.ts'
import { uploadShare } from '../files/upload.ts'
import { findSpace } from '../find.ts'
import { absolutePath } from '../io.ts'
import type { Io } from '../io.ts'
import { Progress } from '../progress.ts'
import { plural, printable, sizeOf } from '../text.ts'

const LOOK_MS = 250
const NOTED_MAX = 5
/** Each file is synced by itself, which a disk does for several at once. */
const WRITTEN_AT_ONCE = 8

interface ShareCommandFlags {
  readonly space?: string
  readonly public?: boolean
  readonly name?: string
  readonly tracker: readonly string[]
  readonly webSeed: readonly string[]
}

interface GetFlags {
  readonly space?: string
  readonly output?: string
  readonly select: readonly string[]
  readonly force?: boolean
}

export function addShareCommands(program: Command, io: Io): void {
  addCommand<ShareCommandFlags>(
    program,
    io,
    'share <paths...>',
    'share files or folders; without --space or --public with whoever gets the link',
    share,
    (command) =>
      command
        .option('--space <space>', 'with the members of this space')
        .option('--public', 'not sealed: with everybody who has the link or the id')
        .option('--name <name>', 'what it is called (default: the name of the file or folder)')
        .option('--tracker <url>', 'tell this tracker about it (repeat)', collect, [])
        .option(
          '--web-seed <url>',
          'name a web folder that will hand it out too, see files export (repeat)',
          collect,
          [],
        ),
  )
  addCommand<GetFlags>(
    program,
    io,
    'get <what>',
    'load a share, by its link, name or id, or a public blob; started again it goes on',
    get,
    (command) =>
      command
        .option('-o, --output <dir>', 'into this folder (default: the current one)')
        .option('--select <path>', 'only this file or folder of it (repeat)', collect, [])
        .option('--space <space>', 'a share of this space')
        .option('--force', 'replace files that are there already'),
  )
}

async function share(
  session: Session,
  paths: readonly string[],
  flags: ShareCommandFlags,
): Promise<void> {
  if (flags.public === true && flags.space !== undefined) {
    throw new CliError('USAGE', 'either --space or --public: what is public is for everybody')
  }
  const client = await session.connect()
  const space = flags.space === undefined ? undefined : await findSpace(client, flags.space)
  const local = await findLocalFiles(session.io, paths, flags.name)
  noteOddities(session, local)
  const made = await uploadWithProgress(session, client, local, {
    ...(space === undefined ? {} : { space: space.id }),
    ...(flags.public === true ? { isPublic: true } : {}),
    ...(flags.tracker.length === 0 ? {} : { trackers: flags.tracker }),
    ...(flags.webSeed.length === 0 ? {} : { webSeeds: flags.webSeed }),
  })
  const { link, webLink } = await client.shareLink(made.id)
  session.answer({ share: made, link, webLink }, () =>
    [
      `Shared ${session.paint(printable(made.name), 'bold')}: ${shareState(made)}.`,
      ...(space === undefined ? [] : [`Everybody in ${printable(space.name)} can load it.`]),
      link,
    ].join('\n'),
  )
}

function noteOddities(session: Session, { renamed, skipped }: LocalShare): void {
  for (const file of skipped.slice(0, NOTED_MAX)) {
    session.note(`Left out, since it is no plain file: ${printable(file)}`)
  }
  if (skipped.length > NOTED_MAX) session.note(`… and ${skipped.length - NOTED_MAX} more`)
  for (const { file, path } of renamed.slice(0, NOTED_MAX)) {
    session.note(`Shared under a name that every system takes: ${printable(file)} as ${path}`)
  }
  if (renamed.length > NOTED_MAX) session.note(`… and ${renamed.length - NOTED_MAX} more`)
}

async function uploadWithProgress(
  session: Session,
  client: HttpClient,
  local: LocalShare,
  input: Parameters<typeof uploadShare>[0]['input'],
): Promise<Share> {
  const { io } = session
  const progress = new Progress(session, 'Sharing')
  const speed = new Speed(() => io.nowMs())
  let done = 0
  const onBytes = (bytes: number): void => {
    done += bytes
    speed.note(done)
    const words = wayWords(done, local.totalBytes, speed.bytesPerSecond)
    progress.update(done, local.totalBytes, words)
  }
  try {
    return await uploadShare({ client, local, input, signal: io.signal, onBytes })
  } finally {
    progress.end()
  }
}

async function get(
  session: Session,
  [what = '']: readonly string[],
  flags: GetFlags,
): Promise<void> {
  const client = await session.connect()
  const found = await takeShare(client, what, flags)
  const root = absolutePath(session.io, flags.output ?? '.')
  const staging = new Staging(root, found.id, flags.force === true)
  const before = await client.shareDetail(found.id)
  // What cannot be written is not loaded first.
  if (before.files !== undefined) await staging.requireFree(placesOf(before, flags.select))
  await load(session, client, found, flags.select)
  const detail = await client.shareDetail(found.id)
  const files = placesOf(detail, flags.select)
  await staging.requireFree(files)
  await writeOut(session, client, detail, files, staging)
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const path = absolutePath(session.io, `${root}/${nameOf(detail)}`)
  session.answer({ share: found.id, name: found.name, path, files: files.length, bytes }, () => {
    return `${plural(files.length, 'file')}, ${sizeOf(bytes)}, in ${path}`
  })
}

/** The name everything is under; what others call it is mended, never trusted. */
function nameOf({ name }: Share): string {
  return checkFileName(name).ok ? name : mendFileName(name)
}

/** Where each chosen file goes; places depend on all files of the share, so that they are the same for each choice. */
function placesOf(detail: ShareDetail, select: readonly string[]): readonly PlacedFile[] {
  const files = detail.files ?? []
  const name = nameOf(detail)
  const paths = files.map(({ path }) => (detail.isFolder ? `${name}/${path}` : name))
  const places = localPaths(paths)
  if (!places.ok) throw places.error
  const chosen = places.value
    .map((path, index) => ({ index, path, sizeBytes: files[index]!.sizeBytes }))
    .filter(({ index }) => isSelected(files[index]!, select))
  if (chosen.length > 0 || files.length === 0) return chosen
  throw new CliError(
    'NOTHING_MATCHES',
    `there is no file ${select.map(printable).join(', ')} in it`,
  )
}

function isSelected({ path }: SharedFile, select: readonly string[]): boolean {
  if (select.length === 0) return true
  return select.some((each) => path === each || path.startsWith(`${each.replace(/\/$/, '')}/`))
}

/** Waits until everything that was asked for is on this device. */
async function load(
  session: Session,
  client: HttpClient,
  found: Share,
  select: readonly string[],
): Promise<void> {
  const progress = new Progress(session, 'Loading')
  const chosen = select.map((each) => each.replace(/\/$/, ''))
  let transfer: Transfer | undefined = await client.startTransfer(
    found.id,
    chosen.length === 0 ? {} : { select: chosen },
  )
  let told: string | undefined
  const named = new Set<string>()
  try {
    while (transfer !== undefined && transfer.state !== 'done') {
      if (transfer.state === 'failed') throw transferFailed(transfer)
      const state = `${transfer.state} ${transfer.reason ?? ''}`
      if (state !== told) noteState(session, transfer)
      told = state
      await noteRefused(session, client, transfer, named)
      showWay(progress, transfer)
      await pause(session)
      const all: readonly Transfer[] = await client.transfers()
      transfer = all.find(({ share: id, direction }) => id === found.id && direction === 'down')
    }
    if (transfer !== undefined) await noteRefused(session, client, transfer, named)
  } finally {
    progress.end()
  }
}

/** Whoever sent something wrong is named, once. */
async function noteRefused(
  session: Session,
  client: HttpClient,
  transfer: Transfer,
  named: Set<string>,
): Promise<void> {
  for (const [id, name] of await refusedNames(client, [transfer])) {
    if (named.has(id)) continue
    named.add(id)
    session.note(`${name} sent something wrong and is not asked any more.`)
  }
}

/** Why nothing moves, once. */
function noteState(session: Session, { state, share: id, reason }: Transfer): void {
  if (state === 'waiting') session.note(waitingWords(reason))
  const resume = `hamlet transfers resume ${shortId(id)}`
  if (state === 'paused') session.note(`It is paused. Go on with: ${resume}`)
}

function waitingWords(reason: string | undefined): string {
  if (reason === undefined) return 'Nobody who has it can be reached yet; waiting.'
  if (reason !== 'STORE_FULL') return `The disk does not take it (${printable(reason)}); waiting.`
  return 'The disk is full. What has come stays; it goes on by itself once there is room.'
}

function showWay(progress: Progress, transfer: Transfer): void {
  const { state, heldBytes, wantedBytes, downBytesPerSecond, sources } = transfer
  const way = wayWords(heldBytes, wantedBytes, downBytesPerSecond)
  const from = `from ${plural(sources.length, 'device')}`
  progress.update(
    heldBytes,
    wantedBytes,
    state === 'loading' ? `${way}, ${from}` : `${way}, ${state}`,
  )
}

function transferFailed({ reason = 'unknown' }: Transfer): CliError {
  const message = `the files cannot be loaded: ${reason}; what has come stays`
  return new CliError('TRANSFER_FAILED', message, { fields: { reason } })
}

async function pause({ io }: Session): Promise<void> {
  try {
    await delay(LOOK_MS, undefined, { signal: io.signal })
  } catch (cause) {
    throw stopped(cause)
  }
}

function stopped(cause: unknown): CliError {
  const message = 'ended before everything was there; the same command goes on where it stopped'
  return new CliError('STOPPED', message, { cause })
}

async function writeOut(
  session: Session,
  client: HttpClient,
  detail: ShareDetail,
  files: readonly PlacedFile[],
  staging: Staging,
): Promise<void> {
  const { io } = session
  const progress = new Progress(session, 'Writing')
  const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  let done = 0
  try {
    await forEachAtOnce(files, WRITTEN_AT_ONCE, io.signal, async (file, signal) => {
      if (!(await staging.has(file))) {
        const { path } = detail.files![file.index]!
        await staging.write(file, client.readFile(detail.id, path, { signal }))
      }
      done += file.sizeBytes
      progress.update(done, totalBytes, `${sizeOf(done)} of ${sizeOf(totalBytes)}`)
    })
    await staging.placeAll(files)
  } catch (error) {
    throw io.signal.aborted ? stopped(error) : error
  } finally {
    progress.end()
  }
}
