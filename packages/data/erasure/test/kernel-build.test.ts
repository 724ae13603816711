import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kernelSourceHash } from '../scripts/build-kernel.ts'
import { KERNEL_SOURCE_HASH } from '../src/kernel/kernel-modules.generated.ts'

test('the compiled kernel is that of the source beside it', () => {
  assert.equal(
    KERNEL_SOURCE_HASH,
    kernelSourceHash(),
    'run node packages/data/erasure/scripts/build-kernel.ts',
  )
})
