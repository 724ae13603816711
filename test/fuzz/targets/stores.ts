/** Targets of what a space keeps beside its logs: a whole space and its views opened over stores that were changed. */

import { bytesToHex, decodeCbor, encodeCbor } from '@hamlet/core'
import type { CborValue, Kv } from '@hamlet/core'
import { Chat, chatView, parseMarkdown } from '@hamlet/chat'
import { NAMES_VIEW, registerName, Space, SpaceViewSource } from '@hamlet/space'
import type { SpacePorts } from '@hamlet/space'
import { openViewRunner } from '@hamlet/space/view'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import { judgeRejecting, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { ProgressStore } from '../../../packages/group/space/src/space-store.ts'
import { INVITE, join, Peer } from '../../../packages/group/space/test/_world.ts'

const SPACE = 'packages/group/space/src'

const ada = new Peer('Ada')
const ben = new Peer('Ben')
await ada.create()
await join(ada, ben)
await ada.write('one')
await ada.space.createInvite(INVITE)
await ada.write('two')
const spaceId = ada.space.id
const frontier = bytesToHex(ada.space.frontierHash())
await ada.space.close()
const files = new Map(ada.disk.files())

async function entriesOf(kv: Kv): Promise<CborValue> {
  const entries: CborValue[] = []
  for await (const [key, value] of kv.range({})) entries.push([key, value])
  return entries
}

/** A store with the pairs that an input lists; `undefined` for an input that lists none. */
async function kvOf(input: Uint8Array): Promise<Kv | undefined> {
  const decoded = decodeCbor(input)
  if (!decoded.ok || !Array.isArray(decoded.value)) return undefined
  const kv = createMemoryKv()
  for (const pair of decoded.value as readonly unknown[]) {
    const [key, value] = Array.isArray(pair) ? (pair as readonly unknown[]) : []
    if (key instanceof Uint8Array && value instanceof Uint8Array) await kv.put(key, value)
  }
  return kv
}

function portsOver(kv: Kv): SpacePorts {
  return { ...ada.ports, kv, disk: createMemoryDisk({ files }) }
}

/** Progress is derived: whatever is stored, the space opens, and its logs are what they were. */
const progress: FuzzTarget = {
  name: 'stores/progress',
  decoders: [
    `${SPACE}/space.ts#open`,
    `${SPACE}/space-store.ts#readSpaceFile`,
    `${SPACE}/space-store.ts#read`,
    `${SPACE}/progress.ts#restore`,
  ],
  form: 'cbor',
  seeds: [encodeCbor(await entriesOf(ada.kv))],
  bytesMax: 16_384,
  smokeInputs: 60,
  async run(input) {
    const kv = await kvOf(input)
    if (kv === undefined) return 'refused'
    const stored = await new ProgressStore(kv).read()
    const space = await Space.open(portsOver(kv), ada.identity, spaceId)
    try {
      require(bytesToHex(space.frontierHash()) === frontier, 'other logs than were stored')
      space.members()
      space.controlState()
      for (const [device, length] of space.appliedLengths()) {
        for (const entry of space.entries(device, 0, length)) space.openContent(entry)
      }
    } finally {
      await space.close()
    }
    return stored === undefined ? 'refused' : 'accepted'
  },
}

const viewSpace = await Space.open(portsOver(ada.kv), ada.identity, spaceId)
const views = [NAMES_VIEW, chatView({ historyBeforeMs: 0 })] as const

async function filledViews(): Promise<Kv> {
  const kv = createMemoryKv()
  const runner = await openViewRunner({ source: new SpaceViewSource(viewSpace), kv, views })
  await runner.caughtUp()
  await runner.close()
  return kv
}

/** What a view holds is derived too: it is shown, made anew, or refused as damaged. */
const viewStore: FuzzTarget = {
  name: 'stores/views',
  decoders: [`${SPACE}/view/view-runner.ts#openViewRunner`, `${SPACE}/names-view.ts#registerName`],
  form: 'cbor',
  seeds: [encodeCbor(await entriesOf(await filledViews()))],
  bytesMax: 16_384,
  smokeInputs: 60,
  async run(input): Promise<FuzzVerdict> {
    const kv = await kvOf(input)
    if (kv === undefined) return 'refused'
    const runner = await openViewRunner({ source: new SpaceViewSource(viewSpace), kv, views })
    try {
      return await judgeRejecting(
        async () => {
          await runner.caughtUp()
          const names = runner.view(NAMES_VIEW)
          for await (const [, value] of names.range('')) registerName(value)
          const chat = new Chat(runner.view(views[1]), { historyBeforeMs: 0 })
          return await chat.rooms()
        },
        /^(VIEW|STORE|CHAT)_/,
        (rooms) => {
          for (const room of rooms) parseMarkdown(room.name)
        },
      )
    } finally {
      await runner.close()
    }
  },
}

export const targets: readonly FuzzTarget[] = [progress, viewStore]
