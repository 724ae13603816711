// @timeoutSeconds 240: a hostile program is let in anew for every lie that gets it banned.
/**
 * Forged and replayed, between processes: Anna's and Ben's peers run as `hamlet up`; the hostile programs speak the
 * real protocol to Anna over real connections, as members who know every secret of the space or as holders of a link.
 *
 * After each attack the same must hold: what Anna and Ben see is exactly what honest people wrote, the two still talk,
 * and nobody honest was sent away. Lies that no honest device could ever pass on cost their sender the connection.
 */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { chatDraft } from '@hamlet/chat'
import { bytesToHex, idToBytes, parseId } from '@hamlet/core'
import type { DeviceId, PersonId, SpaceId } from '@hamlet/core'
import { encodeLogRange, logIdOf, signHead } from '@hamlet/log'
import type { LogRange } from '@hamlet/log'
import { decodeJoinRequest, decodeOperation } from '@hamlet/space'
import type { Space } from '@hamlet/space'
import { crypto, HostileProgram } from './_hostile-program.ts'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'

const TIMEOUT_MS = 220_000
const RANGE_LIMITS = { bytesMax: 1_000_000 }
/** Longer than a peer takes to dial again, and to ask for what it was told exists. */
const QUIET_MS = 1_500
/** In an encoded range: version, index, and the head's length and root come before it. */
const SIGNATURE_OFFSET = 1 + 8 + 8 + 32

interface MemberLine {
  readonly person: PersonId
  readonly name: string
  readonly role: string
}

interface RequestLine {
  readonly id: string
  readonly name: string
  readonly person: string
  readonly state: string
}

const DAMAGES = [
  {
    damage: 'was cut short',
    reason: 'not a log range',
    change: (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 9),
  },
  {
    damage: 'has a bit flipped in an entry',
    reason: 'SPACE_PAYLOAD_MISMATCH',
    change: (bytes: Uint8Array) => flipped(bytes, bytes.length - 5),
  },
  {
    damage: 'has a bit flipped in its signature',
    reason: 'LOG_SIGNATURE',
    change: (bytes: Uint8Array) => flipped(bytes, SIGNATURE_OFFSET),
  },
] as const

let peers: TestPeers
let anna: TestPeer
let ben: TestPeer
const programs: HostileProgram[] = []
const said: Record<string, string[]> = { Home: [], Work: [] }

async function hostile(): Promise<HostileProgram> {
  const program = await HostileProgram.start(anna.ready.addresses)
  programs.push(program)
  return program
}

async function invite(space: string, mode: 'auto' | 'approve', maxUses = 1): Promise<string> {
  const path = `/spaces/${await anna.spaceId(space)}/invites`
  return (await anna.request<{ link: string }>('POST', path, { mode, maxUses })).link
}

/** A hostile program that is a member of Home, and Anna's and Ben's devices as it knows them. */
async function member(): Promise<{ eve: HostileProgram; home: Space }> {
  const eve = await hostile()
  const home = await eve.becomeMember(await invite('Home', 'auto'))
  await eventually(
    'the hostile member holds what Anna holds',
    async () => {
      const path = `/spaces/${home.id}/inspection`
      const { frontier } = await anna.request<{ frontier: string }>('GET', path)
      return frontier === bytesToHex(home.frontierHash())
    },
    (holdsTheSame) => holdsTheSame,
  )
  return { eve, home }
}

function deviceOf(peer: TestPeer): DeviceId {
  const device = parseId<DeviceId>(peer.ready.peer)
  assert.ok(device)
  return device
}

async function write(peer: TestPeer, space: 'Home' | 'Work', text: string): Promise<void> {
  await peer.send(space, text)
  said[space]!.push(text)
}

async function texts(peer: TestPeer, space: string): Promise<string[]> {
  return (await peer.messages(space)).map(({ text }) => text)
}

/** Nothing lost, nothing twice, nothing that no honest person wrote. */
function isAllThatWasSaid(space: string, shown: readonly string[]): boolean {
  return shown.toSorted().join('\n') === said[space]!.toSorted().join('\n')
}

/** Both write, both read it, and beside what honest people wrote there is nothing. */
async function assertStillTalking(after: string): Promise<void> {
  await write(anna, 'Home', `Anna, after ${after}`)
  await write(ben, 'Home', `Ben, after ${after}`)
  for (const peer of [anna, ben]) {
    await eventually(
      `${peer.name} reads what was written after ${after}, and nothing else`,
      () => texts(peer, 'Home'),
      (shown) => isAllThatWasSaid('Home', shown),
    )
  }
  assert.ok(await isConnected(anna, deviceOf(ben)), 'the honest are not sent away')
}

async function isConnected(peer: TestPeer, device: string): Promise<boolean> {
  const connected = await peer.request<{ device: string }[]>('GET', '/peers')
  return connected.some((line) => line.device === device)
}

