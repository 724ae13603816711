import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { equalBytes } from '@hamlet/core'
import { patternBytes } from '../_blobs.ts'
import { MemoryBlob } from './_memory-blob.ts'
import { OPEN, SwarmWorld } from './_swarm-world.ts'

const MIB = 1024 * 1024

suite('a swarm', () => {
  test('a blob goes from a seed to whoever asks for it', async () => {
    const world = new SwarmWorld()
    const [seed, leecher] = [world.add('seed'), world.add('leecher')]
    const blob = MemoryBlob.of(patternBytes(5 * MIB + 1234))
    seed.engine.share(blob, OPEN)
    const partial = new MemoryBlob(blob.id)
    const download = leecher.engine.download(partial, OPEN)
    leecher.engine.addSource(blob.id, seed.device)
    await world.within(60_000, download.done)
    assert.ok(equalBytes(partial.bytes, blob.bytes))
    assert.ok(partial.isDurable)
  })
})
