/**
 * The demo: three people's peers on this machine, with a space they have been using, so that a newcomer sees Hamlet
 * live. Everything is real: three data directories in a temporary folder, three networks, invitations by link.
 * `--no-open` prints the addresses without opening a browser.
 */

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HamletApi } from '@hamlet/http/api'
import { runPeer } from '@hamlet/peer/node'
import type { RunningPeer } from '@hamlet/peer/node'
import { ensureWebBuild } from '../apps/web/scripts/build.ts'

const PEOPLE = ['Anna', 'Ben', 'Cleo'] as const
const SPACE_NAME = 'Lake house'
const ROOMS = ['Shopping', 'Trips'] as const
const POLL_MS = 100

interface Line {
  readonly who: number
  readonly text: string
  readonly room?: string
}

const CONVERSATION: readonly Line[] = [
  { who: 0, text: 'Welcome! Everything here lives on our own devices, **nowhere else**.' },
  { who: 1, text: 'Nice. So if I close my laptop…' },
  { who: 2, text: '…it catches up from whichever of us is online when you are back.' },
  { who: 0, text: 'Who drives on Friday?' },
  { who: 1, text: 'I can take four. Leaving at `17:30` sharp.' },
  { who: 2, text: 'I need a seat :)' },
  { who: 0, text: 'The key is under the *second* flower pot.' },
  { who: 2, text: '- bread\n- milk\n- coffee, the good one', room: 'Shopping' },
  { who: 1, text: 'Got the coffee already.', room: 'Shopping' },
  { who: 1, text: 'Saturday: around the lake? 14 km, mostly flat.', room: 'Trips' },
  { who: 0, text: 'Yes! And cake at the mill afterwards.', room: 'Trips' },
]

const root = await mkdtemp(join(tmpdir(), 'hamlet-demo-'))
const webDirectory = await ensureWebBuild()
const peers = await Promise.all(PEOPLE.map((person) => startPeer(person)))
await fillSpace(peers.map((peer) => peer.api))
printAddresses()
if (!process.argv.includes('--no-open')) openInBrowser(peers[0]!.createLoginUrl())
await untilInterrupted()
await Promise.all(peers.map((peer) => peer.close()))
await rm(root, { recursive: true, force: true })

function startPeer(person: string): Promise<RunningPeer> {
  return runPeer({
    dataDirectory: join(root, person.toLowerCase()),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [],
    relay: false,
    webDirectory,
    localDiscovery: false,
  })
}

async function fillSpace(apis: readonly HamletApi[]): Promise<void> {
  const [anna, ...others] = apis as [HamletApi, ...HamletApi[]]
  await anna.setName(PEOPLE[0])
  const { id } = await anna.createSpace(SPACE_NAME)
  const { link } = await anna.createInvite(id, { mode: 'auto', maxUses: PEOPLE.length })
  for (const [index, api] of others.entries()) await api.join(link!, PEOPLE[index + 1]!)
  await until(async () => {
    const joined = await Promise.all(apis.map(async (api) => (await api.spaces()).length === 1))
    return joined.every(Boolean)
  })
  for (const name of ROOMS) await anna.createRoom(id, name)
  for (const line of CONVERSATION) await say(apis[line.who]!, id, line)
}

async function say(api: HamletApi, space: string, { text, room: name }: Line): Promise<void> {
  let room = (await api.rooms(space))[0]
  await until(async () => {
    const rooms = await api.rooms(space)
    room = name === undefined ? rooms[0] : rooms.find((candidate) => candidate.name === name)
    return room !== undefined
  })
  await api.send(space, { text, room: room!.id })
}

async function until(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
}

function printAddresses(): void {
  const lines = PEOPLE.map((person, index) => `  ${person}: ${peers[index]!.createLoginUrl()}`)
  const text = `Three peers share "${SPACE_NAME}". Each address signs in once, within a minute:\n`
  process.stdout.write(`${text}${lines.join('\n')}\nCtrl-C ends the demo and removes its data.\n`)
}

function openInBrowser(url: string): void {
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(command, [url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    // A terminal's Ctrl-C also comes a second time, from the launcher: it must not end the tidying up.
    process.on('SIGINT', () => resolve())
    process.on('SIGTERM', () => resolve())
  })
}
