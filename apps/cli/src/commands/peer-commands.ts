/** Commands about this peer and its person: status, id, peers, refused, forgive, name, words, open, version. */

import type { Command } from 'commander'
import type { PeerInfo, PeerStatus, RefusedPeer } from '@hamlet/http'

import { addCommand, textOrStdin } from '../command.ts'
import type { Session } from '../command.ts'
import { readPeerFile } from '../data-directory.ts'
import { findById } from '../find.ts'
import type { Io } from '../io.ts'
import { ago, plural, printable } from '../text.ts'
import { VERSION } from '../version.ts'

export function addPeerCommands(program: Command, io: Io): void {
  addCommand(program, io, 'status', 'how this Hamlet is doing', showStatus)
  addCommand(program, io, 'id', 'the ids of this person and this device', showId)
  addCommand(program, io, 'peers', 'the devices connected now', showPeers)
  addCommand(program, io, 'refused', 'the devices refused for a while, and why', showRefused)
  addCommand(program, io, 'forgive <device>', 'let a refused device in again', forgive)
  addCommand(program, io, 'name <name>', 'set the name others see', setName)
  addCommand(program, io, 'words', 'show your 24 recovery words', showWords)
  addCommand(program, io, 'open', 'a link that opens the web app, good once for a minute', showLink)
  addCommand(program, io, 'version', 'the version of Hamlet', async (session) => {
    session.answer({ version: VERSION, node: process.versions.node }, () => VERSION)
  })
}

async function showStatus(session: Session): Promise<void> {
  const status = await (await session.connect()).status()
  session.answer(status, () => statusWords(session, status))
}

function statusWords(session: Session, status: PeerStatus): string {
  const name = status.name === '' ? '(no name yet: hamlet name NAME)' : printable(status.name)
  const lines = [
    `${session.paint(name, 'bold')} on ${printable(status.deviceName)}`,
    `Started     ${ago(status.startedAtMs, session.io.nowMs())}, version ${status.version}`,
    `Spaces      ${status.spaces}`,
    `Connected   ${plural(status.connectedPeers, 'device')}`,
    `Keys        ${status.keysEncrypted ? 'encrypted with your passphrase' : 'not encrypted on this disk'}`,
    ...status.addresses.map((address, i) => `${i === 0 ? 'Addresses ' : '          '}  ${address}`),
    ...status.warnings.map(({ message }) => session.paint(`! ${printable(message)}`, 'yellow')),
  ]
  return lines.join('\n')
}

async function showId(session: Session): Promise<void> {
  const { person, device } = await (await session.connect()).status()
  session.answer({ person, device }, () => `Person  ${person}\nDevice  ${device}`)
}

async function showPeers(session: Session): Promise<void> {
  const peers = await (await session.connect()).peers()
  session.answer(peers, () => {
    const headings = ['NAME', 'DEVICE', 'ROUTE', 'ENCRYPTION', 'SINCE', 'DELAY', 'NOTE']
    const rows = peers.map((peer) => peerRow(peer, session.io.nowMs()))
    return session.table(
      headings,
      rows,
      'Nobody is connected right now. Everything you write is kept.',
    )
  })
}

function peerRow(peer: PeerInfo, nowMs: number): readonly string[] {
  return [
    printable(peer.name ?? '(unknown)'),
    peer.device.slice(0, 8),
    `${peer.route}, ${peer.direction}`,
    printable(peer.encryption),
    ago(peer.sinceMs, nowMs),
    peer.roundTripMs === undefined ? '' : `${Math.round(peer.roundTripMs)} ms`,
    printable(peer.doubt ?? ''),
  ]
}

async function showRefused(session: Session): Promise<void> {
  const refused = await (await session.connect()).refusedPeers()
  session.answer(refused, () => {
    const rows = refused.map((peer) => refusedRow(peer, session.io.nowMs()))
    return session.table(['NAME', 'DEVICE', 'FOR', 'TIMES', 'WHY'], rows, 'Nobody is refused.')
  })
}

function refusedRow(peer: RefusedPeer, nowMs: number): readonly string[] {
  const minutes = Math.max(1, Math.ceil((peer.untilMs - nowMs) / 60_000))
  const hours = Math.ceil(minutes / 60)
  return [
    printable(peer.name ?? '(unknown)'),
    peer.device.slice(0, 8),
    minutes <= 90 ? plural(minutes, 'more minute') : plural(hours, 'more hour'),
    String(peer.times),
    printable(peer.reason),
  ]
}

async function forgive(session: Session, [text = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const refused = (await client.refusedPeers()).map((peer) => ({ id: peer.device, ...peer }))
  const { device } = findById('refused device', text, refused, whoOrWhy)
  await client.forgivePeer(device)
  session.answer({ device }, () => `${device.slice(0, 8)} may connect again.`)
}

function whoOrWhy({ name, reason }: RefusedPeer): string {
  return name ?? reason
}

async function setName(session: Session, [name = '']: readonly string[]): Promise<void> {
  const status = await (await session.connect()).setName(await textOrStdin(session, name))
  session.answer(status, () => `Others now see you as ${printable(status.name)}.`)
}

async function showWords(session: Session): Promise<void> {
  const { words } = await (await session.connect()).recoveryWords()
  session.note('Whoever has these words is you. Write them on paper; show them to nobody.')
  session.answer({ words }, () => {
    const rows = Array.from({ length: 6 }, (_, row) =>
      Array.from({ length: 4 }, (_, column) => {
        const index = row + column * 6
        return `${String(index + 1).padStart(2)} ${(words[index] ?? '').padEnd(10)}`
      }),
    )
    return rows.map((row) => row.join(' ').trimEnd()).join('\n')
  })
}

async function showLink(session: Session): Promise<void> {
  const client = await session.connect()
  const peer = await readPeerFile(session.directory)
  const { code, expiresInSeconds } = await client.createLoginCode()
  const url = `${peer?.http ?? ''}/#login=${code}`
  session.note(`Open this once, within ${plural(expiresInSeconds, 'second')}:`)
  session.answer({ url, expiresInSeconds }, () => url)
}
