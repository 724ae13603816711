/** A process that receives a blob on real files and says which chunks are safe, until it is killed: see kill.test.ts. */

import { BlobStore, CHUNK_BYTES } from '@hamlet/blobs'
import { createNodeClock } from '@hamlet/identity/node'
import { createNodeDisk } from '@hamlet/store/node'
import { patternBytes, testCrypto } from './_blobs.ts'
import { SourceBlob } from './_store.ts'

export const RECEIVED = new SourceBlob(patternBytes(30 * CHUNK_BYTES + 11))
const FLUSH_CHUNKS = 3
/** No divisor of 31, so that every chunk comes up, far from the one before. */
const STRIDE = 12

export async function openReceiver(directory: string): Promise<BlobStore> {
  const disk = createNodeDisk(directory)
  return await BlobStore.open({ disk, clock: createNodeClock(), crypto: testCrypto })
}

if (import.meta.main) {
  const store = await openReceiver(process.argv[2]!)
  const blob = await store.begin(RECEIVED.id)
  console.log('open')
  let written: number[] = []
  for (let step = 0; step < RECEIVED.chunkCount; step++) {
    const index = (step * STRIDE) % RECEIVED.chunkCount
    if (RECEIVED.writeTo(blob, index) === 'written') written.push(index)
    if (written.length < FLUSH_CHUNKS) continue
    await blob.flush()
    console.log(`safe ${written.join(' ')}`)
    written = []
  }
  await blob.complete()
  console.log('complete')
}
