/** Goal: whoever sends something wrong is named beside the transfer, with what it gave before. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeSwarmMessage, encodeSwarmMessage, SWARM_PROTOCOL } from '@hamlet/blobs'
import { household } from './_household.ts'
import { pass } from './_world.ts'
import type { Person } from './_world.ts'

const FILM_BYTES = 1_000_000

/** From now on everything this device sends of files has a wrong byte, after so many chunks that are right. */
function lies({ node: { net } }: Person, rightChunks: number): void {
  const send = net.send.bind(net)
  let left = rightChunks
  net.send = (peer, protocol, bytes) => {
    const decoded = protocol === SWARM_PROTOCOL ? decodeSwarmMessage(bytes) : undefined
    if (decoded?.ok !== true || decoded.value.type !== 'chunk' || left-- > 0) {
      return send(peer, protocol, bytes)
    }
    const wrong = decoded.value.bytes.slice()
    wrong[0]! ^= 1
    return send(peer, protocol, encodeSwarmMessage({ ...decoded.value, bytes: wrong }))
  }
}

async function* film(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(FILM_BYTES).fill(7)
}

test('a member who sends a wrong chunk is named as a source that is not asked any more', async () => {
  const { space, anna, ben } = await household()
  const { id: upload } = await anna.api.startUpload({ space, name: 'film', isFolder: false })
  await anna.api.putFile(upload, 'film', film())
  const { id } = await anna.api.finishUpload(upload)
  await pass([anna, ben], 1_000)
  // The manifest and one chunk of the film.
  lies(anna, 2)
  await ben.api.startTransfer(id)
  await pass([anna, ben], 5_000)
  const [transfer] = await ben.api.transfers()
  assert.deepEqual(transfer?.sources, [
    {
      ...{ kind: 'member', id: anna.identity.device, person: anna.identity.person },
      ...{ bytes: transfer?.sources[0]?.bytes, bytesPerSecond: 0, heldThousandths: 0 },
      ...{ state: 'banned', reason: 'SWARM_WRONG_CHUNK' },
    },
  ])
  assert.ok(transfer.sources[0]!.bytes > 0, 'what was right counts')
  assert.ok(transfer.heldBytes > 0 && transfer.heldBytes < FILM_BYTES)
})