/** Anna says why, hangs up, and does not let the same device in again. */
async function assertBanned(eve: HostileProgram, reason: string): Promise<void> {
  await eventually(
    `a ban for ${reason}`,
    async () => reasonsOf(anna, eve.device),
    (reasons) => reasons.includes(reason),
  )
  await eventually(
    'the connection ends',
    () => isConnected(anna, eve.device),
    (connected) => !connected,
  )
  const before = eve.heardFrom(deviceOf(anna)).length
  await eve.network.dial(anna.ready.addresses).catch(() => undefined)
  await pause(QUIET_MS)
  assert.equal(await isConnected(anna, eve.device), false, 'banned: not let in again')
  assert.equal(eve.heardFrom(deviceOf(anna)).length, before, 'and told nothing')
}

/** Why Anna's peer says it refused something of a device, from its log. */
function reasonsOf(peer: TestPeer, device: string): string[] {
  const lines = peer.stderr.split('\n').filter((line) => line.startsWith('{'))
  return lines
    .map((line) => JSON.parse(line) as { peer?: string; code?: string; reason?: string })
    .filter((line) => line.peer === device)
    .flatMap(({ code, reason }) => [code, reason].filter((word) => word !== undefined))
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function message(home: Space, text: string) {
  const room = roomOf(home)
  return chatDraft({ kind: 'message', room, text, replyTo: undefined, mentions: [] })
}

function contents(home: Space) {
  return [...home.lengths().keys()]
    .flatMap((device) => [...home.entries(device)])
    .flatMap((entry) => {
      const opened = home.openContent(entry)
      return opened.kind === 'content' ? [{ entry, content: opened.content }] : []
    })
}

function roomOf(home: Space) {
  return contents(home).find(({ content }) => content.type === 'chat.room')!.entry.id
}

/** What is held of all logs, entries that count for nothing included. */
async function entriesOf(peer: TestPeer, space: string): Promise<number> {
  return (await peer.request<{ entries: number }>('GET', `/spaces/${space}`)).entries
}

function flipped(bytes: Uint8Array, offset: number): Uint8Array {
  const copy = bytes.slice()
  copy[offset]! ^= 1
  return copy
}

/** The join request of a device as any member can read it in the log of whoever took it in. */
function paperOf(home: Space, device: DeviceId): Uint8Array | undefined {
  const id = home.requests().find((request) => request.device === device)?.id
  const entries = [...home.lengths().keys()].flatMap((log) => [...home.entries(log)])
  const entry = entries.find((each) => (each.id as string) === id)
  if (entry === undefined) return undefined
  const operation = decodeOperation(entry.payload)
  assert.ok(operation.ok && operation.value.name === 'join-request')
  return operation.value.request
}

function claimOf(paper: Uint8Array): { person: PersonId; certificate: Uint8Array } {
  const decoded = decodeJoinRequest(paper)
  assert.ok(decoded.ok)
  return decoded.value
}

function sayRange(
  eve: HostileProgram,
  space: SpaceId,
  device: DeviceId,
  range: LogRange | Uint8Array,
): void {
  const bytes = range instanceof Uint8Array ? range : encodeLogRange(range)
  eve.say(deviceOf(anna), space, { kind: 'range', device, range: bytes })
}

describe('forged and replayed entries between processes', { timeout: TIMEOUT_MS }, () => {
  before(async () => {
    peers = await TestPeers.create()
    anna = peers.peer('anna')
    ben = peers.peer('ben')
    await Promise.all([anna.up(), ben.up()])
    await anna.request('PUT', '/name', { name: 'Anna' })
    for (const name of ['Home', 'Work'] as const) {
      await anna.request('POST', '/spaces', { name })
      await write(anna, name, `${name} is founded`)
      const link = await invite(name, 'auto')
      await ben.request('POST', '/joins', { link, name: 'Ben' })
      await eventually(
        `Ben is in ${name}`,
        () => ben.request<{ name: string }[]>('GET', '/spaces'),
        (spaces) => spaces.some((space) => space.name === name),
      )
      await write(ben, name, `Ben is in ${name}`)
    }
    await assertStillTalking('the beginning')
  })
  after(async () => {
    await Promise.all(programs.map((program) => program.close()))
    await peers.close()
  })

  test('an entry in another member’s name, signed with the forger’s own key, gets the forger banned', async () => {
    const { eve, home } = await member()
    const forged = await eve.forge(home.id, deviceOf(ben))
    const range = await forged.content(message(home, 'I, Ben, owe Eve 1,000'))
    sayRange(eve, home.id, deviceOf(ben), range)
    await assertBanned(eve, 'LOG_SIGNATURE')
    await assertStillTalking('a forged signature')
  })

  test('an entry that says it is another member’s, in the forger’s own log, is refused', async () => {
    const { eve, home } = await member()
    const forged = await eve.forge(home.id)
    const claim = { device: deviceOf(ben), deps: [] }
    const range = await forged.content(message(home, 'Ben was here'), claim)
    sayRange(eve, home.id, eve.device, range)
    await eventually(
      'a refusal',
      async () => reasonsOf(anna, eve.device),
      (reasons) => reasons.includes('SPACE_ENTRY_MISPLACED'),
    )
    await assertStillTalking('a misplaced entry')
  })

  test('what a member signs beyond their right is kept and counts for nothing', async () => {
    const { eve, home } = await member()
    const victim = contents(home).find(({ entry, content }) => {
      return entry.device === deviceOf(ben) && content.type === 'chat.message'
    })!.entry.id
    const forged = await eve.forge(home.id)
    const ranges = [
      await forged.content(chatDraft({ kind: 'edit', target: victim, text: 'I take it all back' })),
      await forged.content(chatDraft({ kind: 'delete', target: victim })),
      await forged.control({ name: 'grant', person: eve.identity.person, role: 'admin' }),
    ]
    for (const range of ranges) sayRange(eve, home.id, eve.device, range)
    const length = ranges.at(-1)!.head.length
    for (const peer of [anna, ben]) {
      const path = `/spaces/${home.id}/inspection`
      await eventually(
        `${peer.name} holds what was signed`,
        async () => {
          type Inspection = { devices: { device: string; entriesHere: number }[] }
          const { devices } = await peer.request<Inspection>('GET', path)
          return devices.find(({ device }) => device === eve.device)?.entriesHere
        },
        (entries) => entries === length,
      )
      const members = await peer.request<MemberLine[]>('GET', `/spaces/${home.id}/members`)
      const own = members.find(({ person }) => person === eve.identity.person)
      assert.equal(own?.role, 'writer', `${peer.name} sees no admin`)
    }
    await assertStillTalking('a member’s overreach')
  })

  test('a log that its author signed for another space is refused in this one', async () => {
    const { eve, home } = await member()
    const work = await eve.becomeMember(await invite('Work', 'auto'))
    const device = deviceOf(ben)
    await eventually(
      'a copy of Ben’s log of the other space',
      async () => work.lengths().get(device) ?? 0,
      (length) => length > 0,
    )
    const from = home.lengths().get(device)!
    sayRange(eve, home.id, device, work.rangeFrom(device, 0, RANGE_LIMITS)!)
    await eventually(
      'a refusal',
      async () => reasonsOf(anna, eve.device),
      (reasons) => reasons.includes('SPACE_ENTRY_MISPLACED'),
    )
    // The same, with entries that fit here and only the signature from elsewhere.
    const forged = await eve.forge(home.id)
    const range = await forged.content(message(home, 'signed for another space'))
    const elsewhere = logIdOf(crypto, eve.identity.deviceSigner.publicKey, idToBytes(work.id))
    const { length, root } = range.head
    const head = signHead(eve.identity.deviceSigner, elsewhere, length, root)
    sayRange(eve, home.id, eve.device, { ...range, head })
    await assertBanned(eve, 'LOG_SIGNATURE')
    assert.equal(home.lengths().get(device), from)
    await assertStillTalking('a log of another space')
  })

  test('old ranges and old heads again and again change nothing and get nobody banned', async () => {
    const { eve, home } = await member()
    const old = [deviceOf(anna), deviceOf(ben)].flatMap((device) => {
      const whole = home.rangeFrom(device, 0, RANGE_LIMITS)!
      const part = home.rangeFrom(device, 0, { ...RANGE_LIMITS, blocksMax: 2 })!
      return [whole, part].map((range) => ({ device, range }))
    })
    await write(ben, 'Home', 'newer than what is replayed')
    await eventually(
      'Anna holds it',
      () => texts(anna, 'Home'),
      (shown) => shown.includes('newer than what is replayed'),
    )
    const before = await entriesOf(anna, home.id)
    for (let i = 0; i < 50; i++) {
      for (const { device, range } of old) sayRange(eve, home.id, device, range)
    }
    await assertStillTalking('replayed ranges')
    assert.equal(await isConnected(anna, eve.device), true, 'an honest peer may repeat itself')
    const added = (await entriesOf(anna, home.id)) - before
    assert.ok(added < 10, `only what Anna and Ben wrote since was added, not ${added}`)
  })

  for (const { damage, reason, change } of DAMAGES) {
    test(`a range that ${damage} gets its sender banned`, async () => {
      const { eve, home } = await member()
      const forged = await eve.forge(home.id)
      const range = await forged.content(message(home, `a range that ${damage}`))
      sayRange(eve, home.id, eve.device, change(encodeLogRange(range)))
      await assertBanned(eve, reason)
      await assertStillTalking(`a range that ${damage}`)
    })
  }

  test('the holder of a link is told nothing, and what it sends is not heard', async () => {
    const { eve, home } = await member()
    const stranger = await hostile()
    await stranger.ask(await invite('Home', 'approve'))
    await eventually(
      'the stranger has asked',
      async () => stranger.outcomes,
      (outcomes) => outcomes.includes('asked'),
    )
    const device = deviceOf(ben)
    const whole = home.rangeFrom(device, 0, RANGE_LIMITS)!
    const forged = await (await eve.forge(home.id)).content(message(home, 'by a stranger'))
    const items = [{ device, length: 100_000 }]
    const victim = deviceOf(anna)
    stranger.say(victim, home.id, { kind: 'vector', items: [] })
    stranger.say(victim, home.id, { kind: 'have', items })
    stranger.say(victim, home.id, { kind: 'want', device, from: 0, bytesMax: 1_000_000 })
    sayRange(stranger, home.id, device, whole)
    sayRange(stranger, home.id, eve.device, forged)
    await pause(QUIET_MS)
    const told = stranger.heardFrom(victim).map(({ kind }) => kind)
    for (const kind of ['range', 'vector', 'have', 'holding', 'want']) {
      assert.equal(told.includes(kind as (typeof told)[number]), false, `no ${kind}`)
    }
    await assertStillTalking('an invitation holder')
  })

  test('another person’s join request lets in that person alone, whoever hands it in', async () => {
    const cleo = peers.peer('cleo')
    await cleo.up()
    const link = await invite('Home', 'approve')
    const workLink = await invite('Work', 'approve')
    await cleo.request('POST', '/joins', { link, name: 'Cleo' })
    const { home } = await member()
    const paper = await eventually(
      'the hostile member reads Cleo’s request',
      async () => paperOf(home, deviceOf(cleo)),
      (found) => found !== undefined,
    )
    const mallory = await hostile()
    await mallory.ask(link, paper)
    await eventually(
      'the replayed request is taken for the one it is',
      async () => mallory.outcomes,
      (outcomes) => outcomes.includes('asked'),
    )
    await mallory.ask(workLink, paper)
    await eventually(
      'it is refused in another space',
      async () => mallory.outcomes,
      (outcomes) => outcomes.includes('refused SPACE_WRONG_SPACE'),
    )
    const { person, certificate } = claimOf(paper!)
    const forger = await hostile()
    await forger.ask(link, forger.paper(link, { person, certificate }))
    await eventually(
      'one in Cleo’s name, signed by another device, is refused',
      async () => forger.outcomes,
      (outcomes) => outcomes.includes('refused SPACE_REQUEST_FORGED'),
    )
    const requests = `/spaces/${home.id}/requests`
    const waiting = (await anna.request<RequestLine[]>('GET', requests)).filter((request) => {
      return request.person === person
    })
    assert.deepEqual(
      waiting.map(({ name, state }) => `${name} ${state}`),
      ['Cleo waiting'],
    )
    await anna.request('POST', `${requests}/${waiting[0]!.id}/approve`)
    await eventually(
      'Cleo reads the history',
      async () => {
        const spaces = await cleo.request<unknown[]>('GET', '/spaces')
        return spaces.length === 0 ? [] : texts(cleo, 'Home')
      },
      (shown) => isAllThatWasSaid('Home', shown),
    )
    const late = await hostile()
    await late.ask(link, paper)
    await pause(QUIET_MS)
    for (const program of [mallory, forger, late]) {
      const kinds = program.heardFrom(deviceOf(anna)).map(({ kind }) => kind)
      assert.equal(kinds.includes('range'), false, 'nothing of the history')
      assert.equal(program.space(home.id).ownRole, undefined, 'not a member')
    }
    const members = await eventually(
      'Cleo said her name',
      () => anna.request<MemberLine[]>('GET', `/spaces/${home.id}/members`),
      (lines) => lines.some(({ name }) => name === 'Cleo'),
    )
    assert.equal(members.filter(({ name }) => name === 'Cleo').length, 1)
    const strangers = new Set([mallory, forger, late].map(({ identity }) => identity.person))
    assert.ok(members.every((line) => !strangers.has(line.person)))
    await assertStillTalking('replayed requests')
  })

  test('after all of it, and a new start, everything said is there and nothing else', async () => {
    for (const peer of [anna, ben]) {
      assert.equal(await peer.stop(), 0, `${peer.name} lived through it`)
    }
    await Promise.all([anna.up(), ben.up()])
    for (const peer of [anna, ben]) {
      for (const space of ['Home', 'Work']) {
        await eventually(
          `${peer.name}’s history of ${space}`,
          () => texts(peer, space),
          (shown) => isAllThatWasSaid(space, shown),
        )
      }
    }
  })
})
